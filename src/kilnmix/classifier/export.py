"""A trained model as one ONNX file: square pictures in, calibrated probabilities and features out, without torch.

Everything between is inside: scaling, the mirror image, both networks, classes that training never saw, temperatures.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from kilnmix.classifier.exported import FEATURES, NAME
from kilnmix.classifier.network.multitask import MultiTaskNetwork

if TYPE_CHECKING:
    from kilnmix.classifier.predict import Model


class Answering(nn.Module):
    """What `predict.answer` does, as a module: (B, S, S, 3) uint8 -> (B, C_t) float32 probabilities of every task, then
    the (B, F) float32 features by which pictures are compared."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.network, self.probe, self.weight = model.network, model.probe, model.card.probe
        self.flips = model.card.flips
        self.temperatures = [float(model.card.temperatures[task.name]) for task in model.card.tasks]
        for place, task in enumerate(model.card.tasks):
            seen = np.asarray(model.card.seen[task.name], bool)
            # Where nothing was seen nothing is ruled out.
            unseen = ~seen if seen.any() else np.zeros_like(seen)
            self.register_buffer(f"unseen_{place}", torch.from_numpy(unseen))

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        own, compared = self._logits(self.network, pixels, self.flips)
        if self.probe is not None:
            other, compared = self._logits(self.probe, pixels, True)
            own = [
                (1 - self.weight) * torch.log_softmax(self._masked(place, mine), 1)
                + self.weight * torch.log_softmax(self._masked(place, theirs), 1)
                for place, (mine, theirs) in enumerate(zip(own, other, strict=True))
            ]
        answers = (
            torch.softmax(self._masked(place, logits) / self.temperatures[place], 1) for place, logits in enumerate(own)
        )
        return (*answers, compared)

    def _masked(self, place: int, logits: Tensor) -> Tensor:
        unseen: Tensor = getattr(self, f"unseen_{place}")
        return logits.masked_fill(unseen, float("-inf"))

    @staticmethod
    def _logits(network: MultiTaskNetwork, pixels: Tensor, flips: bool) -> tuple[list[Tensor], Tensor]:
        x = network.normalised(pixels)
        read = [_features(network, view) for view in ([x, x.flip(3)] if flips else [x])]
        each = [network.classify(features) for features in read]
        logits = [torch.stack([answer[task] for answer in each]).mean(0) for task in network.tasks]
        return logits, torch.stack(read).mean(0)


def _features(network: MultiTaskNetwork, x: Tensor) -> Tensor:
    """`MultiTaskNetwork.features`, with the norm written out: the exporter wants to know its width beforehand."""
    pooled, norm = network.pooled(x), network.standardise
    if isinstance(norm, nn.BatchNorm1d) and norm.running_mean is not None and norm.running_var is not None:
        pooled = (pooled - norm.running_mean) * torch.rsqrt(norm.running_var + norm.eps)
    return network.neck(pooled)


def export(model: Model, folder: Path) -> str:
    """Writes model.onnx into the model's folder, for any number of pictures at once.

    Returns:
        Why there is none, where the backbone has an operation that ONNX does not know; else nothing.
    """
    try:
        _write(model, folder / NAME)
    except (torch.onnx.errors.OnnxExporterError, RuntimeError) as error:
        (folder / NAME).unlink(missing_ok=True)
        return f"{model.card.backbone} cannot be written as ONNX ({str(error).strip().splitlines()[0]})"
    return ""


def _write(model: Model, path: Path) -> None:
    answering = Answering(model).eval()
    example = torch.zeros(2, model.card.size, model.card.size, 3, dtype=torch.uint8)
    outputs = [*(f"task_{place}" for place in range(len(model.card.tasks))), FEATURES]
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            answering,
            (example,),
            str(path),
            input_names=["pixels"],
            output_names=outputs,
            dynamic_axes={name: {0: "n"} for name in ("pixels", *outputs)},
            dynamo=False,
        )

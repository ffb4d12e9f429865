"""The pocket backbone: torchvision's MobileNetV3-Small, trained to name what a generic render shows."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from kilnmix.common.seeds import derive
from kilnmix.demo.generic import Traits
from kilnmix.demo.pocket import senses
from kilnmix.demo.pocket.loop import PARTS, Loss, device

BATCH = 64
SHIFT = 5
"""Largest shift in pixels of the random crops."""
GRAIN = 0.012
"""Largest standard deviation of the noise."""
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class Namer(nn.Module):
    """MobileNetV3-Small features, pooled, with one linear head for each of the four senses."""

    def __init__(self) -> None:
        super().__init__()
        from torchvision.models import mobilenet_v3_small

        whole = mobilenet_v3_small(weights=None)
        self.features = whole.features
        self.heads = nn.ModuleList(nn.Linear(576, size) for size in senses.sizes())

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Float images (n, 3, h, w) in 0..1 to the four answers, (n, `senses.sizes()`)."""
        mean, std = (torch.tensor(value, device=images.device).view(1, 3, 1, 1) for value in (MEAN, STD))
        pooled = self.features((images - mean) / std).mean((2, 3))
        return [head(pooled) for head in self.heads]


def augment(images: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Mirror, shift, light, colour cast, softness and grain, each image its own; float (n, 3, h, w) in 0..1.

    Softness and grain, since features that hear every camera's and every decoder's finest traces measure those and not
    what is shown (Parmar et al. 2022 found the same of other features).
    """
    count, _, height, width = images.shape
    images = torch.where(torch.rand(count, 1, 1, 1, generator=rng) < 0.5, images.flip(-1), images)
    padded = F.pad(images, (SHIFT,) * 4, mode="replicate")
    offsets = torch.randint(2 * SHIFT + 1, (count, 2), generator=rng).tolist()
    images = torch.stack([one[:, y : y + height, x : x + width] for one, (y, x) in zip(padded, offsets, strict=True)])
    gain = 1 + 0.15 * torch.randn(count, 1, 1, 1, generator=rng) + 0.04 * torch.randn(count, 3, 1, 1, generator=rng)
    middle = images.mean((1, 2, 3), keepdim=True)
    contrast = 1 + 0.15 * torch.randn(count, 1, 1, 1, generator=rng)
    images = ((images - middle) * contrast + middle) * gain
    soft = F.avg_pool2d(F.pad(images, (1,) * 4, mode="replicate"), 3, stride=1)
    images = images.lerp(soft, _some(count, rng))
    grain = torch.randn(images.shape, generator=rng)
    return (images + GRAIN * _some(count, rng) * grain).clamp(0, 1)


def _some(count: int, rng: torch.Generator) -> torch.Tensor:
    """0 for half of the images, uniform in 0..1 for the others; (count, 1, 1, 1)."""
    return (2 * torch.rand(count, 1, 1, 1, generator=rng) - 1).clamp(min=0)


def loss_of(model: Namer, images: np.ndarray, traits: list[Traits], seed: int) -> Loss:
    """How wrong the answers are about the objects shown, on augmented images."""
    wanted = senses.senses(traits)
    # Batch-norm statistics are written while a part runs: every part has its own, over the same weights.
    shared = {id(weight): weight for weight in model.parameters()}
    model.to(device())
    twins = [model] + [copy.deepcopy(model, dict(shared)) for _ in range(PARTS - 1)]
    for twin in twins:
        twin.train()

    def loss(step: int, part: slice) -> torch.Tensor:
        rng = torch.Generator().manual_seed(derive(seed, "pocket/backbone", step, part.start))
        chosen = torch.randint(len(images), (part.stop - part.start,), generator=rng)
        batch = torch.from_numpy(images[chosen.numpy()]).permute(0, 3, 1, 2).float() / 255
        answers = twins[part.start * PARTS // BATCH](augment(batch, rng).to(device()))
        return senses.error(answers, wanted[chosen].to(device()))

    return loss


@torch.no_grad()
def figures(model: Namer, images: np.ndarray, traits: list[Traits]) -> dict[str, float]:
    """Share of right types and glazes, and of the variance of wares' and periods' vectors that is explained."""
    model.eval()
    wanted = senses.senses(traits)
    batches = [
        torch.from_numpy(images[i : i + 250]).permute(0, 3, 1, 2).float() / 255 for i in range(0, len(images), 250)
    ]
    answers = [torch.cat(parts) for parts in zip(*(model(batch) for batch in batches), strict=True)]

    def explained(answer: torch.Tensor, truth: torch.Tensor) -> float:
        return float(1 - (answer - truth).square().mean() / (truth - truth.mean(0)).square().mean())

    return {
        "type_accuracy": float((answers[0].argmax(1) == wanted.type).float().mean()),
        "glaze_accuracy": float((answers[1].argmax(1) == wanted.glaze).float().mean()),
        "ware_explained": explained(answers[2], wanted.ware),
        "period_explained": explained(answers[3], wanted.period),
    }


def save(model: Namer, path: Path, size: int, held_out: dict[str, float]) -> None:
    """Write `features.*` in float16 with a header that says what they are."""
    from safetensors.torch import save_file

    weights = {f"features.{key}": value for key, value in model.features.state_dict().items()}
    weights = {key: value.half().contiguous() if value.is_floating_point() else value for key, value in weights.items()}
    about = {
        "architecture": "torchvision mobilenet_v3_small, features only",
        "image_size": str(size),
        "mean": json.dumps(MEAN),
        "std": json.dumps(STD),
        "trained_on": "generic renders (kilnmix.demo.generic): type, glaze, marks and style of each",
        "held_out": json.dumps(held_out),
    }
    save_file(weights, path, metadata=about)

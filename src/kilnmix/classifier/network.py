"""The multi-task network: one backbone, global average pooling, a shared neck, one linear head a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from kilnmix.classifier.backbones import Backbone, blocks
from kilnmix.errors import UserError


class MultiTaskNetwork(nn.Module):
    """Backbone, pooled features, neck, heads.

    Args:
        tasks: task name -> number of classes, in order.
        pooling: `average`: the last block's channel means. `statistics`: channel means and deviations of the last
            block at each resolution from a quarter of the picture's down, each standardised; colour and texture, which
            a glaze is known by, are in the early blocks, and a deviation says what a mean cannot (as the style
            statistics of Huang and Belongie 2017, 1703.06868).
        neck: widths of the shared layers (linear, layer norm, hard swish, dropout); none: heads sit on pooled features.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        backbone: Backbone,
        tasks: Mapping[str, int],
        neck: Sequence[int],
        dropout: float,
        pooling: Literal["average", "statistics"] = "average",
    ) -> None:
        super().__init__()
        self.tasks = dict(tasks)
        self.backbone = backbone.body
        self.taps = _taps(backbone) if pooling == "statistics" else {}
        width = 2 * sum(self.taps.values()) or backbone.channels
        self.standardise = nn.BatchNorm1d(width, affine=False) if self.taps else nn.Identity()
        layers: list[nn.Module] = []
        for next_width in neck:
            layers += [nn.Linear(width, next_width), nn.LayerNorm(next_width), nn.Hardswish()]
            width = next_width
        self.neck = nn.Sequential(*layers)
        self.width = width
        self.dropout = nn.Dropout(dropout)
        # A list, because a task may be called by a name that a module may not have.
        self.heads = nn.ModuleList(nn.Linear(width, classes) for classes in tasks.values())
        self.register_buffer("mean", torch.tensor(backbone.mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(backbone.std).view(1, -1, 1, 1), persistent=False)
        self.to(memory_format=torch.channels_last)

    def normalised(self, pixels: Tensor) -> Tensor:
        """(B, S, S, 3) uint8 -> (B, 3, S, S) float32 in channels-last memory, as the backbone expects."""
        return (pixels.permute(0, 3, 1, 2).float() / 255.0 - self.mean) / self.std

    def pooled(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) normalised -> (B, P): the backbone's features, pooled over the picture."""
        if not self.taps:
            features: Tensor = self.backbone(x)
            return features if features.ndim == 2 else features.mean(dim=(2, 3))
        statistics = []
        for _, maps in _maps(self.backbone, x, {name: self.backbone.get_submodule(name) for name in self.taps}):
            # As (B, h w, C), which is how they lie in memory: four times as fast as var_mean over the maps.
            # In float32: what is left of a square less a square in bfloat16 is mostly rounding.
            flat = maps.permute(0, 2, 3, 1).flatten(1, 2).float()
            mean, square = (values.mean(dim=1) for values in (flat, flat * flat))
            statistics += [mean, torch.sqrt((square - mean * mean).clamp(min=0) + 1e-5)]
        return torch.cat(statistics, dim=1)

    def features(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) normalised -> (B, F): what the heads read, dropout not applied."""
        return self.read(self.pooled(x))

    def read(self, pooled: Tensor) -> Tensor:
        """(B, P) -> (B, F)."""
        return self.neck(self.standardise(pooled))

    def classify(self, features: Tensor) -> dict[str, Tensor]:
        """(B, F) -> logits (B, C_t) a task."""
        features = self.dropout(features)
        return {name: head(features) for name, head in zip(self.tasks, self.heads, strict=True)}

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """(B, 3, S, S) normalised -> logits (B, C_t) a task."""
        return self.classify(self.features(x))


@torch.no_grad()
def _taps(backbone: Backbone) -> dict[str, int]:
    """Names of the last block at each resolution from a quarter of the picture's down, with its channels.

    Raises:
        UserError: no block gives maps of features.
    """
    side = backbone.side or 224
    training = backbone.body.training
    last: dict[int, tuple[str, int]] = {}
    for name, maps in _maps(backbone.body.eval(), torch.zeros(1, 3, side, side), dict(blocks(backbone.body))):
        # Square and with the channels second; some transformers have them last.
        if maps.ndim == 4 and maps.shape[2] == maps.shape[3] <= side // 4:
            last[maps.shape[2]] = name, maps.shape[1]
    backbone.body.train(training)
    if not last:
        raise UserError(
            "classifier.pooling is `statistics`, but no block of classifier.backbone gives maps of features. Set "
            "classifier.pooling to `average`."
        )
    return dict(last.values())


def _maps(body: nn.Module, x: Tensor, tapped: Mapping[str, nn.Module]) -> list[tuple[str, Tensor]]:
    """What the tapped modules give for x, in the order in which they give it."""
    caught: list[tuple[str, Tensor]] = []
    hooks = [
        module.register_forward_hook(lambda _module, _given, out, name=name: caught.append((name, out)))
        for name, module in tapped.items()
    ]
    try:
        body(x)
    finally:
        for hook in hooks:
            hook.remove()
    return caught


def groups(
    network: MultiTaskNetwork, backbone_rate: float, rate: float, decay: float, layer_decay: float = 1.0
) -> list[dict[str, object]]:
    """Parameter groups for AdamW, with no weight decay on biases and norms; each has its `part` for the schedule.

    Args:
        backbone_rate: learning rate of the backbone's last block; every block with weights before it has `layer_decay`
            times the next one's.
        rate: learning rate of neck and heads.
    """
    ordered = [name for name, block in blocks(network.backbone) if any(True for _ in block.parameters())]
    parts: dict[tuple[str, float, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        own, part = rate, "heads"
        if name.startswith("backbone."):
            part = "backbone"
            # Parameters of no block, such as a class token, go with the first.
            inside = (place for place, block in enumerate(ordered) if name.startswith(f"backbone.{block}."))
            own = backbone_rate * layer_decay ** (len(ordered) - 1 - next(inside, 0))
        parts.setdefault((part, own, parameter.ndim > 1), []).append(parameter)
    return [
        {"params": parameters, "lr": own, "weight_decay": decay if decayed else 0.0, "part": part}
        for (part, own, decayed), parameters in parts.items()
    ]

"""The multi-task network: a backbone, pooled features, a shared neck, a linear head a task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from kilnmix.classifier.network.backbones import Backbone, blocks
from kilnmix.classifier.network.covariance import Covariance
from kilnmix.common.errors import UserError

Pooling = Literal["average", "statistics", "covariance"]
# Principal components of a block whose covariances are read. On photographs of ceramics 64 did best: 32 was one point
# worse, 128 half a point.
RANK = 64


class MultiTaskNetwork(nn.Module):
    """Backbone, pooled features, neck, heads.

    Args:
        tasks: task name -> number of classes, in order.
        pooling: `average`: the last block's channel means. `statistics`: channel means and deviations of the last
            block at each resolution from a quarter of the picture's down, each standardised; colour and texture, which
            a glaze is known by, are in the early blocks, and a deviation says what a mean cannot (as the style
            statistics of Huang and Belongie 2017, 1703.06868). `covariance`: `Covariance` of two blocks at each of
            those resolutions, the middle and the last, each number standardised.
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
        pooling: Pooling = "average",
    ) -> None:
        super().__init__()
        self.tasks = dict(tasks)
        self.backbone = backbone.body
        self.taps = _taps(backbone, 2 if pooling == "covariance" else 1) if pooling != "average" else {}
        ranked = self.taps.values() if pooling == "covariance" else ()
        self.covariances = nn.ModuleList(Covariance(channels, RANK) for channels in ranked)
        width = self._width(backbone)
        # Roots of small covariances are small numbers; what is noise is for the probe to say.
        eps = 1e-12 if self.covariances else 1e-5
        self.standardise = nn.BatchNorm1d(width, eps, affine=False) if self.taps else nn.Identity()
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

    def _width(self, backbone: Backbone) -> int:
        if self.covariances:
            return sum(self.widths)
        return 2 * sum(self.taps.values()) or backbone.channels

    @property
    def widths(self) -> list[int]:
        """Numbers that each block's covariances come to, in order."""
        return [part.width for part in self.covariances if isinstance(part, Covariance)]

    def normalised(self, pixels: Tensor) -> Tensor:
        """(B, S, S, 3) uint8 -> (B, 3, S, S) float32 in channels-last memory, as the backbone expects."""
        return (pixels.permute(0, 3, 1, 2).float() / 255.0 - self.mean) / self.std

    def pooled(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) normalised -> (B, P): the backbone's features, pooled over the picture."""
        if not self.taps:
            features: Tensor = self.backbone(x)
            return features if features.ndim == 2 else features.mean(dim=(2, 3))
        if self.covariances:
            flats = (flat for _, flat in self.flattened(x))
            return torch.cat([part(flat) for part, flat in zip(self.covariances, flats, strict=True)], dim=1)
        statistics = []
        for _, flat in self.flattened(x):
            mean, square = (values.mean(dim=1) for values in (flat, flat * flat))
            statistics += [mean, torch.sqrt((square - mean * mean).clamp(min=0) + 1e-5)]
        return torch.cat(statistics, dim=1)

    def flattened(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """(B, 3, S, S) normalised -> the tapped blocks' names and features (B, h w, C) float32, in their order."""
        for name, maps in _maps(self.backbone, x, {name: self.backbone.get_submodule(name) for name in self.taps}):
            # As they lie in memory: four times as fast as var_mean over the maps. In float32: what is left of a square
            # less a square in bfloat16 is mostly rounding.
            yield name, maps.permute(0, 2, 3, 1).flatten(1, 2).float()

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
def _taps(backbone: Backbone, each: Literal[1, 2]) -> dict[str, int]:
    """Names of blocks at each resolution from a quarter of the picture's down, with their channels: the last block, and
    with `each` 2 the block half way before it.

    Raises:
        UserError: its deeper blocks give no maps of features.
    """
    side = backbone.side or 224
    training = backbone.body.training
    every = dict(blocks(backbone.body))
    given = _maps(backbone.body.eval(), torch.zeros(1, 3, side, side), every)
    backbone.body.train(training)
    calls = Counter(name for name, _ in given)
    learning = [place for place, (name, _) in enumerate(given) if any(True for _ in every[name].parameters())]
    by_side: dict[int, list[tuple[str, int]]] = {}
    order: dict[str, int] = {}
    for place, (name, maps) in enumerate(given):
        # Square and with the channels second; some transformers have them last, and some blocks give several things. A
        # block that is called twice may have two resolutions.
        if not isinstance(maps, Tensor) or maps.ndim != 4 or calls[name] > 1:
            continue
        if maps.shape[2] == maps.shape[3] <= side // 4:
            by_side.setdefault(maps.shape[2], []).append((name, maps.shape[1]))
            order[name] = maps.shape[1]
            deepest = place
    # Maps of a patch embedding alone say nothing of what a transformer has seen.
    if not by_side or deepest < learning[len(learning) // 2]:
        raise UserError(
            "The deeper blocks of classifier.backbone give no maps of features, which classifier.pooling `statistics` "
            "and classifier.probe read. Set classifier.pooling to `average` and classifier.probe to 0."
        )
    chosen = {name for same in by_side.values() for name, _ in [same[(len(same) - 1) // 2], same[-1]][-each:]}
    # In the order in which the network comes to them.
    return {name: channels for name, channels in order.items() if name in chosen}


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

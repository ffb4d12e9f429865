"""The multi-task network: one backbone, global average pooling, a shared neck, one linear head a task."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast
from urllib.error import URLError

import torch
from torch import Tensor, nn

from kilnmix.classifier.run import no_weights
from kilnmix.errors import UserError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Backbone:
    """Convolutional part of a network.

    Attributes:
        body: (B, 3, S, S) -> (B, C, h, w).
        channels: C.
        prefix: what the names of its entries begin with in the architecture's own state dict.
        mean, std: normalisation of pixels in [0, 1] that its weights expect.
    """

    body: nn.Module
    channels: int
    prefix: str
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD


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
        self.taps = _taps(backbone.body) if pooling == "statistics" else {}
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
            return self.backbone(x).mean(dim=(2, 3))
        statistics = []
        for name, block in self.backbone.named_children():
            x = block(x)
            if name in self.taps:
                variance, mean = torch.var_mean(x.float(), dim=(2, 3), correction=0)
                statistics += [mean, torch.sqrt(variance + 1e-5)]
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


class _ChannelsFirst(nn.Module):
    """(B, h, w, C) -> (B, C, h, w), for transformers whose features end with the channels."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 3, 1, 2)


def architecture(name: str) -> Backbone:
    """A backbone by name with random weights; torchvision's names first, then timm's if it is installed.

    Raises:
        UserError: neither knows the name, or its network has no convolutional part that can be cut out.
    """
    from torchvision import models

    if name not in models.list_models(module=models):
        return _from_timm(name)
    whole = models.get_model(name, weights=None)
    if isinstance(getattr(whole, "features", None), nn.Module):
        body: nn.Module = whole.features
        if isinstance(getattr(whole, "permute", None), nn.Module):
            body = nn.Sequential(*body.children(), whole.norm, _ChannelsFirst())
        return Backbone(body, _channels(body), "features.")
    if isinstance(getattr(whole, "fc", None), nn.Linear):
        parts = {part: child for part, child in whole.named_children() if part not in ("avgpool", "fc")}
        body = nn.Sequential()
        for part, child in parts.items():
            body.add_module(part, child)
        return Backbone(body, _channels(body), "")
    raise UserError(
        f"The backbone {name} cannot be cut before its classifier. Set classifier.backbone to a convolutional network "
        "such as mobilenet_v3_small, squeezenet1_1, resnet18 or efficientnet_b0."
    )


def _from_timm(name: str) -> Backbone:
    try:
        import timm
    except ImportError:
        timm = None
    if timm is None or not timm.is_model(name):
        where = (
            "torchvision does not, and timm is not installed" if timm is None else "neither torchvision nor timm does"
        )
        raise UserError(f"classifier.backbone is {name!r}, which nothing here knows: {where}.")
    body = timm.create_model(name, pretrained=False, num_classes=0, global_pool="")
    config = body.default_cfg
    return Backbone(body, _channels(body), "", tuple(config["mean"]), tuple(config["std"]))


@torch.no_grad()
def _channels(body: nn.Module) -> int:
    training = body.training
    channels = body.eval()(torch.zeros(1, 3, 64, 64)).shape[1]
    body.train(training)
    return int(channels)


@torch.no_grad()
def _taps(body: nn.Module) -> dict[str, int]:
    """Names of the last block at each resolution from a quarter of the picture's down, with its channels."""
    side, x = 224, torch.zeros(1, 3, 224, 224)
    training = body.training
    body.eval()
    last: dict[int, tuple[str, int]] = {}
    for name, block in body.named_children():
        x = block(x)
        if x.ndim == 4 and x.shape[2] <= side // 4:
            last[x.shape[2]] = name, x.shape[1]
    body.train(training)
    return dict(last.values())


def pretrained(name: str, weights: str | None) -> Backbone:
    """A backbone with its weights.

    Args:
        weights: a local safetensors file whose entries have the architecture's own names (`features.*`), and in whose
            metadata `mean` and `std` may stand as JSON lists; `hub` for the library's own; None for a random start.

    Raises:
        UserError: the weights are not to be had, or do not fit.
    """
    backbone = architecture(name)
    if weights is None:
        return backbone
    if weights == "hub":
        return _with(backbone, _hub(name), backbone.mean, backbone.std, f"the hub's weights of {name}", name)
    path = Path(weights)
    if not path.is_file():
        raise no_weights(weights)
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise UserError(f"classifier.weights names {weights}, which is not a safetensors file: {error}.") from error
    mean, std = (
        tuple(json.loads(metadata[key])) if key in metadata else preset
        for key, preset in (("mean", backbone.mean), ("std", backbone.std))
    )
    return _with(backbone, state, mean, std, weights, name)


def _hub(name: str) -> dict[str, Tensor]:
    from torchvision import models

    try:
        if name in models.list_models(module=models):
            return dict(models.get_model_weights(name).DEFAULT.get_state_dict(check_hash=True))
        import timm

        return cast(dict[str, Tensor], timm.create_model(name, pretrained=True, num_classes=0).state_dict())
    except (URLError, OSError, RuntimeError) as error:
        raise UserError(
            f"The ImageNet weights of {name} cannot be had ({error}). Set classifier.weights to a local .safetensors "
            f"file with the entries of torchvision's {name}, or to null to start from random weights."
        ) from error


def _with(
    backbone: Backbone,
    state: Mapping[str, Tensor],
    mean: tuple[float, ...],
    std: tuple[float, ...],
    origin: str,
    name: str,
) -> Backbone:
    own = backbone.body.state_dict()
    given = {
        key.removeprefix(backbone.prefix): value for key, value in state.items() if key.startswith(backbone.prefix)
    }
    needed = [key for key in own if not key.endswith("num_batches_tracked")]
    fitting = [key for key in needed if key in given and given[key].shape == own[key].shape]
    if len(fitting) < len(needed):
        lacking = next(key for key in needed if key not in fitting)
        raise UserError(
            f"classifier.weights: {origin} fits {len(fitting)} of the {len(needed)} entries of {name} "
            f"({backbone.prefix}{lacking} is missing or of another shape). Set classifier.backbone to the network that "
            "the file was made for, or classifier.weights to a file made for this one."
        )
    backbone.body.load_state_dict({**own, **{key: given[key] for key in fitting}})
    return Backbone(backbone.body, backbone.channels, backbone.prefix, mean, std)


def groups(
    network: MultiTaskNetwork, backbone_rate: float, rate: float, decay: float, layer_decay: float = 1.0
) -> list[dict[str, object]]:
    """Parameter groups for AdamW, with no weight decay on biases and norms; each has its `part` for the schedule.

    Args:
        backbone_rate: learning rate of the backbone's last block; every block before it has `layer_decay` times the
            next one's.
        rate: learning rate of neck and heads.
    """
    blocks = [name for name, _ in network.backbone.named_children()]
    parts: dict[tuple[str, float, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        own, part = rate, "heads"
        if name.startswith("backbone."):
            part = "backbone"
            own = backbone_rate * layer_decay ** (len(blocks) - 1 - blocks.index(name.split(".")[1]))
        parts.setdefault((part, own, parameter.ndim > 1), []).append(parameter)
    return [
        {"params": parameters, "lr": own, "weight_decay": decay if decayed else 0.0, "part": part}
        for (part, own, decayed), parameters in parts.items()
    ]

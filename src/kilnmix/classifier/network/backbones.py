"""Backbones by name: torchvision's and timm's networks cut before their classifier, with their weights."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from kilnmix.classifier.network.depthwise import quicken
from kilnmix.classifier.run import no_weights
from kilnmix.common.errors import UserError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Backbone:
    """A network without its classifier.

    Attributes:
        body: (B, 3, S, S) -> (B, C, h, w), or (B, C) where the architecture pools in a way of its own.
        channels: C.
        prefix: what the names of its entries begin with in the architecture's own state dict.
        mean, std: normalisation of pixels in [0, 1] that its weights expect.
        side: the only S that it takes, or None.
    """

    body: nn.Module
    channels: int
    prefix: str = ""
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    side: int | None = None


class _ChannelsFirst(nn.Module):
    """(B, h, w, C) -> (B, C, h, w), for transformers whose features end with the channels."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 3, 1, 2)


def architecture(name: str) -> Backbone:
    """A backbone by name with random weights; torchvision's names first, then timm's.

    Raises:
        UserError: neither knows the name, or its network cannot be cut before its classifier.
    """
    from torchvision import models

    if name not in models.list_models(module=models):
        return _from_timm(name)
    if name in ("googlenet", "inception_v3"):
        # Their weights come from another library, with its normalisation; side branches serve training from scratch.
        whole = models.get_model(name, weights=None, aux_logits=False, init_weights=False)
        return _described(_without(whole, "avgpool", "dropout", "fc"), mean=(0.5,) * 3, std=(0.5,) * 3)
    whole = models.get_model(name, weights=None)
    if isinstance(whole, models.VisionTransformer):
        whole.heads = nn.Identity()
        return _described(whole, side=whole.image_size)
    if isinstance(whole, models.MaxVit):
        parts = {"stem": whole.stem, "blocks": nn.Sequential(*whole.blocks)}
        return _described(nn.Sequential(OrderedDict(parts)), side=224)
    if isinstance(whole, models.SwinTransformer):
        parts = {"features": whole.features, "norm": whole.norm, "first": _ChannelsFirst()}
        return _described(nn.Sequential(OrderedDict(parts)))
    if isinstance(whole, models.DenseNet):
        return _described(nn.Sequential(OrderedDict(features=whole.features, relu=nn.ReLU())))
    for cut in ("features", "layers"):
        if isinstance(getattr(whole, cut, None), nn.Module):
            return _described(getattr(whole, cut), prefix=f"{cut}.")
    if isinstance(getattr(whole, "fc", None), nn.Linear):
        return _described(_without(whole, "avgpool", "fc"))
    raise UserError(
        f"The backbone {name} cannot be cut before its classifier. Set classifier.backbone to another network, such as "
        "mobilenet_v3_small, squeezenet1_1, resnet18 or efficientnet_b0."
    )


def _without(whole: nn.Module, *names: str) -> nn.Sequential:
    """The children of a network that calls them one after the other, but for some at its end."""
    return nn.Sequential(OrderedDict((part, child) for part, child in whole.named_children() if part not in names))


def _from_timm(name: str) -> Backbone:
    import timm

    if not timm.is_model(name):
        raise UserError(
            f"classifier.backbone is {name!r}, which neither torchvision nor timm knows. Set it to one of "
            "torchvision.models.list_models() or timm.list_models()."
        )
    body = timm.create_model(name, pretrained=False, num_classes=0)
    card = cast(dict[str, Any], body.default_cfg)
    side = int(card["input_size"][-1]) if card.get("fixed_input_size") else None
    return _described(body, mean=tuple(card["mean"]), std=tuple(card["std"]), side=side)


@torch.no_grad()
def _described(
    body: nn.Module,
    prefix: str = "",
    mean: tuple[float, ...] = IMAGENET_MEAN,
    std: tuple[float, ...] = IMAGENET_STD,
    side: int | None = None,
) -> Backbone:
    training = body.training
    channels = int(body.eval()(torch.zeros(1, 3, side or 128, side or 128)).shape[1])
    body.train(training)
    quicken(body)
    return Backbone(body, channels, prefix, mean, std, side)


def blocks(body: nn.Module, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Names and modules of a network's blocks in order: its children, plain sequences taken apart."""
    for name, child in body.named_children():
        if type(child) in (nn.Sequential, nn.ModuleList):
            yield from blocks(child, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", child


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
    except Exception as error:  # whatever a library says of a network that is not there
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
    return replace(backbone, mean=mean, std=std)

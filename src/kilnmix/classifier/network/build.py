"""A network from settings."""

from __future__ import annotations

from collections.abc import Mapping

from kilnmix.classifier.network.backbones import pretrained
from kilnmix.classifier.network.multitask import MultiTaskNetwork
from kilnmix.common.errors import UserError
from kilnmix.config import ClassifierSettings


def build(settings: ClassifierSettings, classes: Mapping[str, int]) -> MultiTaskNetwork:
    """The network that is trained, pretrained where the settings say so; the rest from torch's global generator.

    Args:
        classes: task -> number of its classes.

    Raises:
        UserError: the weights cannot be had or do not fit, or the backbone takes pictures of another size only.
    """
    backbone = pretrained(settings.backbone, settings.weights)
    if backbone.side is not None and set(settings.sides) != {backbone.side}:
        raise UserError(
            f"{settings.backbone} takes pictures of {backbone.side} pixels only. Set classifier.size to "
            f"{backbone.side} and classifier.first_size to null, or choose another classifier.backbone."
        )
    return MultiTaskNetwork(backbone, classes, settings.neck, settings.dropout, settings.pooling)

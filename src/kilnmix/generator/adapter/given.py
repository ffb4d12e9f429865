"""An adapter that the person already has: diffusers' or kohya's names, in the place of tuning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file

from kilnmix.common.errors import UserError
from kilnmix.generator.adapter.files import adapter_weights, not_finite
from kilnmix.generator.base import ADAPTER

_WEIGHTS = ("lora_A", "lora_B", "lora_down", "lora_up", "lora.down", "lora.up")


def take(pipeline: Any, path: Path) -> None:
    """Puts the adapter of a file into the pipeline; diffusers translates kohya's names.

    Raises:
        UserError: the file is missing, is no LoRA, is not finite, or does not fit the base whole.
    """
    named = f"generator.adapter = {str(path)!r}"
    try:
        weights = load_file(path)
    except FileNotFoundError as error:
        raise UserError(f"{named} is not there.") from error
    except (SafetensorError, OSError, ValueError) as error:
        raise UserError(f"{named} is cut or no safetensors file: {error}.") from error
    wanted = sum(any(part in name for part in _WEIGHTS) for name in weights)
    if not wanted:
        raise UserError(f"{named} is no LoRA: it has no weights of that kind. A whole model goes into generator.base.")
    bad = not_finite(weights)
    if bad:
        raise UserError(f"{named} is not finite (its weight {bad}).")
    try:
        pipeline.load_lora_weights(path.parent, weight_name=path.name, adapter_name=ADAPTER, local_files_only=True)
    except (ValueError, RuntimeError, KeyError, AttributeError, IndexError) as error:
        why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(
            f"{named} does not fit the base, it was tuned on another: {why[:200]}. Set generator.base to that one."
        ) from error
    reached = sum("magnitude" not in name for own in adapter_weights(pipeline).values() for name in own)
    if reached != wanted:
        raise UserError(
            f"{named} does not fit the base: {reached} of its {wanted} weights reach it. It was tuned on another base; "
            "set generator.base to that one."
        )

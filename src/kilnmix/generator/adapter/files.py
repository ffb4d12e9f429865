"""An adapter on disk: pytorch_lora_weights.safetensors as diffusers' `load_lora_weights` reads it.

The weights alone do not say how strongly they act: the factor is alpha / rank (alpha / sqrt(rank) with rsLoRA), and
where a file is silent a reader takes 1. So the file's metadata holds, beside `format`:

    lora_adapter_metadata    diffusers' own entry: rank, alpha, their exceptions by module, kind, targets
    kilnmix                  JSON: `base`, the base's name, `base_digest`, its fingerprint, `family`, sd or xl
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from peft.utils import get_peft_model_state_dict
from safetensors import SafetensorError, safe_open

from kilnmix.common.errors import UserError
from kilnmix.common.tensor_files import save_tensors
from kilnmix.generator.base import ADAPTER, is_xl

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline

WEIGHTS = "pytorch_lora_weights.safetensors"
_DIFFUSERS = "lora_adapter_metadata"
_OURS = "kilnmix"
_KEPT = ("r", "lora_alpha", "rank_pattern", "alpha_pattern", "target_modules", "use_dora", "use_rslora", "lora_bias")
_PARTS = ("unet", "text_encoder", "text_encoder_2")


def adapted(pipeline: StableDiffusionPipeline) -> dict[str, torch.nn.Module]:
    """The pipeline's parts that carry the adapter, by name."""
    found = {}
    for name in _PARTS:
        part = getattr(pipeline, name, None)
        if part is not None and ADAPTER in getattr(part, "peft_config", {}):
            found[name] = part
    return found


def adapter_weights(pipeline: StableDiffusionPipeline) -> dict[str, dict[str, torch.Tensor]]:
    """Part -> peft's names -> the adapter's weights."""
    # peft's own names: diffusers' older ones exist for attention alone, and of a file with both it reads one kind.
    return {name: get_peft_model_state_dict(part, adapter_name=ADAPTER) for name, part in adapted(pipeline).items()}


def save_adapter(pipeline: StableDiffusionPipeline, folder: Path, base: str, base_digest: str) -> int:
    """Writes the pipeline's adapter into `folder`; returns the number of its parameters.

    Raises:
        UserError: a weight is not finite.
    """
    weights = adapter_weights(pipeline)
    bad = not_finite({f"{part}.{name}": weight for part, own in weights.items() for name, weight in own.items()})
    if bad:
        raise UserError(
            f"The adapter's weight {bad} is not finite, so nothing was written. Lower generator.lora.learning_rate."
        )
    configs = {}
    for part, module in adapted(pipeline).items():
        config = module.peft_config[ADAPTER].to_dict()  # type: ignore[index, union-attr]
        for name in _KEPT:
            value = config[name]
            configs[f"{part}.{name}"] = sorted(value) if isinstance(value, set | frozenset) else value
    metadata = {
        "format": "pt",
        _DIFFUSERS: json.dumps(configs, indent=2, sort_keys=True),
        _OURS: json.dumps({"base": base, "base_digest": base_digest, "family": "xl" if is_xl(pipeline) else "sd"}),
    }
    layers = {f"{part}_lora_layers": own for part, own in weights.items()}
    pipeline.save_lora_weights(
        folder, save_function=lambda tensors, path: save_tensors(tensors, path, metadata), **layers
    )
    return sum(weight.numel() for own in weights.values() for weight in own.values())


def not_finite(weights: dict[str, torch.Tensor]) -> str | None:
    """The name of the first weight that holds a NaN or an infinity."""
    return next((name for name, weight in weights.items() if not bool(torch.isfinite(weight).all())), None)


def _read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Weights and our own metadata.

    Raises:
        UserError: the file is cut, empty, or no safetensors.
    """
    try:
        with safe_open(path, "pt") as file:
            notes = json.loads((file.metadata() or {}).get(_OURS, "{}"))
            return {name: file.get_tensor(name) for name in file.keys()}, notes  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise UserError(f"{path} is cut or no safetensors file: {error}. Run `dvc repro finetune` again.") from error


def load_adapter(pipeline: StableDiffusionPipeline, folder: Path, base_digest: str | None = None) -> None:
    """Puts the adapter of `folder` into the pipeline.

    Args:
        base_digest: the fingerprint of the pipeline's base; checked where the file names the base it was tuned on.

    Raises:
        UserError: the folder holds no adapter, one of another base, or one that is not finite. Drawing never goes on
            without it.
    """
    path = folder / WEIGHTS
    if not path.exists():
        raise UserError(f"{folder} holds no adapter ({WEIGHTS}). Run `dvc repro finetune` first.")
    written, notes = _read(path)
    if base_digest and notes.get("base_digest", base_digest) != base_digest:
        raise UserError(
            f"The adapter in {folder} was tuned on another base ({notes.get('base')}, other bytes than generator.base "
            "has now). Run `dvc repro finetune` again."
        )
    bad = not_finite(written)
    if bad:
        raise UserError(
            f"The adapter in {folder} is not finite (its weight {bad}). Lower generator.lora.learning_rate and run "
            "`dvc repro finetune` again."
        )
    try:
        pipeline.load_lora_weights(folder, adapter_name=ADAPTER, weight_name=WEIGHTS, local_files_only=True)
    except (ValueError, RuntimeError, KeyError) as error:
        raise UserError(
            f"The adapter in {folder} does not fit the base: {error}. Run `dvc repro finetune` again."
        ) from error
    read = sum(len(own) for own in adapter_weights(pipeline).values())
    if read != len(written):
        raise UserError(
            f"Of the adapter in {folder} only {read} of {len(written)} weights reach the base. "
            "Run `dvc repro finetune` again."
        )

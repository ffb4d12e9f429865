"""An adapter in the names of kohya's sd-scripts, which A1111, Forge and ComfyUI load.

A module's name is its path with underscores behind `lora_unet_`, `lora_te_` (SDXL: `lora_te1_`, `lora_te2_`); each has
`.lora_down.weight`, `.lora_up.weight` and `.alpha`, and acts with alpha / rank. For SDXL kohya names the UNet's modules
after the original code (`input_blocks`, `middle_block`, `output_blocks`), for SD 1 and 2 after diffusers'.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open

from kilnmix.common import files
from kilnmix.common.errors import UserError
from kilnmix.common.tensor_files import save_tensors

_RESNET = {
    "norm1": "in_layers_0",
    "conv1": "in_layers_2",
    "time_emb_proj": "emb_layers_1",
    "norm2": "out_layers_0",
    "conv2": "out_layers_3",
    "conv_shortcut": "skip_connection",
}


def module_name(path: str, xl: bool) -> str:
    """kohya's name of a module, from its part and path: `unet.mid_block.attentions.0.proj_in`.

    Args:
        xl: whether the base is SDXL.
    """
    part, inner = path.split(".", 1)
    if part == "text_encoder":
        return f"{'lora_te1_' if xl else 'lora_te_'}{inner.replace('.', '_')}"
    if part == "text_encoder_2":
        return f"lora_te2_{inner.replace('.', '_')}"
    return "lora_unet_" + (original_name(inner) if xl else inner).replace(".", "_")


def original_name(path: str) -> str:
    """The path of a module of SDXL's UNet in the original code, from diffusers' path.

    A level of the way down has two residual blocks and a sampler, three places; a level of the way up three.
    """
    found = re.fullmatch(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)", path)
    if found:
        way, level, kind, place, rest = found[1], int(found[2]), found[3], int(found[4]), found[5]
        if kind == "downsamplers":
            return f"input_blocks.{3 * (level + 1)}.0.op"
        if kind == "upsamplers":
            # Behind the residual block and, at SDXL's two lower levels, the attention.
            return f"output_blocks.{3 * level + 2}.2.{rest}"
        first = 3 * level + place + (1 if way == "down" else 0)
        block = f"{'input' if way == 'down' else 'output'}_blocks.{first}"
        return f"{block}.0.{_resnet(rest)}" if kind == "resnets" else f"{block}.1.{rest}"
    found = re.fullmatch(r"mid_block\.(resnets|attentions)\.(\d+)\.(.+)", path)
    if found:
        if found[1] == "attentions":
            return f"middle_block.1.{found[3]}"
        return f"middle_block.{2 * int(found[2])}.{_resnet(found[3])}"
    fixed = {"conv_in": "input_blocks.0.0", "conv_out": "out.2", "time_embedding.linear_1": "time_embed.0",
             "time_embedding.linear_2": "time_embed.2", "add_embedding.linear_1": "label_emb.0.0",
             "add_embedding.linear_2": "label_emb.0.2"}  # fmt: skip
    return fixed.get(path, path)


def _resnet(rest: str) -> str:
    return _RESNET.get(rest, rest)


def converted(
    weights: Mapping[str, torch.Tensor], strengths: Mapping[str, Mapping[str, object]], xl: bool
) -> dict[str, torch.Tensor]:
    """kohya's names -> weights in float32, with an alpha for each module.

    Args:
        weights: as in diffusers' file: `unet.PATH.lora_A.weight` and `lora_B`.
        strengths: part -> `r`, `lora_alpha`, `rank_pattern`, `alpha_pattern`, `use_rslora`, as in its metadata; where a
            part is not named alpha is the rank.
    """
    found: dict[str, torch.Tensor] = {}
    for name, weight in weights.items():
        path, which = re.fullmatch(r"(.+)\.lora_([AB])\.weight", name).groups()  # type: ignore[union-attr]
        module = module_name(path, xl)
        found[f"{module}.lora_{'down' if which == 'A' else 'up'}.weight"] = weight.float().contiguous()
        if which == "A":
            rank = weight.shape[0]
            part, inner = path.split(".", 1)
            found[f"{module}.alpha"] = torch.tensor(_alpha(strengths.get(part, {}), inner, rank))
    return dict(sorted(found.items()))


def _alpha(strength: Mapping[str, object], module: str, rank: int) -> float:
    """The alpha that makes alpha / rank the module's factor, with rsLoRA alpha times the root of the rank."""
    if not strength:
        return float(rank)
    patterns = strength.get("alpha_pattern") or {}
    assert isinstance(patterns, Mapping)
    alpha = float(patterns.get(module, strength["lora_alpha"]))
    return alpha * math.sqrt(rank) if strength.get("use_rslora") else alpha


def export(source: Path, target: Path, title: str) -> int:
    """Writes an adapter of diffusers' names as kohya's; returns the number of its modules.

    Args:
        source: pytorch_lora_weights.safetensors of `finetune`.

    Raises:
        UserError: there is no adapter, or it is a DoRA, which kohya's scheme does not hold.
    """
    if not source.is_file():
        raise UserError(f"{source} is not there. Run `dvc repro finetune` first.")
    with safe_open(source, "pt") as file:
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata() or {}
    if any("magnitude" in name for name in weights):
        raise UserError(f"{source} is a DoRA, which kohya's format does not hold. Tune with generator.lora.kind lora.")
    flat = json.loads(metadata.get("lora_adapter_metadata", "{}"))
    strengths: dict[str, dict[str, object]] = {}
    for name, value in flat.items():
        part, key = name.split(".", 1)
        strengths.setdefault(part, {})[key] = value
    notes = json.loads(metadata.get("kilnmix", "{}"))
    xl = any(name.startswith("text_encoder_2.") for name in weights) or notes.get("family") == "xl"
    found = converted(weights, strengths, xl)
    modules = sum(name.endswith(".alpha") for name in found)
    with files.replacing(target) as draft:
        save_tensors(found, draft, _metadata(found, notes, title, xl))
    return modules


def _metadata(found: Mapping[str, torch.Tensor], notes: Mapping[str, object], title: str, xl: bool) -> dict[str, str]:
    """What the tools show: kohya's `ss_` entries and the model specification's `modelspec.` ones."""
    down = next(name for name in found if name.endswith("lora_down.weight"))
    rank, alpha = found[down].shape[0], float(found[down.replace("lora_down.weight", "alpha")])
    return {
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(rank),
        "ss_network_alpha": f"{alpha:g}",
        "ss_base_model_version": "sdxl_base_v1-0" if xl else "sd_v1",
        "ss_sd_model_name": str(notes.get("base", "")),
        "ss_output_name": title,
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.architecture": f"{'stable-diffusion-xl-v1-base' if xl else 'stable-diffusion-v1'}/lora",
        "modelspec.implementation": "https://github.com/Stability-AI/generative-models" if xl else "diffusers",
        "modelspec.title": title,
    }

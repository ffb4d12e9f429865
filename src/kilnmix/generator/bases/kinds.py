"""Which base lies in a folder or a file, told from names and shapes alone, before gigabytes are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kilnmix.common.errors import UserError

SUPPORTED = {"StableDiffusionPipeline": "Stable Diffusion 1 or 2", "StableDiffusionXLPipeline": "Stable Diffusion XL"}
_NEEDED = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")
_NEEDED_BY_XL = ("text_encoder_2", "tokenizer_2")
_FIRST = "model.diffusion_model.input_blocks.0.0.weight"
_SDXL = "conditioner.embedders.1.model.transformer.resblocks.9.mlp.c_proj.bias"
_CROSS = "model.diffusion_model.input_blocks.2.1.transformer_blocks.0.attn2.to_k.weight"
_OTHERS = {
    "conditioner.embedders.0.model.transformer.resblocks.9.mlp.c_proj.bias": "the refiner of Stable Diffusion XL",
    "joint_blocks.0.context_block.adaLN_modulation.1.bias": "Stable Diffusion 3",
    "double_blocks.0.img_attn.norm.key_norm.scale": "Flux",
    "control_model.time_embed.0.weight": "a ControlNet",
}
_CONFIGS = {
    "v1": "stable-diffusion-v1-5/stable-diffusion-v1-5",
    "v2": "stabilityai/stable-diffusion-2-1",
    "xl": "stabilityai/stable-diffusion-xl-base-1.0",
}


@dataclass(frozen=True)
class SingleFile:
    """What a checkpoint in one file tells of itself.

    Attributes:
        pipeline: diffusers' class for it.
        config: hub id of a base with the same configuration and tokenizer, which such a file does not hold.
        prediction: `v_prediction` where the file is marked so; None: as `config` says.
        zero_snr: whether its noise schedule ends in pure noise.
        licence: as its metadata says, if it does.
    """

    pipeline: str
    config: str
    prediction: str | None
    zero_snr: bool
    licence: str | None


def header(path: Path) -> tuple[dict[str, tuple[int, ...]], dict[str, str]]:
    """Tensor name -> shape, and the metadata of a safetensors file, whose tensors are not read.

    Raises:
        UserError: the file is no safetensors, or cut.
    """
    from safetensors import SafetensorError, safe_open

    if path.suffix.lower() in (".ckpt", ".pt", ".pth", ".bin"):
        raise UserError(
            f"generator.base = {str(path)!r} is a pickle ({path.suffix}), which can run code when it is read. Take the "
            ".safetensors file of the same model."
        )
    try:
        with safe_open(path, "pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            return shapes, dict(file.metadata() or {})
    except (SafetensorError, OSError, ValueError) as error:
        raise UserError(
            f"generator.base = {str(path)!r} is cut or no safetensors file: {error}. Fetch it again."
        ) from error


def of_file(path: Path) -> SingleFile:
    """The kind of a checkpoint in one file.

    Raises:
        UserError: it is no base that kilnmix can tune; the sentence says what it is.
    """
    shapes, metadata = header(path)
    if any("lora_" in name for name in shapes):
        raise UserError(
            f"generator.base = {str(path)!r} is an adapter (LoRA), not a base. Set generator.adapter to it, and "
            "generator.base to the base that it was tuned on."
        )
    for name, kind in _OTHERS.items():
        if name in shapes or f"model.diffusion_model.{name}" in shapes:
            raise _another(str(path), kind)
    if _FIRST not in shapes:
        raise _another(str(path), "no whole Stable Diffusion checkpoint (it has no UNet)")
    channels = shapes[_FIRST][1]
    if channels == 9:
        raise _inpainting(str(path))
    if channels != 4:
        raise _another(str(path), f"a base whose UNet reads {channels} channels in the place of 4")
    for part, prefix in (
        ("autoencoder", "first_stage_model."),
        ("text encoder", ("cond_stage_model.", "conditioner.")),
    ):
        if not any(name.startswith(prefix) for name in shapes):
            raise _another(str(path), f"half a checkpoint (it has no {part})")
    family = "xl" if _SDXL in shapes else "v2" if shapes.get(_CROSS, (0, 0))[-1] == 1024 else "v1"
    return SingleFile(
        pipeline="StableDiffusionXLPipeline" if family == "xl" else "StableDiffusionPipeline",
        config=_CONFIGS[family],
        prediction="v_prediction" if "v_pred" in shapes else None,
        zero_snr="ztsnr" in shapes,
        licence=metadata.get("modelspec.license"),
    )


def of_folder(path: Path) -> str:
    """The pipeline class of a folder in diffusers' format, which is looked through for what is missing.

    Raises:
        UserError: it is no base that kilnmix can tune, or half of one.
    """
    index = _json(path / "model_index.json")
    name = checked_class(str(path), index)
    wanted = [part for part, kind in index.items() if isinstance(kind, list) and kind and kind[0]]
    optional = {"safety_checker", "feature_extractor", "image_encoder"}
    for part in (*_NEEDED, *(_NEEDED_BY_XL if "XL" in name else ())):
        if part not in wanted:
            raise UserError(
                f"generator.base = {str(path)!r} is half a base: its model_index.json names no {part}, which a {name} "
                "has. Fetch it again."
            )
    for part in wanted:
        if part not in optional and not (path / part).is_dir():
            raise UserError(
                f"generator.base = {str(path)!r} is half a base: its folder {part} is missing. Fetch it again."
            )
    for part in ("unet", "vae", "text_encoder", "text_encoder_2"):
        if part in wanted and not any((path / part).glob("*.safetensors")):
            pickled = " (there is a pickle, which kilnmix does not read)" if any((path / part).glob("*.bin")) else ""
            raise UserError(
                f"generator.base = {str(path)!r} is half a base: {part} has no .safetensors file{pickled}. "
                "Fetch it again."
            )
    for part in ("tokenizer", "tokenizer_2"):
        if part in wanted and not any((path / part / file).exists() for file in ("vocab.json", "tokenizer.json")):
            raise UserError(f"generator.base = {str(path)!r} is half a base: {part} has no vocabulary. Fetch it again.")
    unet, vae = _json(path / "unet" / "config.json"), _json(path / "vae" / "config.json")
    reads, latent = int(str(unet.get("in_channels", 4))), int(str(vae.get("latent_channels", 4)))
    if reads == 2 * latent + 1:
        raise _inpainting(str(path))
    if reads != latent:
        raise _another(str(path), f"a base whose UNet reads {reads} channels where its autoencoder has {latent}")
    return name


def variant(path: Path) -> str | None:
    """`fp16` where a folder's weights are there in half precision only."""
    names = [file.name for file in (path / "unet").glob("*.safetensors")]
    return "fp16" if names and all(".fp16" in name for name in names) else None


def checked_class(base: str, index: Mapping[str, object]) -> str:
    """The class that a model_index.json names.

    Raises:
        UserError: it is none that kilnmix can tune.
    """
    name = str(index.get("_class_name", ""))
    if name in SUPPORTED:
        return name
    if "Inpaint" in name:
        raise _inpainting(base)
    raise _another(base, f"a {name or 'folder without a pipeline'}")


def _json(path: Path) -> dict[str, object]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"generator.base: {path} cannot be read: {error}. Fetch the base again.") from error
    if not isinstance(read, dict):
        raise UserError(f"generator.base: {path} holds no object. Fetch the base again.")
    return read


def _inpainting(base: str) -> UserError:
    return UserError(
        f"generator.base = {base!r} is an inpainting base, which fills holes and is not drawn with from captions. Take "
        "the base that it was made from."
    )


def _another(base: str, kind: str) -> UserError:
    return UserError(
        f"generator.base = {base!r} is {kind}. kilnmix tunes Stable Diffusion 1.5, 2 and XL: a folder in diffusers' "
        "format, a single .safetensors file or a hub id."
    )

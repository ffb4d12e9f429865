"""The base diffusion model: found, read, and never silently replaced."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from kilnmix.common import digests
from kilnmix.common.errors import UserError
from kilnmix.config import GeneratorSettings

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline

ADAPTER = "kilnmix"
LIBRARIES = ("torch", "diffusers", "peft", "transformers", "safetensors", "numpy", "pillow")
"""What adapters and images follow from beside this project's code."""


def dtype_of(settings: GeneratorSettings) -> torch.dtype:
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[settings.precision]


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load_base(settings: GeneratorSettings) -> StableDiffusionPipeline:
    """The base as diffusers' own pipeline, without a safety checker, in the precision of the settings.

    `generator.base` is a local folder in diffusers' format, a single .safetensors file, or a hub id.

    Raises:
        UserError: it is not to be had, or is not a Stable Diffusion pipeline; the sentence names `generator.base`.
    """
    from diffusers import StableDiffusionPipeline
    from diffusers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    common = {"torch_dtype": dtype_of(settings), "safety_checker": None, "local_files_only": settings.offline}
    path = Path(settings.base)
    try:
        if path.is_file():
            pipeline = StableDiffusionPipeline.from_single_file(str(path), **common)
        else:
            _refuse_half_a_folder(path, settings)
            pipeline = StableDiffusionPipeline.from_pretrained(
                settings.base, revision=settings.revision, requires_safety_checker=False, **common
            )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(
            _missing(settings, str(error).splitlines()[0] if str(error) else type(error).__name__)
        ) from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _refuse_half_a_folder(path: Path, settings: GeneratorSettings) -> None:
    looks_local = path.exists() or settings.base.count("/") != 1 or settings.base.startswith(("pocket/", ".", "/", "~"))
    if looks_local and not (path / "model_index.json").exists():
        raise UserError(_missing(settings, f"{path} has no model_index.json"))


def _missing(settings: GeneratorSettings, why: str) -> str:
    advice = (
        "For the demo's own base run `dvc pull pocket.dvc`. For another, set generator.base to a local folder in "
        "diffusers' format, a single .safetensors file or a hub id"
    )
    if settings.offline:
        advice += " (a hub id is only fetched with generator.offline=false)"
    return f"The base model generator.base = {settings.base!r} is not to be had: {why}. {advice}."


def fingerprint(settings: GeneratorSettings) -> str:
    """What identifies the base in digests: SHA-256 over a local base's files, or the hub id and revision."""
    return digests.of_state(base=settings.base, revision=settings.revision, files=digests.of_files(Path(settings.base)))

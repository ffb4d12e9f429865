"""The base diffusion model as diffusers' own pipeline."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from kilnmix.common.devices import resolved
from kilnmix.common.errors import UserError
from kilnmix.config import GeneratorSettings
from kilnmix.generator.bases import kinds

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline

    Pipeline = StableDiffusionPipeline | StableDiffusionXLPipeline

ADAPTER = "kilnmix"
LIBRARIES = ("torch", "diffusers", "peft", "transformers", "safetensors", "numpy", "pillow")
"""What adapters and images follow from beside this project's code."""


def dtype_of(settings: GeneratorSettings) -> torch.dtype:
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[settings.precision]


def device() -> torch.device:
    """Where bases are tuned and drawn with."""
    return torch.device(resolved("auto"))


def is_xl(pipeline: Any) -> bool:
    """Whether the base is Stable Diffusion XL: two text encoders, and a UNet that is told the picture's size."""
    return getattr(pipeline, "text_encoder_2", None) is not None


def latent_factor(pipeline: Any) -> int:
    """Pixels of a side to one of the autoencoder's latents."""
    return 2 ** (len(pipeline.vae.config.block_out_channels) - 1)


def load_base(settings: GeneratorSettings) -> StableDiffusionPipeline:
    """The base, without a safety checker, in the precision of the settings.

    `generator.base` is a local folder in diffusers' format, a single .safetensors file, or a hub id.

    Raises:
        UserError: it is not to be had, is half a base, or is of a kind that cannot be tuned; the sentence names
            `generator.base`.
    """
    from diffusers.utils import logging as verbosity

    verbosity.set_verbosity_error()
    verbosity.disable_progress_bar()
    path = Path(settings.base)
    try:
        with _half_a_base(settings):
            pipeline = _from_file(path, settings) if path.is_file() else _from_folder_or_hub(path, settings)
    except UserError:
        raise
    except Exception as error:  # the libraries raise whatever a damaged base makes them stumble over
        raise UserError(_missing(settings, _first_line(error))) from error
    if settings.prediction is not None:
        pipeline.scheduler.register_to_config(prediction_type=settings.prediction)
    _check_noise(pipeline, settings)
    factor = latent_factor(pipeline)
    if settings.size % factor:
        raise UserError(
            f"generator.size = {settings.size} is no multiple of {factor}, as this base's autoencoder needs. "
            f"Set it to {max(settings.size // factor, 1) * factor}."
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _check_noise(pipeline: Any, settings: GeneratorSettings) -> None:
    """Refuses what the loss of tuning does not know, which diffusers would take for something else."""
    scheduler = pipeline.scheduler
    if getattr(scheduler, "alphas_cumprod", None) is None:
        raise UserError(
            f"generator.base = {settings.base!r} has the scheduler {type(scheduler).__name__}, which is none of a "
            "diffusion with a noise schedule. kilnmix tunes Stable Diffusion 1.5, 2 and XL."
        )
    prediction = scheduler.config.get("prediction_type", "epsilon")
    if prediction not in ("epsilon", "v_prediction", "sample"):
        raise UserError(
            f"generator.base = {settings.base!r} predicts {prediction!r}, by its scheduler_config.json. Known are "
            "epsilon, v_prediction and sample: set generator.prediction to what the base was trained for."
        )


def _from_folder_or_hub(path: Path, settings: GeneratorSettings) -> Any:
    import diffusers

    common: dict[str, Any] = {"torch_dtype": dtype_of(settings), "local_files_only": settings.offline}
    looks_local = path.exists() or settings.base.count("/") != 1 or settings.base.startswith(("pocket/", ".", "/", "~"))
    if looks_local:
        if not (path / "model_index.json").exists():
            raise UserError(_missing(settings, f"{path} has no model_index.json"))
        name = kinds.of_folder(path)
        common["variant"] = kinds.variant(path)
    else:
        index = diffusers.DiffusionPipeline.load_config(
            settings.base, revision=settings.revision, local_files_only=settings.offline
        )
        name = kinds.checked_class(settings.base, index)
    if name == "StableDiffusionPipeline":
        common |= {"safety_checker": None, "requires_safety_checker": False}
    return getattr(diffusers, name).from_pretrained(
        settings.base, revision=settings.revision, use_safetensors=True, **common
    )


def _from_file(path: Path, settings: GeneratorSettings) -> Any:
    import diffusers

    kind = kinds.of_file(path)
    common: dict[str, Any] = {"safety_checker": None} if kind.pipeline == "StableDiffusionPipeline" else {}
    pipeline = getattr(diffusers, kind.pipeline).from_single_file(
        str(path),
        config=_configuration(kind, settings),
        torch_dtype=dtype_of(settings),
        local_files_only=True,
        **common,
    )
    if kind.prediction:
        pipeline.scheduler.register_to_config(prediction_type=kind.prediction)
    if kind.zero_snr:
        pipeline.scheduler = type(pipeline.scheduler).from_config(
            pipeline.scheduler.config, rescale_betas_zero_snr=True
        )
    return pipeline


def _configuration(kind: kinds.SingleFile, settings: GeneratorSettings) -> str:
    """The folder that holds configuration and tokenizer for a single file, which holds weights alone.

    Raises:
        UserError: it is on this machine neither as generator.config nor in the hub's cache.
    """
    if settings.config is not None:
        if not (settings.config / "model_index.json").exists():
            raise UserError(f"generator.config = {str(settings.config)!r} is no folder in diffusers' format.")
        return str(settings.config)
    from huggingface_hub import snapshot_download

    patterns = ["**/*.json", "*.json", "*.txt", "**/*.txt", "**/*.model"]
    try:
        return snapshot_download(kind.config, allow_patterns=patterns, local_files_only=settings.offline)
    except (OSError, ValueError) as error:
        raise UserError(
            f"generator.base = {settings.base!r} is a single file, which holds no configuration and no tokenizer, and "
            f"those of {kind.config} are not on this machine. Set generator.config to a folder in diffusers' format of "
            "the same kind of base, or fetch them once with generator.offline=false."
        ) from error


@contextmanager
def _half_a_base(settings: GeneratorSettings) -> Iterator[None]:
    """Refuses a base of which weights are missing: the libraries only warn, and go on with random numbers."""
    told: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            message = record.getMessage()
            if "not initialized from the model checkpoint" in message or "MISSING" in message:
                told.append(message)

    listener = Listener()
    loggers = [
        logging.getLogger(name)
        for name in ("diffusers.models.modeling_utils", "transformers", "transformers.modeling_utils")
    ]
    before = [(logger.level, logger.propagate) for logger in loggers]
    handlers = [logger.handlers[:] for logger in loggers]
    for logger in loggers:
        logger.handlers = [listener]
        logger.propagate = False
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for logger, (level, propagate), own in zip(loggers, before, handlers, strict=True):
            logger.handlers, logger.propagate = own, propagate
            logger.setLevel(level)
    if told:
        raise UserError(
            f"generator.base = {settings.base!r} is half a base, weights are missing: "
            f"{' '.join(told[0].split())[:160]}. Fetch it again."
        )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _missing(settings: GeneratorSettings, why: str) -> str:
    advice = (
        "For the demo's own base run `dvc pull pocket.dvc`. For another, set generator.base to a local folder in "
        "diffusers' format, a single .safetensors file or a hub id"
    )
    if settings.offline:
        advice += " (a hub id is only fetched with generator.offline=false)"
    return f"The base model generator.base = {settings.base!r} is not to be had: {why.rstrip('.')}. {advice}."

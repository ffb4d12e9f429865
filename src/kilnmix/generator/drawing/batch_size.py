"""The batch size of a pool where generator.draw.batch_size is auto: chosen once, and kept beside the drawn images.

    batch_size    the number, in the folder of the images that a stage has drawn so far

Every later run and every shard takes the number from there, so that a pool's batches stay the same on any machine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from kilnmix.common import files
from kilnmix.common.devices import free_cuda_memory
from kilnmix.common.errors import UserError
from kilnmix.config import GeneratorSettings
from kilnmix.generator.base import latent_factor
from kilnmix.generator.text import TextStates, encode_captions, size_ids, unet_inputs

FILE = "batch_size"
ON_A_CPU = 32
LARGEST = 64
"""A GPU is busy with fewer images already."""
ROOM = 0.8
"""Part of the memory that a batch may take; the rest is left to fragments and to other programs."""


def fitting(memory: int, fixed: int, one: int) -> int:
    """The largest power of two of images, at most `LARGEST`, that take no more than `ROOM` of the memory; at least 1.

    Args:
        memory: bytes of the device that are free, and those of this process; fixed: bytes that the base takes; one:
            further bytes for every image.
    """
    size = 1
    while size < LARGEST and fixed + 2 * size * one <= ROOM * memory:
        size *= 2
    return size


def chosen(settings: GeneratorSettings, folder: Path, may: bool, measure: Callable[[], int]) -> GeneratorSettings:
    """The settings with a number in the place of auto.

    Args:
        folder: that of the drawn images.
        may: whether this run may choose; a shard other than the first may not.
        measure: the number for this machine; called where none is kept yet.

    Raises:
        UserError: no number is kept yet and this run may not choose, or the file does not hold one.
    """
    if settings.draw.batch_size != "auto":
        return settings
    path = folder / FILE
    if not path.exists():
        if not may:
            raise UserError(
                f"generator.draw.batch_size is auto and {path} is not there: shard 1 chooses it for all. Draw shard 1 "
                "first and bring that file here, or set generator.draw.batch_size to a number."
            )
        folder.mkdir(parents=True, exist_ok=True)
        files.write(path, f"{measure()}\n".encode(), durable=True)
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= LARGEST:
        raise UserError(f"{path} holds no batch size but {text[:20]!r}. Remove it and draw shard 1 again.")
    return settings.model_copy(update={"draw": settings.draw.model_copy(update={"batch_size": int(text)})})


def measured(pipeline: Any, settings: GeneratorSettings, device: torch.device) -> int:
    """What fits a GPU's memory, from the peaks of drawing an image and two in a step each; on a CPU `ON_A_CPU`."""
    if device.type != "cuda":
        return ON_A_CPU
    pipeline.to(device)
    told = encode_captions(pipeline, [""]).to(device, pipeline.unet.dtype)
    one, two = (_peak(pipeline, settings, told, count, device) for count in (1, 2))
    # What other programs hold is not to be had; what this process has reserved is.
    number = torch.cuda.current_device() if device.index is None else device.index
    free = free_cuda_memory(number) + torch.cuda.memory_reserved(device)
    return fitting(free, 2 * one - two, max(two - one, 1))


@torch.inference_mode()
def _peak(pipeline: Any, settings: GeneratorSettings, told: TextStates, count: int, device: torch.device) -> int:
    unet, side = pipeline.unet, settings.size // latent_factor(pipeline)
    sizes = size_ids(pipeline, (settings.size, settings.size), device, unet.dtype)
    latents = torch.randn((count, unet.config.in_channels, side, side), device=device, dtype=unet.dtype)
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    unet(latents, torch.zeros(count, device=device), **unet_inputs(told.repeated(count), sizes))
    pipeline.vae.decode(latents.to(pipeline.vae.dtype), return_dict=False)
    return torch.cuda.max_memory_allocated()

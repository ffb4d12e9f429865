"""What makes the base faster on a GPU without changing what it computes."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from kilnmix.common.paths import STATE
from kilnmix.config import GeneratorSettings

WORTH_COMPILING = 180_000
"""Passes of the UNet from which compiling is worth its minutes. On an H200 with Stable Diffusion 1.5's shapes compiling
for fine-tuning took 130 s and made it 1.28 times as fast; eager it did some 300 passes a second."""
PASSES_OF_TRAINING = 3
"""Passes that training on one image takes as long as: there, and back at twice the price."""


def compiles(settings: GeneratorSettings, device: torch.device, passes: int) -> bool:
    """Whether `generator.compile` means compiling for so many passes of the UNet on this device."""
    if settings.compile == "auto":
        return device.type == "cuda" and passes >= WORTH_COMPILING
    return settings.compile == "on"


def prepare_device(device: torch.device) -> None:
    """Lets float32 products use TF32, and keeps compiled kernels from run to run in .kilnmix/compiled."""
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(Path(STATE / "compiled").absolute()))
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.allow_tf32 = True

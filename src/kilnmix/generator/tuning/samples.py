"""Pictures drawn while tuning: the same captions from the same noise, before, during and after.

samples/000100.png    a row of pictures, one a caption, after 100 steps
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from kilnmix.common.files import replacing
from kilnmix.common.seeds import derive
from kilnmix.config import GeneratorSettings
from kilnmix.generator.base import latent_factor
from kilnmix.generator.cache import Cache
from kilnmix.generator.drawing.samplers import sampler
from kilnmix.generator.drawing.sampling import decode, generators, sample
from kilnmix.generator.tuning.network import Network


class Sampler:
    """Draws a row of pictures into `folder`; rows that are there already are left."""

    def __init__(self, pipeline: Any, network: Network, cache: Cache, settings: GeneratorSettings, folder: Path):
        self.network, self.folder = network, folder
        self.vae, self.every = pipeline.vae, settings.lora.samples.every
        self.draw = settings.draw.model_copy(
            update={"steps": settings.lora.samples.steps, "scheduler": "dpm++", "mode": "text"}
        )
        self.captions = shown_captions(cache, settings.lora.samples.images)
        self.config = pipeline.scheduler.config
        if self.every:
            side = settings.size // latent_factor(pipeline)
            self.shape = (pipeline.unet.config.in_channels, side, side)

    def due(self, step: int) -> bool:
        return bool(self.every) and step % self.every == 0

    @torch.no_grad()
    def look(self, step: int) -> Path | None:
        """The row of this step, drawn now if it is not there; None where no pictures are asked for."""
        path = self.folder / f"{step:06d}.png"
        if not self.every:
            return None
        if path.exists():
            return path
        count, device = len(self.captions), self.network.device
        self.vae.to(device)
        with self.network.averaged():
            latents = sample(
                self.network.predict,
                self.network.predict,
                sampler(self.config, self.draw),
                self.draw,
                (self.network.states(self.captions), self.network.states([0] * count)),
                self.shape,
                generators([derive(0, "sample", place) for place in range(count)]),
                device,
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        with replacing(path, durable=True) as draft:
            Image.fromarray(np.concatenate(list(decode(self.vae, latents).numpy()), axis=1)).save(draft, "PNG")
        return path


def shown_captions(cache: Cache, count: int) -> Sequence[int]:
    """Rows of the full captions that are shown: the commonest, every second from the rarest."""
    full = [rows[0] for rows in cache.rows]
    ranked = sorted(set(full), key=lambda row: (-full.count(row), row))
    chosen: list[int] = []
    while ranked and len(chosen) < count:
        chosen.append(ranked.pop(0 if len(chosen) % 2 == 0 else -1))
    return chosen

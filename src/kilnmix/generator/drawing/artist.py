"""A base with its adapter, ready to draw batches of one size."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch

from kilnmix.common.errors import UserError
from kilnmix.config import GeneratorSettings
from kilnmix.generator.acceleration import compiles, prepare_device
from kilnmix.generator.base import ADAPTER, latent_factor
from kilnmix.generator.drawing.samplers import sampler
from kilnmix.generator.drawing.sampling import Start, decode, generators, sample
from kilnmix.generator.text import TextStates, size_ids, unet_inputs

FAST = "fast"


class Artist:
    """Draws; the adapter is merged into the base's weights, where it costs nothing.

    With guidance the two predictions are two calls of the same shape: from a batch of 16 on a GPU is as busy with them
    as with one call of 32, and a compiled base has one shape only.

    Attributes:
        compiled: whether batches must all have one shape.
    """

    def __init__(self, pipeline: Any, settings: GeneratorSettings, where: torch.device):
        draw = self.draw = settings.draw
        self.where = where
        prepare_device(where)
        self.sizes = size_ids(pipeline, (settings.size, settings.size), where, pipeline.unet.dtype)
        side = settings.size // latent_factor(pipeline)
        self.shape = (pipeline.unet.config.in_channels, side, side)
        bare = self._merge(pipeline)
        self.unet, self.vae = pipeline.unet, pipeline.vae
        self.bare = bare if bare is not None else self.unet
        for module in (self.unet, self.bare):
            module.to(where, memory_format=torch.channels_last)
        self.vae.to(where)
        own = pipeline.scheduler
        self.scheduler = own if settings.draw.scheduler == "base" else sampler(own.config, settings.draw)
        self.compiled = compiles(settings, where, draw.images * draw.steps * (2 if draw.guided else 1))
        if self.compiled:
            self.vae.to(memory_format=torch.channels_last)
            for module in {id(part): part for part in (self.unet, self.bare)}.values():
                module.compile(dynamic=False)
            self.vae.decoder.compile(dynamic=False)

    def _merge(self, pipeline: Any) -> Any:
        """Merges the adapters into the UNet; returns a copy of the bare UNet where guidance leads away from it."""
        draw = self.draw
        names = [ADAPTER] if ADAPTER in getattr(pipeline.unet, "peft_config", {}) else []
        if draw.fast is not None:
            try:
                pipeline.load_lora_weights(draw.fast.parent, weight_name=draw.fast.name, adapter_name=FAST)
            except (OSError, ValueError, RuntimeError, KeyError) as error:
                raise UserError(f"generator.draw.fast = {str(draw.fast)!r} does not fit the base: {error}.") from error
            names.append(FAST)
            pipeline.set_adapters(names)
        bare = None
        if names and draw.guided and draw.unconditional == "base":
            bare = copy.deepcopy(pipeline.unet)
            bare.unload_lora()
        if names:
            pipeline.fuse_lora(components=["unet"], adapter_names=names)
            pipeline.unet.unload_lora()
        return bare

    @torch.inference_mode()
    def pictures(
        self, conditional: TextStates, unconditional: TextStates, seeds: Sequence[int], start: Start | None = None
    ) -> torch.Tensor:
        """Draws a batch, in parts where `generator.draw.part` says so.

        Args:
            conditional: of the b captions; unconditional: of the empty or the negative caption alone.
            seeds: (b,) each image's own.
            start: photographs' latents that the images begin from.

        Returns:
            (b, size, size, 3) uint8 on the CPU.
        """
        width = self.draw.part or len(seeds)
        parts = []
        for first in range(0, len(seeds), width):
            rows = range(first, min(first + width, len(seeds)))
            own = conditional.rows(rows).to(self.where, self.unet.dtype)
            without = unconditional.to(self.where, self.unet.dtype).repeated(len(rows))
            begun = start
            if start is not None and start.latents is not None:
                begun = Start(start.latents[list(rows)], start.strength)
            latents = sample(
                lambda *given: self._predicted(self.unet, *given),
                lambda *given: self._predicted(self.bare, *given),
                self.scheduler,
                self.draw,
                (own, without),
                self.shape,
                generators([seeds[row] for row in rows]),
                self.where,
                begun,
            )
            parts.append(decode(self.vae, latents))
        return torch.cat(parts)

    def _predicted(self, unet: Any, seen: torch.Tensor, times: torch.Tensor, states: TextStates) -> torch.Tensor:
        predicted: torch.Tensor = unet(seen.to(unet.dtype), times, **unet_inputs(states, self.sizes))[0]
        return predicted.float()

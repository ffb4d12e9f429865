"""The base with an adapter in training: losses, gradients, weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import functional as F

from kilnmix.config import GeneratorSettings
from kilnmix.generator import own_tokens
from kilnmix.generator.acceleration import PASSES_OF_TRAINING, compiles
from kilnmix.generator.adapter.create import add_adapter
from kilnmix.generator.cache import Cache
from kilnmix.generator.text import TextStates, encode_tokens, size_ids, tokenize, unet_inputs, zero_rows
from kilnmix.generator.tuning.captured import Captured
from kilnmix.generator.tuning.checkpoint import State
from kilnmix.generator.tuning.loss import target, weighted_error
from kilnmix.generator.tuning.optimizers import Updater
from kilnmix.generator.tuning.schedule import min_snr_weights
from kilnmix.generator.tuning.steps import Batch
from kilnmix.generator.tuning.weights import TrainedWeights


class Network:
    """An adapter in training.

    Attributes:
        timesteps: how many the base's noise schedule has.
        weights: what is trained.
    """

    def __init__(self, pipeline: Any, cache: Cache, settings: GeneratorSettings, device: torch.device):
        from diffusers import DDPMScheduler

        self.lora, self.device, self.pipeline = settings.lora, device, pipeline
        self.unet = pipeline.unet
        # float16 overflows in gradients; bfloat16 does not.
        self.dtype = torch.bfloat16 if self.unet.dtype == torch.float16 else self.unet.dtype
        modules = [self.unet]
        told = self.lora.text_encoder or bool(cache.terms)
        if told:
            modules += [
                getattr(pipeline, name) for name in ("text_encoder", "text_encoder_2") if hasattr(pipeline, name)
            ]
        for module in modules:
            module.requires_grad_(False)
            module.to(device=device, dtype=self.dtype)
        # A fifth faster on a CPU, and what convolutions on a GPU prefer.
        self.unet.to(memory_format=torch.channels_last)
        add_adapter(pipeline, settings)
        own_tokens.add(pipeline, cache.terms)
        for module in modules:
            module.to(device)
        self.weights = TrainedWeights(modules, self.dtype)
        self.noising = DDPMScheduler.from_config(pipeline.scheduler.config)
        self.timesteps = int(self.noising.config.num_train_timesteps)
        prediction = self.noising.config.prediction_type
        loss_weights = min_snr_weights(self.noising.alphas_cumprod, prediction, self.lora.snr_gamma)
        self.noising.alphas_cumprod = self.noising.alphas_cumprod.to(device)
        self.loss_weights = loss_weights.to(device)
        self.sizes = size_ids(pipeline, (settings.size, settings.size), device, self.dtype)
        self.text = TextStates(cache.embeddings, cache.pooled).to(device, self.dtype)
        captions = [own_tokens.worded(caption, cache.terms) for caption in cache.captions]
        self.tokens = [own.to(device) for own in tokenize(pipeline, captions)] if told else []
        self.zeros = torch.tensor(zero_rows(pipeline, cache.captions), device=device, dtype=torch.int64)
        self.updater = Updater(self.weights, self.lora, device)
        self._speed_up(settings)

    def _speed_up(self, settings: GeneratorSettings) -> None:
        if self.lora.checkpointing:
            self.unet.enable_gradient_checkpointing()
        images = self.lora.steps * self.lora.batch_size * self.lora.accumulate
        if compiles(settings, self.device, PASSES_OF_TRAINING * images):
            self.unet.compile(dynamic=False)
        self._accumulate: Callable[..., torch.Tensor] = self._gradients
        self._update: Callable[..., torch.Tensor] = self.updater.update
        if self.device.type == "cuda":
            stream = torch.cuda.Stream()
            if not self.tokens:
                self._accumulate = Captured(self._gradients, stream)
            if self.updater.captures:
                self._update = Captured(self.updater.update, stream)

    def _states(self, captions: torch.Tensor) -> TextStates:
        if not self.tokens:
            pooled = None if self.text.pooled is None else self.text.pooled[captions]
            return TextStates(self.text.embeddings[captions], pooled)
        states = encode_tokens(self.pipeline, [own[captions] for own in self.tokens])
        if not len(self.zeros):
            return states
        shown = (~torch.isin(captions, self.zeros)).to(states.embeddings.dtype)
        pooled = None if states.pooled is None else states.pooled * shown[:, None]
        return TextStates(states.embeddings * shown[:, None, None], pooled)

    def _loss(
        self,
        latents: torch.Tensor,
        noise: torch.Tensor,
        timesteps: torch.Tensor,
        captions: torch.Tensor,
        factors: torch.Tensor | None = None,
    ) -> torch.Tensor:
        noised = self.noising.add_noise(latents, noise, timesteps)
        given = unet_inputs(self._states(captions), self.sizes)
        predicted = self.unet(noised.to(self.dtype), timesteps, **given)[0]
        wanted = target(self.noising, latents, noise, timesteps)
        return weighted_error(predicted, wanted, timesteps, self.loss_weights, factors)

    def _gradients(self, *tensors: torch.Tensor) -> torch.Tensor:
        loss = self._loss(*tensors)
        (loss / self.lora.accumulate if self.lora.accumulate > 1 else loss).backward()
        return loss.detach()

    def step(self, number: int, batches: Sequence[Batch]) -> torch.Tensor:
        """One optimiser step; returns its mean loss, on the device, without waiting for it."""
        self.updater.set_rate(number)
        losses = [self._accumulate(*self._moved(batch)).clone() for batch in batches]
        self._update()
        return losses[0] if len(losses) == 1 else torch.stack(losses).mean()

    def _moved(self, batch: Batch) -> tuple[torch.Tensor, ...]:
        tensors: tuple[torch.Tensor, ...] = (batch.latents, batch.noise, batch.timesteps, batch.captions)
        if batch.factors is not None:
            tensors = (*tensors, batch.factors)
        if self.device.type == "cpu":
            return tensors
        return tuple(part.pin_memory().to(self.device, non_blocking=True) for part in tensors)

    @torch.no_grad()
    def errors(self, batch: Batch) -> torch.Tensor:
        """(b,) squared errors, unweighted. Without the compiled kernels, which are made for training alone."""
        latents, noise, timesteps, captions = self._moved(batch)
        predicted = self.predict(self.noising.add_noise(latents, noise, timesteps), timesteps, self._states(captions))
        wanted = target(self.noising, latents, noise, timesteps)
        return F.mse_loss(predicted, wanted, reduction="none").mean(dim=(1, 2, 3))

    @torch.no_grad()
    def predict(self, noised: torch.Tensor, timesteps: torch.Tensor, states: TextStates) -> torch.Tensor:
        """(b, C, h, w) float32, what the base with its adapter predicts."""
        given = unet_inputs(states, self.sizes)
        return self.unet.forward(noised.to(self.dtype), timesteps, **given)[0].float()

    @torch.no_grad()
    def states(self, captions: Sequence[int]) -> TextStates:
        """What the UNet is told for rows of the cache's captions."""
        return self._states(torch.tensor(list(captions), device=self.device))

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The network with the moving average of its weights, where it has one."""
        if not self.updater.average:
            yield
            return
        own = [weight.detach().clone() for weight in self.weights.masters]
        self.weights.put(self.updater.average)
        try:
            yield
        finally:
            self.weights.put(own)

    def kept_weights(self) -> list[torch.Tensor]:
        """The weights that the adapter would have now, on the CPU: their moving average where there is one."""
        return [weight.detach().cpu().clone() for weight in self.updater.average or self.weights.masters]

    def restore(self, state: State) -> None:
        self.weights.put(state.weights)
        self.updater.optimizer.load_state_dict(state.optimizer)
        for own, saved in zip(self.updater.average, state.average, strict=True):
            own.copy_(saved)

    def finish(self, weights: Sequence[torch.Tensor]) -> None:
        """Leaves the adapter with `weights`, in float32, in the pipeline."""
        self.weights.put(weights)
        self.weights.finish()
        if self.lora.checkpointing:
            self.unet.disable_gradient_checkpointing()

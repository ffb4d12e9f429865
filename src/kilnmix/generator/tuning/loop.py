"""Fine-tuning an adapter from cached latents and captions.

The loop waits for the GPU only every `LOOK_EVERY` steps; between two looks it prepares the batches of coming steps
while the GPU computes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from kilnmix.common.errors import UserError
from kilnmix.common.seeds import derive
from kilnmix.config import GeneratorSettings
from kilnmix.generator.acceleration import compiles, prepare_device
from kilnmix.generator.adapter.create import add_adapter
from kilnmix.generator.cache import Cache
from kilnmix.generator.tuning import checkpoint
from kilnmix.generator.tuning.captured import Captured
from kilnmix.generator.tuning.loss import target, weighted_error
from kilnmix.generator.tuning.optimizers import Updater
from kilnmix.generator.tuning.schedule import min_snr_weights
from kilnmix.generator.tuning.steps import Step, Steps
from kilnmix.generator.tuning.weights import TrainedWeights

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline

CHECKPOINT_EVERY = 100
LOOK_EVERY = 25


class Tuning:
    """An adapter in training: the network, its weights, and a step."""

    def __init__(self, pipeline: StableDiffusionPipeline, settings: GeneratorSettings, device: torch.device):
        from diffusers import DDPMScheduler

        self.lora, self.device = settings.lora, device
        self.unet = pipeline.unet
        self.unet.requires_grad_(False)
        # float16 overflows in gradients; bfloat16 does not.
        self.dtype = torch.bfloat16 if self.unet.dtype == torch.float16 else self.unet.dtype
        # A fifth faster on a CPU, and what convolutions on a GPU prefer.
        self.unet.to(device=device, dtype=self.dtype, memory_format=torch.channels_last)
        add_adapter(pipeline, settings)
        self.unet.to(device)
        self.weights = TrainedWeights([self.unet], self.dtype)
        self.noising = DDPMScheduler.from_config(pipeline.scheduler.config)
        loss_weights = min_snr_weights(
            self.noising.alphas_cumprod, self.noising.config.prediction_type, self.lora.snr_gamma
        )
        self.noising.alphas_cumprod = self.noising.alphas_cumprod.to(device)
        self.loss_weights = loss_weights.to(device)
        self.updater = Updater(self.weights, self.lora, device)
        if compiles(settings, device, self.lora.steps * self.lora.batch_size):
            self.unet.compile(dynamic=False)
        self._accumulate: Callable[..., torch.Tensor]
        self._update: Callable[..., torch.Tensor]
        self._accumulate, self._update = self._gradients, self.updater.update
        if device.type == "cuda":
            stream = torch.cuda.Stream()
            self._accumulate = Captured(self._gradients, stream)
            self._update = Captured(self.updater.update, stream)

    def loss(
        self, latents: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor, embeddings: torch.Tensor
    ) -> torch.Tensor:
        noised = self.noising.add_noise(latents, noise, timesteps)
        predicted = self.unet(noised.to(self.dtype), timesteps, embeddings.to(self.dtype), return_dict=False)[0]
        return weighted_error(predicted, target(self.noising, latents, noise, timesteps), timesteps, self.loss_weights)

    def _gradients(self, *tensors: torch.Tensor) -> torch.Tensor:
        loss = self.loss(*tensors)
        loss.backward()
        return loss.detach()

    def step(self, step: Step) -> torch.Tensor:
        """One optimiser step; returns its loss, on the device, without waiting for it."""
        self.updater.set_rate(step.number)
        loss = self._accumulate(*self.to_device(step)).clone()
        self._update()
        return loss

    def to_device(self, step: Step) -> tuple[torch.Tensor, ...]:
        if self.device.type == "cpu":
            return step.tensors
        return tuple(part.pin_memory().to(self.device, non_blocking=True) for part in step.tensors)


def tune(
    pipeline: StableDiffusionPipeline,
    cache: Cache,
    settings: GeneratorSettings,
    seed: int,
    resume: Path,
    progress: Callable[[int], object],
    on_losses: Callable[[Sequence[float]], object] = len,
) -> list[float]:
    """Trains an adapter inside `pipeline` and leaves it there, in float32.

    Args:
        seed: of this fold's adapter.
        resume: file that holds the state of a training that was broken off; read if it is there.
        progress: told the number of steps done since it was last told.
        on_losses: told the losses of all steps so far, whenever there are more.

    Returns:
        The loss of every step.

    Raises:
        UserError: a loss is not finite; the sentence names the step.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    prepare_device(device)
    torch.manual_seed(derive(seed, "initial weights"))
    tuning = Tuning(pipeline, settings, device)
    state = checkpoint.read(resume)
    start, losses = 0, []
    if state is not None:
        start, losses = state.step, state.losses
        tuning.weights.restore(state.weights)
        tuning.updater.optimizer.load_state_dict(state.optimizer)
    progress(start)
    pending: list[torch.Tensor] = []
    steps = Steps(cache, settings.lora, seed, tuning.noising.config.num_train_timesteps, start)
    every = LOOK_EVERY if device.type == "cuda" else 1
    for step in steps:
        pending.append(tuning.step(step))
        done = step.number + 1
        saves = done % CHECKPOINT_EVERY == 0 and done < settings.lora.steps
        if saves or len(pending) >= every or done == settings.lora.steps:
            losses += _looked_at(pending, done)
            progress(len(pending))
            on_losses(losses)
            pending = []
        if saves:
            checkpoint.State(done, tuning.weights.state(), tuning.updater.optimizer.state_dict(), losses).write(resume)
    tuning.weights.finish()
    return losses


def _looked_at(pending: list[torch.Tensor], done: int) -> list[float]:
    """The losses of the last steps as numbers.

    Raises:
        UserError: one is not finite.
    """
    losses = [float(loss) for loss in torch.stack(pending).tolist()]
    for place, loss in enumerate(losses):
        if not math.isfinite(loss):
            raise UserError(
                f"The loss is not finite ({loss}) at step {done - len(losses) + place + 1} of fine-tuning. Lower "
                "generator.lora.learning_rate (1e-4 is usual) or generator.lora.snr_gamma and run `dvc repro finetune` "
                "again."
            )
    return losses

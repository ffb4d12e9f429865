"""The adapter's training: a Lightning module over cached latents and captions.

Everything random in a step (which photographs, mirror or not, latents, noise, timesteps, dropped words) follows from
(seed, purpose, fold, adapter, step), so that training can stop after any step and go on to the same bytes.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytorch_lightning as pl
import torch
from peft.utils import get_peft_model_state_dict, set_peft_model_state_dict
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset

from kilnmix.common.seeds import derive
from kilnmix.config import GeneratorSettings, Lora
from kilnmix.generator.adapter.create import add_adapter
from kilnmix.generator.base import ADAPTER, dtype_of
from kilnmix.generator.cache import Cache
from kilnmix.generator.schedule import learning_rate, min_snr_weights

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline

CHECKPOINT_EVERY = 100

logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
# The base is frozen and stays in eval mode on purpose.
warnings.filterwarnings("ignore", message=".*module\\(s\\) in eval mode at the start of training.*")


@dataclass(frozen=True)
class Step:
    """What one optimiser step trains on.

    Attributes:
        latents, noise: (b, C, h, w) float32.
        timesteps: (b,) int64.
        embeddings: (b, L, D) float16.
    """

    number: int
    latents: torch.Tensor
    noise: torch.Tensor
    timesteps: torch.Tensor
    embeddings: torch.Tensor


class Steps(IterableDataset[Step]):
    """The steps from `start` to the end of training, each made from its number alone."""

    def __init__(self, cache: Cache, lora: Lora, seed: int, timesteps: int, start: int = 0):
        self.cache, self.lora, self.seed, self.timesteps, self.start = cache, lora, seed, timesteps, start

    def __iter__(self) -> Iterator[Step]:
        for number in range(self.start, self.lora.steps):
            yield self.make(number)

    def make(self, number: int) -> Step:
        rng = torch.Generator().manual_seed(derive(self.seed, "step", number))
        rows = self._rows(number)
        mirrored = torch.randint(2, (len(rows),), generator=rng)
        mean, std = self.cache.mean[rows, mirrored].float(), self.cache.std[rows, mirrored].float()
        latents = mean + std * torch.randn(mean.shape, generator=rng)
        noise = torch.randn(mean.shape, generator=rng)
        if self.lora.noise_offset:
            noise += self.lora.noise_offset * torch.randn((*mean.shape[:2], 1, 1), generator=rng)
        # One from each of b equal stretches (Kingma et al. 2021, appendix I.1): the same mean loss, less noise.
        spread = torch.randperm(len(rows), generator=rng) + torch.rand(len(rows), generator=rng)
        timesteps = (spread / len(rows) * self.timesteps).long().clamp(max=self.timesteps - 1)
        captions = [self._caption(int(row), rng) for row in rows]
        return Step(number, latents, noise, timesteps, self.cache.embeddings[captions])

    def _rows(self, number: int) -> torch.Tensor:
        """Rows of one batch: every epoch is a permutation of its own, batches run on across epochs."""
        count, size = len(self.cache), self.lora.batch_size
        places = range(number * size, (number + 1) * size)
        orders = {epoch: self._order(epoch) for epoch in {place // count for place in places}}
        return torch.stack([orders[place // count][place % count] for place in places])

    def _order(self, epoch: int) -> torch.Tensor:
        rng = torch.Generator().manual_seed(derive(self.seed, "epoch", epoch))
        return torch.randperm(len(self.cache), generator=rng)

    def _caption(self, row: int, rng: torch.Generator) -> int:
        whole, term = torch.rand(2, generator=rng).tolist()
        choices = self.cache.rows[row]
        if whole < self.lora.caption_dropout:
            return 0
        if term < self.lora.term_dropout and len(choices) > 1:
            return choices[1 + int(torch.randint(len(choices) - 1, (1,), generator=rng))]
        return choices[0]


class LoraModule(pl.LightningModule):
    """The UNet with its adapter, trained to predict what the base's scheduler asks for."""

    def __init__(self, pipeline: StableDiffusionPipeline, settings: GeneratorSettings):
        from diffusers import DDPMScheduler
        from diffusers.training_utils import cast_training_params

        super().__init__()
        self.lora = settings.lora
        self.unet = pipeline.unet
        self.noising = DDPMScheduler.from_config(pipeline.scheduler.config)
        self.prediction = self.noising.config.prediction_type
        self.unet.requires_grad_(False)
        # A fifth faster on a CPU, and what convolutions on a GPU prefer.
        self.unet.to(memory_format=torch.channels_last)
        add_adapter(pipeline, settings)
        # Low-precision adapters lose small updates; float32 costs next to nothing for so few weights.
        cast_training_params(self.unet, dtype=torch.float32)
        # A list: clipping needs the parameters again after the optimiser has read them.
        self.trained = [weight for weight in self.unet.parameters() if weight.requires_grad]
        weights = min_snr_weights(self.noising.alphas_cumprod, self.prediction, self.lora.snr_gamma)
        self.loss_weights: torch.Tensor
        self.register_buffer("loss_weights", weights, persistent=False)
        self.losses: list[float] = []

    def training_step(self, step: Step, batch_index: int) -> torch.Tensor:
        noised = self.noising.add_noise(step.latents, step.noise, step.timesteps)
        told = step.embeddings.to(self.unet.dtype)
        predicted = self.unet(noised.to(told.dtype), step.timesteps, told).sample.float()
        loss = (
            F.mse_loss(predicted, self._target(step), reduction="none").mean(dim=(1, 2, 3))
            * self.loss_weights[step.timesteps]
        ).mean()
        self.losses.append(float(loss.detach()))
        return loss

    def _target(self, step: Step) -> torch.Tensor:
        if self.prediction == "epsilon":
            return step.noise
        if self.prediction == "v_prediction":
            return self.noising.get_velocity(step.latents, step.noise, step.timesteps)
        return step.latents

    def on_train_batch_start(self, batch: Step, batch_idx: int) -> None:
        rate = learning_rate(batch.number, self.lora.steps, self.lora.warmup_steps, self.lora.learning_rate)
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = rate

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            self.trained, lr=self.lora.learning_rate, weight_decay=self.lora.weight_decay, betas=(0.9, 0.999)
        )

    def transfer_batch_to_device(self, batch: Step, device: torch.device, dataloader_idx: int) -> Step:
        return Step(
            batch.number,
            *(
                part.to(device, non_blocking=True)
                for part in (batch.latents, batch.noise, batch.timesteps, batch.embeddings)
            ),
        )


class Checkpoint(pl.Callback):
    """Keeps adapter, optimiser and losses in a folder outside the stage's outputs, and goes on from there."""

    def __init__(self, path: Path, progress: Callable[[int], object]):
        self.path, self.progress = path, progress
        self.start = 0
        self.state: dict[str, Any] | None = None
        if path.exists():
            self.state = torch.load(path, weights_only=True)
            self.start = int(self.state["step"])

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        assert isinstance(module, LoraModule)
        if self.state is not None:
            set_peft_model_state_dict(module.unet, self.state["adapter"], adapter_name=ADAPTER)
            trainer.optimizers[0].load_state_dict(self.state["optimizer"])
            module.losses = list(self.state["losses"])
        self.progress(self.start)

    def on_train_batch_end(
        self, trainer: pl.Trainer, module: pl.LightningModule, outputs: Any, batch: Step, batch_idx: int
    ) -> None:
        assert isinstance(module, LoraModule)
        done = batch.number + 1
        self.progress(1)
        if done % CHECKPOINT_EVERY == 0 and done < module.lora.steps:
            state = {
                "step": done,
                "adapter": get_peft_model_state_dict(module.unet, adapter_name=ADAPTER),
                "optimizer": trainer.optimizers[0].state_dict(),
                "losses": module.losses,
            }
            self.path.parent.mkdir(parents=True, exist_ok=True)
            draft = self.path.with_suffix(".new")
            torch.save(state, draft)
            draft.replace(self.path)


def tune(
    pipeline: StableDiffusionPipeline,
    cache: Cache,
    settings: GeneratorSettings,
    seed: int,
    resume: Path,
    progress: Callable[[int], object],
) -> list[float]:
    """Trains an adapter inside `pipeline` and leaves it there.

    Args:
        seed: of this fold's adapter.
        resume: file that holds the state of a training that was broken off; read if it is there.
        progress: told the number of steps done since it was last told.

    Returns:
        The loss of every step.
    """
    torch.manual_seed(derive(seed, "initial weights"))
    module = LoraModule(pipeline, settings)
    checkpoint = Checkpoint(resume, progress)
    steps = Steps(cache, settings.lora, seed, module.noising.config.num_train_timesteps, checkpoint.start)
    on_gpu = torch.cuda.is_available()
    trainer = pl.Trainer(
        accelerator="gpu" if on_gpu else "cpu",
        devices=1,
        precision="bf16-mixed" if on_gpu and dtype_of(settings) != torch.float32 else "32-true",
        max_steps=max(settings.lora.steps - checkpoint.start, 1),
        gradient_clip_val=settings.lora.max_grad_norm,
        callbacks=[checkpoint],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    if checkpoint.start < settings.lora.steps:
        trainer.fit(module, DataLoader(steps, batch_size=None))
    return module.losses

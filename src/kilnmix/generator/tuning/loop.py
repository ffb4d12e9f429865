"""Fine-tuning an adapter from cached latents and captions.

The loop waits for the GPU only every `LOOK_EVERY` steps; between two looks it prepares the batches of coming steps
while the GPU computes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kilnmix.common.devices import resolved
from kilnmix.common.errors import UserError
from kilnmix.common.seeds import derive
from kilnmix.config import GeneratorSettings
from kilnmix.generator.acceleration import prepare_device
from kilnmix.generator.cache import Cache
from kilnmix.generator.tuning import checkpoint, prior, validation
from kilnmix.generator.tuning.course import Tuned
from kilnmix.generator.tuning.network import Network
from kilnmix.generator.tuning.samples import Sampler
from kilnmix.generator.tuning.steps import Batches

CHECKPOINT_EVERY = 100
LOOK_EVERY = 25


def tune(
    pipeline: Any,
    cache: Cache,
    settings: GeneratorSettings,
    seed: int,
    resume: Path,
    progress: Callable[[int], object],
    listener: Listener | None = None,
) -> Tuned:
    """Trains an adapter inside `pipeline` and leaves it there, in float32.

    Args:
        seed: of this fold's adapter.
        resume: file that holds the state of a training that was broken off; read if it is there. Sample pictures are
            kept beside it.
        progress: told the number of steps done since it was last told.
        on_losses: told the losses of all steps so far, whenever there are more.

    Raises:
        UserError: a loss is not finite; the sentence names the step.
    """
    device = torch.device(resolved("auto"))
    prepare_device(device)
    cache, preserved = prior.prepare(pipeline, cache, settings, seed, resume.parent / "prior.safetensors", device)
    torch.manual_seed(derive(seed, "initial weights"))
    network = Network(pipeline, cache, settings, device)
    tuning = _Tuning(network, pipeline, cache, settings, seed, resume, progress, listener or Listener(), preserved)
    return tuning.run()


class Listener:
    """Told of a tuning's losses while it goes on; this one ignores them."""

    def losses(self, losses: Sequence[float]) -> None:
        """The losses of all steps so far, whenever there are more."""

    def validation(self, step: int, loss: float) -> None:
        """A measurement."""

    def sample(self, path: Path) -> None:
        """A row of pictures was drawn."""


class _Tuning:
    """The loop's state between steps."""

    # Nine parameters: the parts of a tuning, put together by `tune` alone.
    def __init__(
        self,
        network: Network,
        pipeline: Any,
        cache: Cache,
        settings: GeneratorSettings,
        seed: int,
        resume: Path,
        progress: Callable[[int], object],
        listener: Listener,
        preserved: prior.PriorImages | None,
    ):
        # Ten arguments: those of `tune`, the network and the prior's images.
        self.listener = listener
        self.network, self.lora, self.resume, self.progress = network, settings.lora, resume, progress
        # The parts of the objects that are kept back are the same for all adapters, so that their curves compare.
        held = validation.held_back(
            cache.objects, np.array(cache.labels, np.int64).reshape(len(cache), -1), self.lora.validation.share, 0
        )
        kept = [row for row in range(len(cache)) if row not in set(held)]
        self.batches = Batches(cache, self.lora, seed, network.timesteps, kept, preserved)
        self.measured = validation.batches(cache, held, network.timesteps, self.lora.batch_size)
        self.held = len(held)
        self.watch = validation.Watch(self.lora.validation)
        self.sampler = Sampler(pipeline, network, cache, settings, resume.parent / "samples")
        self.losses: list[float] = []
        self.pending: list[torch.Tensor] = []

    def run(self) -> Tuned:
        step = self._take_up()
        self.progress(step)
        if step == 0:
            self._measure(0)
            self._sample(0)
        while step < self.lora.steps and not self.watch.stopped:
            self.pending.append(self._step(step))
            step += 1
            ends = step == self.lora.steps
            looks = step % self.lora.validation.every == 0 or ends
            saves = step % CHECKPOINT_EVERY == 0 and not ends
            every = LOOK_EVERY if self.network.device.type == "cuda" else 1
            if looks or saves or len(self.pending) >= every:
                self._collect(step)
            if looks:
                self._measure(step)
            if self.sampler.due(step) or ends:
                self._sample(step)
            if saves:
                self._save(step)
        self._collect(step)
        return self._finish(step)

    def _sample(self, step: int) -> None:
        drawn = self.sampler.look(step)
        if drawn is not None:
            self.listener.sample(drawn)

    def _step(self, step: int) -> torch.Tensor:
        count = self.lora.accumulate
        parts = [self.batches.make(step * count + part) for part in range(count)]
        return self.network.step(step, parts)

    def _take_up(self) -> int:
        state = checkpoint.read(self.resume)
        if state is None:
            return 0
        self.network.restore(state)
        self.losses, self.watch.curve, self.watch.best = state.losses, [(s, v) for s, v in state.curve], state.best
        return state.step

    def _save(self, step: int) -> None:
        network, watch = self.network, self.watch
        average = [weight.cpu() for weight in network.updater.average]
        optimizer = network.updater.optimizer.state_dict()
        weights = network.weights.state()
        checkpoint.State(step, weights, optimizer, self.losses, average, watch.best, watch.curve).write(self.resume)

    def _measure(self, step: int) -> None:
        if not self.measured or (self.watch.curve and self.watch.curve[-1][0] == step):
            return
        with self.network.averaged():
            loss = validation.mean_loss(self.measured, self.network.errors)
        if not math.isfinite(loss):
            raise _not_finite("validation loss", loss, step)
        self.watch.note(step, loss, self.network.kept_weights)
        self.listener.validation(step, loss)

    def _collect(self, step: int) -> None:
        """The losses of the last steps as numbers."""
        if not self.pending:
            return
        losses = [float(loss) for loss in torch.stack(self.pending).tolist()]
        for place, loss in enumerate(losses):
            if not math.isfinite(loss):
                raise _not_finite("loss", loss, step - len(losses) + place + 1)
        self.losses += losses
        self.progress(len(self.pending))
        self.listener.losses(self.losses)
        self.pending = []

    def _finish(self, step: int) -> Tuned:
        kept = step
        if self.watch.best and self.lora.validation.keep == "best":
            kept = self.watch.best_step or 0
            self.network.finish(self.watch.best)
        else:
            self.network.finish(self.network.kept_weights())
        return Tuned(self.losses, self.watch.curve, kept, self.held, self.lora.steps)


def _not_finite(name: str, value: float, step: int) -> UserError:
    return UserError(
        f"The {name} is not finite ({value}) at step {step} of fine-tuning. Lower generator.lora.learning_rate (1e-4 "
        "is usual) and run `dvc repro finetune` again."
    )

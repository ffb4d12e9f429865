"""One training loop for all pocket models: any number of steps, in pieces, with an average of the weights.

A piece ends when its clock says so; the next one goes on from the checkpoint to the same weights, since everything
random in a step follows from its number.

A step's batch is cut into `PARTS`, each carried forward and backward by one Python thread with one intra-op thread of
its own: two busy cores lose little, where one forward split over two OpenMP threads waits for the slower at every layer
(measured on a shared machine: 6 times slower). The parts' gradients are added in order, so the bits do not depend on
timing. On a GPU the parts run one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from tqdm import tqdm

from kilnmix.demo.pocket.schedule import average_decay, rate_at

PARTS = 2
SAVE_EVERY = 120
"""Seconds between checkpoints."""

Loss = Callable[[int, slice], torch.Tensor]
"""(step number, this part of the step's batch) -> mean loss, with a graph."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast one model trains."""

    steps: int
    rate: float
    warmup: int = 100
    decay: float = 1e-4
    clip: float = 1.0
    average: float = 0.998
    """Decay of the moving average of the weights; 0: none."""


def device() -> torch.device:
    """Where the pocket models train."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Clock:
    """The seconds of this piece."""

    def __init__(self, minutes: float | None):
        self.ends = None if minutes is None else time.monotonic() + 60 * minutes

    def over(self) -> bool:
        """Whether this piece must end now."""
        return self.ends is not None and time.monotonic() > self.ends


@dataclass(frozen=True)
class Piece:
    """How a piece of training ended: all steps done or not, and the seconds and CPU seconds spent on them so far."""

    done: bool
    seconds: float
    cpu_seconds: float


class Run:
    """Where a training stands: weights, their average, the optimiser, the step, the time spent."""

    def __init__(self, model: nn.Module, plan: Plan, path: Path):
        self.model = model.to(device())
        self.path = path
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=plan.rate, weight_decay=plan.decay, betas=(0.9, 0.99))
        self.average = {key: value.detach().clone() for key, value in model.state_dict().items()}
        self.step, self.seconds, self.cpu_seconds = 0, 0.0, 0.0
        if path.exists():
            state = torch.load(path, weights_only=True, map_location=device())
            model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.average, self.step = state["average"], state["step"]
            self.seconds, self.cpu_seconds = state["seconds"], state["cpu_seconds"]
        self._mark = (time.monotonic(), time.process_time())

    def save(self) -> None:
        """Write the checkpoint whole, with the time spent until now."""
        now = (time.monotonic(), time.process_time())
        self.seconds += now[0] - self._mark[0]
        self.cpu_seconds += now[1] - self._mark[1]
        self._mark = now
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        torch.save(
            {
                "model": self.model.state_dict(),
                "average": self.average,
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "seconds": self.seconds,
                "cpu_seconds": self.cpu_seconds,
            },
            draft,
        )
        draft.replace(self.path)

    def since_saved(self) -> float:
        """Seconds since the last checkpoint."""
        return time.monotonic() - self._mark[0]


def train(name: str, model: nn.Module, loss: Loss, plan: Plan, batch: int, folder: Path, clock: Clock) -> Piece:
    """Train `model` in place; when all steps are done it holds the averaged weights.

    Args:
        loss: the loss of one part of a step, of `model` in training mode.
        batch: images of a step; divisible by PARTS.
        folder: holds the checkpoint `name`.pt.
    """
    run = Run(model, plan, folder / f"{name}.pt")
    parameters = [weight for weight in model.parameters() if weight.requires_grad]
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    model.train()
    workers = 1 if device().type == "cuda" else PARTS
    with ThreadPoolExecutor(workers) as threads, tqdm(total=plan.steps, initial=run.step, desc=name) as bar:
        while run.step < plan.steps and not clock.over():
            for group in run.optimizer.param_groups:
                group["lr"] = rate_at(run.step, plan.steps, plan.warmup, plan.rate)
            value = _gradients(loss, run.step, batch, parameters, threads)
            nn.utils.clip_grad_norm_(parameters, plan.clip)
            run.optimizer.step()
            run.step += 1
            _follow(run.average, model, average_decay(run.step, plan.average))
            bar.update()
            bar.set_postfix(loss=f"{value:.4f}", refresh=False)
            if run.since_saved() > SAVE_EVERY:
                run.save()
    torch.set_num_threads(before)
    run.save()
    if run.step >= plan.steps:
        model.load_state_dict(run.average)
    model.eval()
    return Piece(run.step >= plan.steps, run.seconds, run.cpu_seconds)


def _gradients(loss: Loss, step: int, batch: int, parameters: list[nn.Parameter], threads: ThreadPoolExecutor) -> float:
    """Set the gradients of the mean loss over all parts; returns that loss."""
    size = batch // PARTS

    def work(part: int) -> tuple[float, tuple[torch.Tensor, ...]]:
        torch.set_num_threads(1)
        value = loss(step, slice(part * size, (part + 1) * size))
        return float(value.detach()), torch.autograd.grad(value, parameters)

    done = list(threads.map(work, range(PARTS)))
    for place, parameter in enumerate(parameters):
        parameter.grad = torch.stack([gradients[place] for _, gradients in done]).mean(0)
    return sum(value for value, _ in done) / PARTS


@torch.no_grad()
def _follow(average: dict[str, torch.Tensor], model: nn.Module, decay: float) -> None:
    for key, value in model.state_dict().items():
        if value.is_floating_point():
            average[key].lerp_(value, 1 - decay)
        else:
            average[key].copy_(value)

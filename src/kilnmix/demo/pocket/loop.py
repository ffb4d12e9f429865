"""One training loop for all pocket models: any number of steps, in pieces, with an average of the weights.

A piece ends when its clock says so; the next one goes on from the checkpoint to the same weights, since everything
random in a step follows from its number.

On a CPU a step's batch is cut into `PARTS`, each carried forward and backward by one Python thread with one intra-op
thread of its own: two busy cores lose little, where one forward split over two OpenMP threads waits for the slower at
every layer (measured on a shared machine: 6 times slower). The parts' gradients are added in order, so the bits do not
depend on timing. A GPU takes the batch whole, in one process and as many steps as fit in the plan's seconds.
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

from kilnmix.common.devices import fast_bfloat16, resolved
from kilnmix.common.schedules import average_decay
from kilnmix.demo.pocket.schedule import rate_at

PARTS = 2
"""Of a batch on a CPU."""
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
    batch: int = 32
    seconds: float | None = None
    """Of training, after which it is done whatever the steps: the rate follows whichever is further. None: no bound."""


def parts() -> int:
    """Into how many parts the batch of a step is cut."""
    return 1 if device().type == "cuda" else PARTS


def device() -> torch.device:
    """Where the pocket models train."""
    return torch.device(resolved("auto"))


def low_precision() -> bool:
    """Whether steps are computed in bfloat16: a processor without instructions for it takes seven times as long."""
    return fast_bfloat16("cuda" if device().type == "cuda" else "cpu", depthwise=False)


class Clock:
    """The seconds of this piece."""

    def __init__(self, minutes: float | None):
        self.ends = None if minutes is None else time.monotonic() + 60 * minutes

    def over(self) -> bool:
        """Whether this piece must end now."""
        return self.ends is not None and time.monotonic() > self.ends


@dataclass(frozen=True)
class Piece:
    """How a piece of training ended: done or not, and the steps, seconds and CPU seconds spent so far."""

    done: bool
    steps: int
    seconds: float
    cpu_seconds: float


class Run:
    """Where a training stands: weights, their average, the optimiser, the step, the time spent."""

    def __init__(self, model: nn.Module, plan: Plan, path: Path):
        self.model = model.to(device())
        self.plan, self.path = plan, path
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

    def progress(self) -> float:
        """0 at the beginning, 1 when the steps or the plan's seconds are spent."""
        way = self.step / self.plan.steps
        spent = self.seconds + self.since_saved()
        return way if self.plan.seconds is None else min(1.0, max(way, spent / self.plan.seconds))

    def since_saved(self) -> float:
        """Seconds since the last checkpoint."""
        return time.monotonic() - self._mark[0]


def train(name: str, model: nn.Module, loss: Loss, plan: Plan, folder: Path, clock: Clock) -> Piece:
    """Train `model` in place; when all steps are done it holds the averaged weights.

    Args:
        loss: the loss of one part of a step, of `model` in training mode.
        folder: holds the checkpoint `name`.pt.
    """
    run = Run(model, plan, folder / f"{name}.pt")
    parameters = [weight for weight in model.parameters() if weight.requires_grad]
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    model.train()
    with (
        ThreadPoolExecutor(parts()) as threads,
        tqdm(total=plan.steps, initial=run.step, desc=name, mininterval=5) as bar,
    ):
        while (way := run.progress()) < 1 and not clock.over():
            for group in run.optimizer.param_groups:
                group["lr"] = rate_at(way, plan.rate) * min(1.0, (run.step + 1) / max(1, plan.warmup))
            value = _gradients(loss, run.step, plan.batch, parameters, threads)
            nn.utils.clip_grad_norm_(parameters, plan.clip)
            run.optimizer.step()
            run.step += 1
            _follow(run.average, model, average_decay(run.step, plan.average))
            bar.update()
            if run.step % 50 == 0:
                bar.set_postfix(loss=f"{float(value):.4f}", refresh=False)
            if run.since_saved() > SAVE_EVERY:
                run.save()
    torch.set_num_threads(before)
    done = run.progress() >= 1
    run.save()
    if done:
        model.load_state_dict(run.average)
    model.eval()
    return Piece(done, run.step, run.seconds, run.cpu_seconds)


def _gradients(
    loss: Loss, step: int, batch: int, parameters: list[nn.Parameter], threads: ThreadPoolExecutor
) -> torch.Tensor:
    """Set the gradients of the mean loss over all parts; returns that loss."""
    count = parts()
    if count == 1:
        for parameter in parameters:
            parameter.grad = None
        value = loss(step, slice(0, batch))
        # Not autograd.grad: only an accumulated gradient has its parameter's memory layout.
        value.backward()
        return value.detach()
    size = batch // count

    def work(part: int) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
        torch.set_num_threads(1)
        value = loss(step, slice(part * size, (part + 1) * size))
        return value.detach(), torch.autograd.grad(value, parameters)

    done = list(threads.map(work, range(count)))
    for place, parameter in enumerate(parameters):
        parameter.grad = torch.stack([gradients[place] for _, gradients in done]).mean(0)
    return torch.stack([value for value, _ in done]).mean()


@torch.no_grad()
def _follow(average: dict[str, torch.Tensor], model: nn.Module, decay: float) -> None:
    pairs = [(average[key], value) for key, value in model.state_dict().items()]
    floats = [pair for pair in pairs if pair[1].is_floating_point()]
    torch._foreach_lerp_([own for own, _ in floats], [value for _, value in floats], 1 - decay)
    for own, value in pairs:
        if not value.is_floating_point():
            own.copy_(value)

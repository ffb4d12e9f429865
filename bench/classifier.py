"""Training: end to end against the step alone, against a plain loop, many runs together, and the start."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import nn

from bench.plain_loop import finish, plain_loop
from bench.rows import Row, interleaved, seconds
from bench.samples import TASKS, sample, write_collection
from kilnmix.classifier.data.batch import Batch
from kilnmix.classifier.data.loader import BatchLoader
from kilnmix.classifier.data.training_data import resolve
from kilnmix.classifier.network.build import build
from kilnmix.classifier.results import read_metrics
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.fit import fit
from kilnmix.classifier.training.module import MultiTaskClassifier, TaskLosses
from kilnmix.classifier.training.parallel import ParallelTrainer
from kilnmix.classifier.training.weighting import weighting
from kilnmix.classifier.training.worker import keep_freed_memory
from kilnmix.common.devices import cores, resolved
from kilnmix.common.paths import PREPARED, STATE
from kilnmix.config.composition import compose

WARM_UP = 3
PROJECT = Path(__file__).parents[1]
_START = """
import pathlib, pickle, sys
from kilnmix.classifier.training.parallel import train_all
if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    train_all([pickle.loads((folder / "run.pickle").read_bytes())], folder / "store", 1)
"""


def measure() -> Iterator[Row]:
    """Rows in the order in which they are taken; those of a GPU within some 70 seconds."""
    keep_freed_memory()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if resolved("auto") == "cuda":
            yield from _gpu(folder)
            return
        for size, augment in ((96, "paper"), (224, "paper"), (224, "strong")):
            yield from _end_to_end(folder, size, augment)
        yield _vs_plain(folder)
        yield _many_runs(folder)
        yield _start(folder)
        yield _start_of_the_command(folder)


def _gpu(folder: Path) -> Iterator[Row]:
    yield from _end_to_end(folder, 224)
    yield _vs_plain(folder)
    yield _many_runs(folder)


def _steps(of_cores: int) -> int:
    """On a GPU a few steps are over before its clocks have risen."""
    return 120 if resolved("auto") == "cuda" else of_cores


def _with_threads(count: int, work: Callable[[], float]) -> float:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        return work()
    finally:
        torch.set_num_threads(before)


def _end_to_end(folder: Path, size: int, augment: str = "paper") -> Iterator[Row]:
    """Images a second of a whole training over those of its step, repeated on one batch that stays where it is.

    On a GPU the step is replayed as a CUDA graph, which no Python can hold up.
    """
    run = sample(folder, size, _steps(60 if size < 128 else 20), augment=augment)
    gpu = resolved(run.settings.device) == "cuda"
    # What a process does once, such as loading a GPU's libraries, belongs to neither side.
    _with_threads(1, lambda: fit(sample(folder, size, WARM_UP, augment=augment)).metrics.images_per_second)
    name = f"{size}{'' if augment == 'paper' else f'_{augment}'}"
    ours, alone = interleaved(
        lambda: _with_threads(1, lambda: fit(run).metrics.images_per_second),
        lambda: _with_threads(1, lambda: (_graphed if gpu else _resident)(run)),
        runs=2 if gpu else 5,
    )
    target = ">= 0.9 of a graphed step" if gpu else ">= 0.95"
    yield Row(f"classifier.share_of_ceiling_{name}", ours, "images/s", alone, target, 2 if gpu else 5)
    if size == 224 and augment == "paper":
        yield Row("classifier.images_per_second_224", ours, "images/s", target=">= 6000" if gpu else "")


def _training(run: TrainingRun, capturable: bool) -> tuple[MultiTaskClassifier, torch.optim.Optimizer, Batch]:
    """Module and optimiser on the run's device, and its first batch."""
    settings, device = run.settings, resolved(run.settings.device)
    data = resolve(run)
    losses = TaskLosses(settings.label_smoothing, ["logit-adjustment"] * 2, data.counts, data.drawn_counts)
    network = build(settings, data.classes)
    module = MultiTaskClassifier(network, losses, weighting("static", [1.0, 1.0], 1), settings).to(device).train()
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-4, fused=True, capturable=capturable)
    batch = next(iter(BatchLoader(run, data)))
    parts = (batch["pixels"], batch["labels"], batch["weights"])
    pixels, labels, weights = (part.to(device) for part in parts)
    return module, optimizer, Batch(pixels=pixels, labels=labels, weights=weights)


def _step(module: MultiTaskClassifier, optimizer: torch.optim.Optimizer, batch: Batch) -> None:
    optimizer.zero_grad(set_to_none=True)
    module.training_step(batch, module.settings.steps).backward()
    nn.utils.clip_grad_norm_(module.parameters(), module.settings.max_grad_norm)
    optimizer.step()


def _resident(run: TrainingRun) -> float:
    module, optimizer, batch = _training(run, capturable=False)
    return _speed(run, lambda: _step(module, optimizer, batch))


def _graphed(run: TrainingRun) -> float:
    """The same step, recorded once and replayed."""
    module, optimizer, batch = _training(run, capturable=True)
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(WARM_UP):
            _step(module, optimizer, batch)
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        _step(module, optimizer, batch)
    return _speed(run, graph.replay)


def _speed(run: TrainingRun, step: Callable[[], object]) -> float:
    """Images a second of a step without its warm-up."""
    device, done = resolved(run.settings.device), run.settings.steps - WARM_UP
    for _ in range(WARM_UP):
        step()
    finish(device)
    return run.settings.batch_size * done / seconds(lambda: _repeated(step, done, device))


def _repeated(step: Callable[[], object], times: int, device: str) -> None:
    for _ in range(times):
        step()
    finish(device)


def _vs_plain(folder: Path) -> Row:
    """Images a second of as many runs as there are cores, against a plain loop that has them all to itself.

    On a GPU a run in this process, which has its libraries loaded as the plain loop has.
    """
    size, steps, gpu = 224, _steps(20), resolved("auto") == "cuda"
    runs = [sample(folder, size, steps, seed) for seed in range(1 if gpu else cores())]
    files = folder / "files"
    files.mkdir()
    for number, pixels in enumerate(resolve(runs[0]).pixels):
        Image.fromarray(pixels).resize((384, 384)).save(files / f"{number}.jpg", quality=90)
    times = 1 if gpu else 3
    with ParallelTrainer(folder / "store") as trainer:
        attempt = iter(range(100))

        def ours() -> float:
            if gpu:
                return fit(runs[0]).metrics.images_per_second
            again = [dataclasses.replace(run, seed=run.seed + 1000 * next(attempt)) for run in runs]
            done = trainer.train(again, label="runs")
            return sum(read_metrics(place / "metrics.json").images_per_second for place in done.values())

        ours()
        plain = lambda: _with_threads(cores(), lambda: plain_loop(files, size, steps))  # noqa: E731
        value, reference = interleaved(ours, plain, runs=times)
    return Row("classifier.vs_plain_224", value, "images/s", reference, ">= 5" if gpu else ">= 1.3", times)


def _many_runs(folder: Path) -> Row:
    """Seconds of twelve runs together over the same one after the other, each with all cores to itself.

    On a GPU three are run one after the other, and their time is taken four times.
    """
    gpu = resolved("auto") == "cuda"
    runs = [sample(folder, 64, _steps(30), seed) for seed in range(12)]
    with ParallelTrainer(folder / "many") as trainer:
        # As many as are measured, so that every worker gets one.
        trainer.train([sample(folder, 64, WARM_UP, 100 + run.seed) for run in runs], label="warm-up")
        together = seconds(lambda: trainer.train(runs, label="twelve runs"))
    some = runs[:3] if gpu else runs

    def alone() -> float:
        fit(sample(folder, 64, WARM_UP, 100))
        return seconds(lambda: [fit(run) for run in some]) * len(runs) / len(some)

    target = "<= 0.25" if gpu else "<= 1.0"
    return Row("classifier.many_runs", together, "s", _with_threads(cores(), alone), target, 1)


def _start(folder: Path) -> Row:
    """Seconds of a process that trains one step over those of one that only imports the libraries."""
    import pickle

    script = folder / "start.py"
    script.write_text(_START)
    (folder / "run.pickle").write_bytes(pickle.dumps(sample(folder, 64, 1)))
    return _over_imports("classifier.start_vs_imports", [sys.executable, str(script), str(folder)], folder, "store")


def _start_of_the_command(folder: Path) -> Row:
    """The same with `kilnmix train --only real` in a project, from reading its settings to the scores of one step."""
    project = folder / "project"
    write_collection(project / PREPARED, 64)
    recipe = [f"classifier.{setting}" for setting in ("weights=null", "steps=1", "evaluations=1", "probe=0")]
    more = [f"collection.tasks=[{','.join(TASKS)}]", "experiment.seeds=[0]"]
    (project / "params.yaml").write_text(compose([*recipe, *more], PROJECT / "conf")[0], encoding="utf-8")
    command = [str(Path(sys.executable).with_name("kilnmix")), "train", "--only", "real"]
    return _over_imports("classifier.start_of_train_vs_imports", command, project, str(STATE))


def _over_imports(name: str, command: Sequence[str], folder: Path, kept: str) -> Row:
    """Seconds of a command in a folder, each time without what it kept, over those of the imports alone."""

    def timed(arguments: Sequence[str]) -> float:
        return seconds(lambda: subprocess.run(arguments, cwd=folder, check=True, stdout=subprocess.DEVNULL))

    def ours() -> float:
        shutil.rmtree(folder / kept, ignore_errors=True)
        return timed(command)

    bare = [sys.executable, "-c", "import torch, torchvision, pytorch_lightning"]
    value, reference = interleaved(ours, lambda: timed(bare), runs=3)
    return Row(name, value, "s", reference, "<= 1.25", 3)

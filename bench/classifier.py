"""Training: end to end against the step alone, against a plain loop, many runs together, and the start."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torchvision import models, transforms

from bench.rows import Row, interleaved, missing, seconds
from kilnmix.classifier.devices import cores, resolved
from kilnmix.classifier.feed import Feed, images_per_class
from kilnmix.classifier.fit import build, fit
from kilnmix.classifier.many import Crew
from kilnmix.classifier.module import MultiTaskClassifier, TaskLosses
from kilnmix.classifier.results import read_metrics
from kilnmix.classifier.run import TrainingRun, opened
from kilnmix.classifier.weighting import weighting
from kilnmix.classifier.worker import keep_freed_memory
from kilnmix.collection.prepared import Prepared, Task, write_tables
from kilnmix.config import ClassifierSettings

CLASSES, PHOTOGRAPHS = 8, 256
_START = """
import pathlib, pickle, sys
from kilnmix.classifier.many import train_many
if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    train_many([pickle.loads((folder / "run.pickle").read_bytes())], folder / "store", 1)
"""


def measure() -> list[Row]:
    keep_freed_memory()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            *(_share_of_ceiling(folder, size) for size in (96, 224)),
            _vs_plain(folder),
            _many_runs(folder),
            _start(folder),
            *_of_a_gpu(),
        ]


def _of_a_gpu() -> list[Row]:
    """What a machine without a GPU cannot say; with one, the figures above are the GPU's."""
    if resolved("auto") == "cuda":
        return []
    why = "this machine has no CUDA device"
    return [
        missing("classifier.share_of_ceiling_224_gpu", "images/s", ">= 0.95", why),
        missing("classifier.vs_plain_224_gpu", "images/s", ">= 5", why),
        missing("classifier.many_runs_gpu", "s", "<= 0.4", why),
    ]


def _run(folder: Path, size: int, steps: int, seed: int = 0) -> TrainingRun:
    settings = ClassifierSettings(
        weights=None, size=size, steps=steps, evaluations=1, augment="paper", precision="auto"
    )
    rows = np.arange(PHOTOGRAPHS)
    return TrainingRun(
        _collection(folder, size), ("glaze", "type"), settings, seed, rows[:-16], rows[-16:-8], rows[-8:]
    )


def _collection(folder: Path, size: int) -> Path:
    """A prepared collection of smooth noise, which compresses and augments as photographs do."""
    place = folder / f"prepared-{size}"
    if place.exists():
        return place
    place.mkdir()
    generator = np.random.default_rng(0)
    small = generator.integers(0, 256, (PHOTOGRAPHS, 12, 12, 3), dtype=np.uint8)
    np.save(place / "pixels.npy", np.stack([np.asarray(Image.fromarray(one).resize((size, size))) for one in small]))
    names = tuple(f"class {number}" for number in range(CLASSES))
    tasks = tuple(Task(task, names, {name: name for name in names}) for task in ("glaze", "type"))
    labels = {task.name: generator.integers(0, CLASSES, PHOTOGRAPHS) for task in tasks}
    ids = np.array([f"p{row}" for row in range(PHOTOGRAPHS)])
    nothing = np.array([""] * PHOTOGRAPHS)
    write_tables(Prepared(place, tasks, ids, np.arange(PHOTOGRAPHS), labels, {0: nothing}, nothing))
    return place


def _with_threads(count: int, work: Callable[[], float]) -> float:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        return work()
    finally:
        torch.set_num_threads(before)


def _share_of_ceiling(folder: Path, size: int) -> Row:
    """Images a second of a whole training over those of its step, repeated on one batch that stays where it is."""
    run = _run(folder, size, steps=60 if size < 128 else 20)
    ours, alone = interleaved(
        lambda: _with_threads(1, lambda: fit(run).metrics.images_per_second),
        lambda: _with_threads(1, lambda: _resident(run)),
        runs=5,
    )
    return Row(f"classifier.share_of_ceiling_{size}", ours, "images/s", alone, ">= 0.95", 5)


def _resident(run: TrainingRun) -> float:
    settings, device = run.settings, resolved(run.settings.device)
    losses = TaskLosses(settings.label_smoothing, ["logit-adjustment"] * 2, images_per_class(run, drawn=False))
    module = MultiTaskClassifier(build(run), losses, weighting("static", [1.0, 1.0], 1), settings).to(device).train()
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-4, fused=True)
    batch = {name: value.to(device) for name, value in next(iter(Feed(run))).items()}
    batch_size, done = settings.batch_size, settings.steps - 3

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        module.training_step(batch, settings.steps).backward()
        nn.utils.clip_grad_norm_(module.parameters(), settings.max_grad_norm)
        optimizer.step()

    for _ in range(3):
        step()
    _finish(device)
    begun = time.perf_counter()
    for _ in range(done):
        step()
    _finish(device)
    return batch_size * done / (time.perf_counter() - begun)


def _finish(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def _vs_plain(folder: Path) -> Row:
    """Images a second of as many runs as there are cores, against a plain loop that has them all to itself."""
    size, steps = 224, 20
    runs = [_run(folder, size, steps, seed) for seed in range(cores() if resolved("auto") == "cpu" else 1)]
    files = folder / "files"
    files.mkdir()
    for number, pixels in enumerate(opened(runs[0].prepared).pixels):
        Image.fromarray(pixels).resize((384, 384)).save(files / f"{number}.jpg", quality=90)

    attempt = iter(range(100))
    with Crew(folder / "store") as crew:

        def ours() -> float:
            again = [dataclasses.replace(run, seed=run.seed + 1000 * next(attempt)) for run in runs]
            done = crew.train(again, label="runs")
            return sum(read_metrics(place / "metrics.json").images_per_second for place in done.values())

        ours()
        value, reference = interleaved(ours, lambda: _with_threads(cores(), lambda: _plain(files, size, steps)), runs=3)
    return Row("classifier.vs_plain_224", value, "images/s", reference, ">= 1.3, on a GPU >= 5", 3)


class _Files(torch.utils.data.Dataset):
    """JPEG files decoded and augmented one by one as they are asked for."""

    def __init__(self, folder: Path, size: int) -> None:
        self.paths = sorted(folder.glob("*.jpg"))
        self.transform = transforms.Compose(
            [
                transforms.RandomResizedCrop(size, scale=(0.75, 1.0)),
                transforms.RandomHorizontalFlip(),
                transforms.ColorJitter(0.15, 0.15),
                transforms.ToTensor(),
                transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
            ]
        )

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        with Image.open(self.paths[index]) as picture:
            return self.transform(picture.convert("RGB")), index % CLASSES


def _plain(files: Path, size: int, steps: int) -> float:
    device = resolved("auto")
    network = models.mobilenet_v3_small(num_classes=2 * CLASSES).to(device).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)
    loader = torch.utils.data.DataLoader(
        _Files(files, size), batch_size=32, shuffle=True, num_workers=cores(), drop_last=True, persistent_workers=True
    )
    begun, done = 0.0, -2
    while done < steps:
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            first, second = network(images).chunk(2, dim=1)
            (F.cross_entropy(first, labels) + F.cross_entropy(second, labels)).backward()
            optimizer.step()
            done += 1
            if done == 0:
                _finish(device)
                begun = time.perf_counter()
            if done == steps:
                break
    _finish(device)
    return 32 * steps / (time.perf_counter() - begun)


def _many_runs(folder: Path) -> Row:
    """Seconds of twelve runs together over the same one after the other, each with all cores to itself."""
    runs = [_run(folder, 64, 30, seed) for seed in range(12)]
    with Crew(folder / "many") as crew:
        crew.train([_run(folder, 64, 1, 100), _run(folder, 64, 1, 101)], label="warm-up")
        together = seconds(lambda: crew.train(runs, label="twelve runs"))

    def alone() -> float:
        return seconds(lambda: [fit(run) for run in runs])

    return Row("classifier.many_runs", together, "s", _with_threads(cores(), alone), "<= 1.0, on a GPU <= 0.4", 1)


def _start(folder: Path) -> Row:
    """Seconds of a process that trains one step over those of one that only imports the libraries."""
    import pickle

    script = folder / "start.py"
    script.write_text(_START)
    (folder / "run.pickle").write_bytes(pickle.dumps(_run(folder, 64, 1)))

    def ours() -> float:
        subprocess.run(["rm", "-rf", str(folder / "store")], check=True)
        return seconds(lambda: subprocess.run([sys.executable, str(script), str(folder)], check=True))

    bare = [sys.executable, "-c", "import torch, torchvision, pytorch_lightning"]
    value, reference = interleaved(ours, lambda: seconds(lambda: subprocess.run(bare, check=True)), runs=3)
    return Row("classifier.start_vs_imports", value, "s", reference, "<= 1.25", 3)

"""The demo's models, judged with what only a rendered domain has: as many fresh objects of known labels as one likes.

Everything happens in a folder of its own, from data/ and pocket/ and the settings of params.yaml. The test part of the
collection is not looked at: what a classifier is worth is measured on fresh renders. The judge is kept in
.kilnmix/bench, since it takes minutes and only changes with the renderer.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from PIL import Image
from sklearn.metrics import f1_score

from bench.kept import kept
from bench.rerendered import run_stage
from bench.rows import Row
from kilnmix.classifier import predict
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.parallel import train_all
from kilnmix.collection import prepared as collection
from kilnmix.collection.prepared import Prepared, Task, write_tables
from kilnmix.common import seeds
from kilnmix.config import Params
from kilnmix.curation.distance import kernel_distance
from kilnmix.demo import domain
from kilnmix.demo.collection import shot
from kilnmix.demo.domain import TASKS, Labels

LEARNT, HELD, DRAWN, SIZE, SEED = 5_000, 800, 400, 64, 4021
JUDGE_STEPS = 1_000
TARGETS = {"type": 0.85, "glaze": 0.5, "kiln": 0.45, "dynasty": 0.45}
BOX, LANCZOS = Image.Resampling.BOX, Image.Resampling.LANCZOS
GRID = Path("docs/demo-grid.jpg")
CLASSES = {task: tuple(sorted({getattr(labels, task) for labels in domain.joint()})) for task in TASKS}


def measure() -> list[Row]:
    root = Path.cwd()
    params = Params.model_validate(yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as name, project(root, Path(name)):
        judge = Judge.trained(root / ".kilnmix" / "bench", params)
        return [_psnr(params), *_adapter(params, judge, root), *_backbone(params)]


@contextlib.contextmanager
def project(root: Path, folder: Path) -> Iterator[None]:
    """A folder where stages can run, with the project's data and models."""
    for name in ("data", "pocket", "conf"):
        (folder / name).unlink(missing_ok=True)  # the project may have been moved
        (folder / name).symlink_to(root / name)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(root)


def _render(arguments: tuple[Labels, str, int]) -> np.ndarray:
    labels, purpose, number = arguments
    return shot(labels, SEED, purpose, number, size=SIZE)


def fresh(labels: Sequence[Labels], purpose: str) -> np.ndarray:
    """(n, SIZE, SIZE, 3) uint8, one new object for each of `labels`."""
    with ProcessPoolExecutor() as pool:
        jobs = [(one, purpose, number) for number, one in enumerate(labels)]
        return np.stack(list(pool.map(_render, jobs, chunksize=50)))


def _indices(labels: Sequence[Labels]) -> dict[str, np.ndarray]:
    return {task: np.array([CLASSES[task].index(getattr(one, task)) for one in labels]) for task in TASKS}


def balanced(count: int, purpose: str) -> list[Labels]:
    """A quarter for each task, with that task's classes equally frequent."""
    rng = seeds.rng(SEED, purpose)
    return [one for task in TASKS for one in domain.balanced_labels(rng, count // len(TASKS), task)]


def recall(answers: dict[str, np.ndarray], truth: dict[str, np.ndarray]) -> dict[str, float]:
    """Balanced accuracy of (n, C) probabilities, a task."""
    return {
        task: float(np.mean([(answers[task].argmax(1) == label)[truth[task] == label].mean() for label in present]))
        for task in TASKS
        for present in [np.unique(truth[task])]
    }


@dataclass(frozen=True)
class Judge:
    """A classifier that has seen five thousand renders of the domain, and how good it is on others."""

    model: predict.Model
    labels: list[Labels]
    pixels: np.ndarray
    own: dict[str, float]

    @classmethod
    def trained(cls, store: Path, params: Params) -> Judge:
        labels = balanced(LEARNT, "judge/learnt") + balanced(HELD, "judge/held")
        folder = store / kept("judge").name
        if not (folder / "tasks.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            np.save(folder / "pixels.npy", fresh(labels, "judge"))
            tasks = tuple(Task(task, CLASSES[task], {name: name for name in CLASSES[task]}) for task in TASKS)
            count = len(labels)
            ids, empty = np.array([f"r{row}" for row in range(count)]), np.array([""] * count)
            write_tables(Prepared(folder, tasks, ids, np.arange(count), _indices(labels), {0: empty}, empty))
        recipe = {"steps": JUDGE_STEPS, "batch_size": 64, "size": SIZE, "evaluations": 1}
        settings = params.classifier.model_copy(update=recipe)
        rows = np.arange(len(labels))
        run = TrainingRun(folder, TASKS, settings, 0, rows[:LEARNT], rows[:0], rows[:0], keep_model=True, name="judge")
        model = predict.load(train_all([run], store / "runs", 1, label="judge")[run.digest()])
        held = np.load(folder / "pixels.npy", mmap_mode="r")[LEARNT:]
        own = recall(predict.apply(model, held)[0], _indices(labels[LEARNT:]))
        return cls(model, labels[LEARNT:], np.asarray(held), own)

    def score(self, pixels: np.ndarray, labels: Sequence[Labels]) -> dict[str, float]:
        """Balanced accuracy above chance, over the judge's own on fresh renders."""
        found = recall(predict.apply(self.model, pixels)[0], _indices(labels))
        chance = {task: 1 / len(CLASSES[task]) for task in TASKS}
        return {task: (found[task] - chance[task]) / (self.own[task] - chance[task]) for task in TASKS}


def _psnr(params: Params) -> Row:
    """Of the base's autoencoder on the collection's photographs, none of which it was trained on."""
    from kilnmix.demo.pocket import autoencoder
    from kilnmix.generator.base import load_base

    files = sorted(Path("data/images").glob("*.jpg"))[::7]
    images = np.stack(
        [np.asarray(Image.open(path).convert("RGB").resize((SIZE, SIZE), Image.Resampling.BOX)) for path in files]
    )
    figure = autoencoder.psnr(load_base(params.generator).vae, images)
    return Row("demo.autoencoder_psnr", figure, "dB", target=">= 28")


def _adapter(params: Params, judge: Judge, root: Path) -> list[Row]:
    """The base before and after one adapter: the judge's recall, the distance to photographs, the speed."""
    from kilnmix.common.paths import PREPARED
    from kilnmix.generator.base import load_base

    run_stage("prepare", params)
    run_stage("encode", params, 0)
    begun = time.monotonic()
    run_stage("finetune", params, 0, 0)
    tuned = time.monotonic() - begun
    labels = balanced(DRAWN, "drawn")
    pipeline = load_base(params.generator)
    # Labels as frequent as among the photographs, for the distance to them.
    common = domain.draw_labels(seeds.rng(SEED, "common"), DRAWN // 2)
    before, _ = drawn(params, pipeline, labels)
    far_off, _ = drawn(params, pipeline, common)
    after, rate = drawn(params, _tuned(params), labels)
    near_by, _ = drawn(params, _tuned(params), common)
    photographs = collection.load(PREPARED)
    rows = photographs.members(0, "train")
    _grid(root, before, after, labels)
    scores = {"before": judge.score(before, labels), "after": judge.score(after, labels)}
    real = features(params, np.load(PREPARED / "pixels.npy", mmap_mode="r")[rows])
    renders = fresh(common, "common")
    far, near, least = (kernel_distance(features(params, images), real) for images in (far_off, near_by, renders))
    return [
        *(Row(f"demo.judge_own_{task}", judge.own[task], "balanced accuracy") for task in TASKS),
        *(
            Row(
                f"demo.drawn_{task}", scores["after"][task], "of the judge's own", scores["before"][task], f">= {least}"
            )
            for task, least in TARGETS.items()
        ),
        Row("demo.kernel_distance", near, "KID", far, "<= half"),
        Row("demo.kernel_distance_of_renders", least, "KID"),
        Row("demo.finetune_seconds", tuned, "s"),
        Row("demo.draw_rate", rate, "images/s"),
    ]


def _tuned(params: Params) -> object:
    """The base with the adapter, anew: drawing merges the two."""
    from kilnmix.common.paths import output
    from kilnmix.generator.adapter.files import load_adapter
    from kilnmix.generator.base import load_base
    from kilnmix.generator.bases.identity import fingerprint

    pipeline = load_base(params.generator)
    load_adapter(pipeline, output("finetune", 0, 0), fingerprint(params.generator))
    return pipeline


def drawn(params: Params, pipeline: object, labels: Sequence[Labels]) -> tuple[np.ndarray, float]:
    """One synthetic image for each of `labels` as `generate` draws them, and images a second."""
    from kilnmix.common.paths import PREPARED
    from kilnmix.generator import captions
    from kilnmix.generator.drawing.draw import draw_pool
    from kilnmix.generator.order import Request
    from kilnmix.generator.text import encode_captions

    tasks = collection.load(PREPARED).tasks
    template = captions.Template.parse(params.generator.caption, [task.name for task in tasks])
    requests = [
        Request(number, tuple(task.index(getattr(one, task.name)) for task in tasks))
        for number, one in enumerate(labels)
    ]
    texts = [
        params.generator.draw.negative,
        *(template.fill(captions.words_of(tasks, request.labels)) for request in requests),
    ]
    told = encode_captions(pipeline, texts)
    begun = time.monotonic()
    settings = params.generator
    pool = draw_pool(
        pipeline,
        requests,
        told,
        range(1, len(texts)),
        settings,
        SEED,
        lambda request: False,
    )
    images = np.stack([pixels for _, pixels in pool])
    return images, len(images) / (time.monotonic() - begun)


def features(params: Params, pixels: np.ndarray) -> np.ndarray:
    """(n, F) of the pocket backbone, which has seen neither photographs nor drawn images."""
    import torch

    from kilnmix.classifier.data.resize import resized
    from kilnmix.classifier.network.backbones import pretrained
    from kilnmix.classifier.network.multitask import MultiTaskNetwork

    backbone = pretrained(params.classifier.backbone, params.classifier.weights)
    network = MultiTaskNetwork(backbone, {"none": 2}, (), 0.0).eval()
    small = torch.from_numpy(resized(np.asarray(pixels), SIZE))
    with torch.inference_mode():
        return np.concatenate([network.pooled(network.normalised(part)).float().numpy() for part in small.split(200)])


def _grid(
    root: Path,
    before: np.ndarray,
    after: np.ndarray,
    labels: Sequence[Labels],
    columns: int = 12,
) -> None:
    """Three rows: a render of the labels, drawn for them before, and after."""
    chosen = [int(place) for place in np.linspace(0, len(labels) - 1, columns).round()]
    rows = [fresh([labels[place] for place in chosen], "grid"), before[chosen], after[chosen]]
    sheet = Image.fromarray(np.concatenate([np.concatenate(list(row), axis=1) for row in rows]))
    (root / GRID).parent.mkdir(exist_ok=True)
    sheet.resize((sheet.width * 3 // 2, sheet.height * 3 // 2), LANCZOS).save(root / GRID, quality=85)


def _backbone(params: Params) -> list[Row]:
    """`real` from the pocket backbone against the same from scratch: mean macro-F1 on fresh renders, three seeds."""
    from kilnmix.common.paths import PREPARED

    photographs = collection.load(PREPARED)
    train, val = photographs.members(0, "train"), photographs.members(0, "val")
    tasks = tuple(task.name for task in photographs.tasks)
    settings = {
        "pocket": params.classifier,
        "scratch": params.classifier.model_copy(update={"weights": None}),
    }
    runs = {
        (name, seed): TrainingRun(
            PREPARED.resolve(), tasks, one, seed, train, val, train[:0], keep_model=True, name=f"{name} {seed}"
        )
        for name, one in settings.items()
        for seed in range(3)
    }
    done = train_all(list(runs.values()), Path("runs").resolve(), params.classifier.runs_at_once, label="backbone")
    shown = domain.draw_labels(seeds.rng(SEED, "backbone"), HELD)
    pixels = fresh(shown, "backbone")
    truth = {task.name: np.array([task.index(getattr(one, task.name)) for one in shown]) for task in photographs.tasks}
    score: dict[str, list[float]] = {name: [] for name in settings}
    for (name, _), run in runs.items():
        answers = predict.apply(predict.load(done[run.digest()]), pixels)[0]
        found = [f1_score(truth[task], answers[task].argmax(1), average="macro", zero_division=0) for task in tasks]
        score[name].append(100 * float(np.mean(found)))
    ours, plain = (float(np.mean(score[name])) for name in ("pocket", "scratch"))
    return [Row("demo.backbone", ours, "macro-F1 points", plain, "5 points above scratch", 3)]

"""Which images deserve to be trained on: strategies and kinds of labels on a small collection with known truth.

Of a pool of renders half show what their labels say, a quarter shows another kiln and another dynasty, a quarter shows
something else in all four tasks. Judges are trained on the collection's training photographs; every strategy chooses
by them; every arm then gets equally many of the images that it left, beside the same photographs. `truth` gets images
of the right half alone, `unseen` what nobody looked at (all images, the labels asked for), `repeat` repeated
photographs. Figures are differences of mean test macro-F1 over four tasks, in points, with 95 % intervals over objects
and seeds (t with the seeds' degrees of freedom).

A run that is broken off goes on where it stopped (.kilnmix/selection).
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import t as student

from bench.mixed_pools import written
from bench.rows import Row
from kilnmix.classifier.results import read_predictions
from kilnmix.classifier.training.parallel import train_all
from kilnmix.collection import pipeline
from kilnmix.collection import prepared as collection
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common import seeds
from kilnmix.common.paths import STATE
from kilnmix.config import Arm, CurationSettings, Params
from kilnmix.config.composition import compose
from kilnmix.curation import accepted, judges
from kilnmix.curation.curate import curate, write_pixels
from kilnmix.curation.judges import Judges
from kilnmix.curation.observation import Observations, observe
from kilnmix.demo import domain
from kilnmix.demo.collection import oracle, render_collection
from kilnmix.demo.domain import TASKS, Labels
from kilnmix.experiment.arms import ArmBuilder
from kilnmix.experiment.mixing import images_for
from kilnmix.experiment.predictions import outcomes_of
from kilnmix.generator.pool import Pool
from kilnmix.statistics.paired import difference

OBJECTS, SIZE, IMAGES, SHARE, SEEDS = 480, 64, 480, 0.4, (0, 1, 2, 3, 4)
STEPS, BATCH = 240, 8
RUNS = STATE / "selection" / "runs"
CHOICES: Mapping[str, tuple[str, str]] = {
    "unseen": ("all", "asked"),
    **{name: (name, "masked") for name in ("all", "threshold", "top-k", "masked", "diverse", "matched", "hard")},
    "asked": ("masked", "asked"),
    "judged": ("masked", "judged"),
}
"""Arm -> its strategy and its labels."""


def measure() -> Iterator[Row]:
    params = settings()
    photographs = prepare(params)
    pool, right = make_pool(params, photographs)
    panel = train_judges(params, photographs)
    seen = observe(params.curation, photographs, 0, pool, panel, lambda count: None)
    folders, shares = choose(params.curation, photographs, pool, seen, right)
    wanted = images_for(SHARE, len(photographs.members(0, "train")), "extra")
    yield Row("selection.photographs", len(photographs.members(0, "train")), "to train on")
    yield Row("selection.images", wanted, f"of {len(pool)}, for every arm")
    for name, share in shares.items():
        yield Row(f"selection.{name}.right", share, "share of the images left")
    yield from rows(photographs, train(params, photographs, folders))


def settings() -> Params:
    """The demo's, with a smaller collection, a smaller network's input and fewer steps."""
    folder = STATE / "selection"
    params = compose(["profile=demo", f"collection.folder={folder / 'data'}", f"collection.size={SIZE}"])[1]
    classifier = params.classifier.model_copy(update={"steps": STEPS, "batch_size": BATCH, "size": SIZE})
    curation = params.curation.model_copy(update={"keep": 0.3, "threshold": 0.4})
    return params.model_copy(update={"classifier": classifier, "curation": curation})


def prepare(params: Params) -> Prepared:
    place = STATE / "selection" / "prepared"
    if not (place / "tasks.json").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        render_collection(params.collection.folder, 1, OBJECTS, SIZE)
        pipeline.prepare(params.collection, 1, params.seed, place, place)
    return collection.load(place)


def make_pool(params: Params, photographs: Prepared) -> tuple[Pool, np.ndarray]:
    """The pool, and (m,) whether each image shows what its labels say."""
    labels = photographs.label_matrix[photographs.members(0, "train")]
    complete = labels[(labels != MISSING).all(axis=1)]
    rng = seeds.rng(params.seed, "selection")
    asked = complete[rng.integers(0, len(complete), IMAGES)]
    kinds = rng.permutation(np.arange(IMAGES) % 4)
    tasks = [photographs.task(name) for name in TASKS]
    order = [[task.name for task in photographs.tasks].index(name) for name in TASKS]
    said = [Labels(*(task.classes[row[place]] for task, place in zip(tasks, order, strict=True))) for row in asked]
    different = {2: ("dynasty", "kiln"), 3: TASKS}
    shown = [
        other(labels, different[kind], rng) if kind in different else labels
        for labels, kind in zip(said, kinds.tolist(), strict=True)
    ]
    folder = STATE / "selection" / "pool"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return written(folder, asked, list(oracle(shown, params.seed, SIZE, "selection"))), kinds < 2


def other(said: Labels, tasks: Sequence[str], rng: np.random.Generator) -> Labels:
    """Attested labels that differ in some tasks, and in as few of the others as can be."""
    known = list(domain.joint())
    apart = [one for one in known if all(getattr(one, task) != getattr(said, task) for task in tasks)]
    kept = [sum(getattr(one, task) == getattr(said, task) for task in TASKS) for one in apart]
    nearest = [one for one, count in zip(apart, kept, strict=True) if count == max(kept)]
    return nearest[int(rng.integers(len(nearest)))]


def train_judges(params: Params, photographs: Prepared) -> Judges:
    runs = judges.trainings(params, photographs, 0)
    done = train_all(runs, RUNS, params.classifier.runs_at_once, label="judges")
    folder = STATE / "selection" / "judges"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    judges.save(folder, [done[run.digest()] for run in runs])
    return Judges.load(folder)


def choose(
    settings: CurationSettings, photographs: Prepared, pool: Pool, seen: Observations, right: np.ndarray
) -> tuple[dict[str, Path], dict[str, float]]:
    """Arm -> the folder of what it left of the pool, and arm -> share of right images in it."""
    folders, shares = {}, {}
    for name, (strategy, labels) in CHOICES.items():
        own = settings.model_copy(update={"strategy": strategy, "labels": labels})
        table = curate(own, photographs, pool, seen, frozenset()).table
        folders[name] = left(name, photographs, pool, table)
        shares[name] = float(right[table.accepted].mean())
    status = [accepted.ACCEPTED if good else "wrong" for good in right]
    truth = dataclasses.replace(table, status=status, masked=np.zeros_like(table.masked), soft={})
    folders["truth"] = left("truth", photographs, pool, truth)
    return folders, shares


def left(name: str, photographs: Prepared, pool: Pool, table: accepted.Curated) -> Path:
    folder = STATE / "selection" / "left" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    accepted.write_table(folder, photographs.tasks, table)
    write_pixels(folder, pool, table.accepted, photographs.pixels.shape[1])
    return folder


def train(params: Params, photographs: Prepared, folders: Mapping[str, Path]) -> dict[str, list[Path]]:
    """Arm -> the folders of its trainings."""
    pools = {name: accepted.load(folder, photographs.tasks) for name, folder in folders.items()}
    wanted = images_for(SHARE, len(photographs.members(0, "train")), "extra")
    for name, pool in pools.items():
        if len(pool) < wanted:
            raise SystemExit(f"bench: {name} leaves {len(pool)} images, fewer than the {wanted} of every arm.")
    runs = {}
    for name in ("real", "repeat", *pools):
        builder = ArmBuilder(params, photographs, 0, {0: pools.get(name, pools["truth"])})
        source = name if name == "repeat" else "none" if name == "real" else "synthetic"
        arm = Arm(source=source, share=0.0 if name == "real" else SHARE)
        runs[name] = [builder.training(name, arm, 0, seed) for seed in SEEDS]
    done = train_all([run for own in runs.values() for run in own], RUNS, params.classifier.runs_at_once, label="arms")
    return {name: [done[run.digest()] for run in own] for name, own in runs.items()}


def rows(photographs: Prepared, trained: Mapping[str, Sequence[Path]]) -> Iterator[Row]:
    answers = {name: [read_predictions(path / "test.npz") for path in own] for name, own in trained.items()}
    outcomes = outcomes_of(photographs, answers)
    for reference in ("real", "masked"):
        for name in trained:
            if name == reference or (reference == "masked" and name == "real"):
                continue
            found = difference([outcomes], name, reference)
            half = float(student.ppf(0.975, len(SEEDS) - 1)) * found.se
            span = f"points ({100 * (found.delta - half):+.1f} to {100 * (found.delta + half):+.1f})"
            yield Row(f"selection.{name} over {reference}", 100 * found.delta, span, runs=len(SEEDS))

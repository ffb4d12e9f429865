"""How long a pool of 5,000 synthetic images takes beside 5,000 photographs, features included, and in what memory.

Photographs and images are renders of the demo's domain; judges are trained on the photographs beforehand, briefly, for
what they answer does not matter here. Timed is all that the stage `curate` does once it has started: copies among
training and held-out photographs, the judges' opinion, quality, distances, support, choice, pixels, table and gallery.
It runs in a process of its own, whose peak memory is told.
"""

from __future__ import annotations

import multiprocessing
import resource
import shutil
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from bench.kept import kept
from bench.mixed_pools import written
from bench.rows import Row
from bench.selection import SPLIT, rendered
from kilnmix.classifier.training.parallel import train_all
from kilnmix.collection import prepared as collection
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common import seeds
from kilnmix.config import Params
from kilnmix.config.composition import compose
from kilnmix.curation import accepted, judges, selection, support, support_table
from kilnmix.curation.curate import curate, write_pixels, write_sheets
from kilnmix.curation.judges import Judges
from kilnmix.curation.observation import observe
from kilnmix.curation.pages import gallery
from kilnmix.demo.collection import oracle
from kilnmix.demo.domain import TASKS, Labels
from kilnmix.generator.pool import Pool

OBJECTS, IMAGES, SIZE = 3600, 5000, 96
PLACE = kept("curate-bench")


def measure() -> Iterator[Row]:
    params = settings()
    photographs = rendered(params, PLACE / "prepared", OBJECTS, SIZE)
    yield Row("curate.photographs", len(photographs), "photographs")
    draw(params, photographs)
    train_judges(params, photographs)
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=work, args=(params, theirs))
    process.start()
    seconds, memory, helpers = ours.recv()
    process.join()
    yield Row("curate.seconds_5000", seconds, "s", target="<= 180")
    yield Row("curate.memory_5000", memory, "GB, this process")
    yield Row("curate.memory_5000_helpers", helpers, "GB, its largest helper")


def settings() -> Params:
    folder = PLACE / "data"
    params = compose(["profile=demo", *SPLIT, f"collection.folder={folder}", f"collection.size={SIZE}"])[1]
    return params.model_copy(
        update={"classifier": params.classifier.model_copy(update={"steps": 60, "batch_size": 32})}
    )


def draw(params: Params, photographs: Prepared) -> None:
    """The pool, renders of combinations of labels that photographs have."""
    folder = PLACE / "pool"
    if (PLACE / "asked.npy").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    labels = photographs.label_matrix[photographs.members(0, "train")]
    complete = labels[(labels != MISSING).all(axis=1)]
    asked = complete[seeds.rng(params.seed, "curate bench").integers(0, len(complete), IMAGES)]
    names = [task.name for task in photographs.tasks]
    said = [
        Labels(*(photographs.task(name).classes[row[names.index(name)]] for name in TASKS)) for row in asked.tolist()
    ]
    written(folder, asked, list(oracle(said, params.seed, SIZE, "curate bench")))
    np.save(PLACE / "asked.npy", asked)


def pool_of(folder: Path, asked: np.ndarray) -> Pool:
    ids = tuple(path.stem for path in sorted((folder / "images").glob("*.png")))
    return Pool(folder, ids, asked, ("",) * len(ids), (0,) * len(ids), ("",) * len(ids), (1.0,) * len(ids))


def train_judges(params: Params, photographs: Prepared) -> None:
    folder = PLACE / "judges"
    if (folder / "0").exists():
        return
    runs = judges.trainings(params, photographs, 0)
    done = train_all(runs, PLACE / "runs", params.classifier.runs_at_once, label="judges")
    folder.mkdir(parents=True)
    judges.save(folder, [done[run.digest()] for run in runs])


def work(params: Params, told: Connection) -> None:
    """Sends (seconds, peak memory of this process, of its largest helper)."""
    begun = time.perf_counter()
    photographs = collection.load(PLACE / "prepared")
    pool = pool_of(PLACE / "pool", np.load(PLACE / "asked.npy"))
    draft = PLACE / "curated"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    observed = observe(
        params.curation, photographs, 0, pool, Judges.load(PLACE / "judges"), params.seed, lambda count: None
    )
    result = curate(params.curation, photographs, pool, observed, frozenset())
    accepted.write_table(draft, photographs.tasks, result.table)
    write_pixels(draft, pool, result.table.accepted, SIZE)
    accepted.write_alignment(draft, selection.alignment(photographs.tasks, result.judgements, result.distances))
    features = result.features
    labels = photographs.label_matrix[features.rows]
    covered = support.table(features.ours, pool.labels, features.real, labels, photographs.tasks, params.seed)
    support_table.write(draft, covered)
    for name, page in gallery.pages(
        gallery.shown((0, 0), pool, photographs, (), None), photographs.tasks, result.table
    ).items():
        (draft / name).write_text(page, encoding="utf-8")
    write_sheets(draft, pool, result.table)
    spent = time.perf_counter() - begun
    own, helpers = (
        resource.getrusage(who).ru_maxrss * 1024 / 1e9 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    told.send((spent, own, helpers))

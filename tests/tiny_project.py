"""A whole project in a temporary folder: a tiny collection, a tiny untrained base, every stage run once."""

from __future__ import annotations

import csv
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from kilnmix.config import Params, composition
from kilnmix.stages import Outcome
from kilnmix.stages.runner import everything, run_stage
from kilnmix.tracking.publishing import publish

REPOSITORY = Path(__file__).parents[1]
GLAZES = {"celadon": (120, 160, 120), "white": (235, 235, 230), "black": (40, 35, 30)}
TYPES = ("bowl", "jar")
OBJECTS = 84


@dataclass
class Project:
    """A project's folder, its settings, and what each stage said."""

    folder: Path
    params: Params
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)


def draw_collection(folder: Path) -> None:
    """Discs and squares in three colours: two photographs of every fourth object, every ninth label missing."""
    rng = np.random.default_rng(4)
    (folder / "images").mkdir(parents=True)
    rows = []
    for number in range(OBJECTS):
        glaze, kind = list(GLAZES)[rng.choice(3, p=[0.5, 0.3, 0.2])], TYPES[rng.integers(2)]
        for view in range(2 if number % 4 == 0 else 1):
            image = Image.fromarray(rng.integers(90, 200, (48, 48, 3), dtype=np.uint8))
            pen, (x, y), half = ImageDraw.Draw(image), rng.integers(18, 30, 2), int(rng.integers(9, 15))
            box = [int(x) - half, int(y) - half, int(x) + half, int(y) + half]
            colour = tuple(int(value) for value in np.clip(np.array(GLAZES[glaze]) + rng.integers(-15, 16, 3), 0, 255))
            (pen.ellipse if kind == "bowl" else pen.rectangle)(box, fill=colour)
            name = f"images/{number:03d}-{view}.png"
            image.save(folder / name)
            shown = glaze if (number + view) % 9 else ""
            rows.append([name, f"object-{number}" if number % 5 else "", shown, kind])
    # An object without an id has one photograph: two views would be taken for two objects.
    rows = [row for row in rows if row[1] or row[0].endswith("-0.png")]
    for path in (folder / "images").iterdir():
        if f"images/{path.name}" not in {row[0] for row in rows}:
            path.unlink()
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["image", "object_id", "glaze", "type"], *rows])


def settings(base: Path) -> list[str]:
    return [
        "folds=[0,1]",
        "pool_folds=[0,1,all]",
        "adapters=[0,1]",
        "refit_pool=all",
        "collection=default",
        "collection.tasks=[glaze,type]",
        "collection.size=32",
        "collection.split.test=0.4",
        "collection.split.val=0.2",
        f"generator.base={base}",
        "generator.caption='a photograph of a {type}, {glaze} glaze'",
        "generator.size=16",
        "generator.lora.steps=4",
        "generator.lora.batch_size=4",
        "generator.lora.warmup_steps=1",
        "generator.draw.images=24",
        "generator.draw.steps=2",
        "generator.draw.guidance=1",
        "classifier.weights=null",
        "classifier.size=32",
        "classifier.neck=[8]",
        "classifier.probe=0",
        "classifier.steps=6",
        "classifier.batch_size=8",
        "classifier.evaluations=2",
        "curation.judges=2",
        "~arms.mix-40-60",
        "~arms.repeat-40-60",
        "~experiment.control.mix-40-60",
        "experiment.primary=[[mix-95-5,real],[mix-90-10,real],[searched,real-searched]]",
        "+arms.real-at-50={photographs: 0.5}",
        "+arms.only-type={tasks: [type]}",
        "experiment.seeds=[0,1]",
        "experiment.min_task_objects=10",
        "search.trials=2",
    ]


def build(folder: Path, base: Path) -> Project:
    """Two folds and the fold of everything, two adapters: every stage, run in the order of the data."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        shutil.copytree(REPOSITORY / "conf", folder / "conf")
        draw_collection(folder / "data")
        project = Project(folder, composition.write(settings(base)))
        for stage, item in everything(project.params):
            outcome = run_stage(project.params, stage, *item)
            publish(project.params, outcome.records)
            project.outcomes.setdefault(stage, []).append(outcome)
    finally:
        os.chdir(before)
    return project

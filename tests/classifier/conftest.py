"""A tiny collection of coloured shapes, on which a real network learns something within seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kilnmix.classifier.run import TrainingRun
from kilnmix.collection.prepared import Prepared, Task, write_tables
from kilnmix.config import ClassifierSettings
from tests import composed

SIDE = 24
COLOURS = {"red": (200, 40, 40), "green": (40, 190, 60), "blue": (50, 60, 210)}
FORMS = ("disc", "square")


def picture(colour: str, form: str, generator: np.random.Generator) -> np.ndarray:
    """(24, 24, 3) uint8: one form on a grey ground, with noise."""
    ground = generator.integers(90, 150)
    canvas = np.full((SIDE, SIDE, 3), ground, np.float64)
    row, column = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    inside = np.maximum(abs(row), abs(column)) < 7 if form == "square" else np.hypot(row, column) < 9
    canvas[inside] = COLOURS[colour]
    return np.clip(canvas + generator.normal(0, 8, canvas.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """90 pictures, tasks `colour` (red, green, blue) and `form` (disc, square); every seventh form is not known.

    Fold 0 has 60 training, 15 validation and 15 test pictures.
    """
    folder = tmp_path_factory.mktemp("shapes")
    generator = np.random.default_rng(0)
    colour = np.arange(90) % 3
    form = np.arange(90) // 3 % 2
    names = list(COLOURS)
    pixels = np.stack([picture(names[c], FORMS[f], generator) for c, f in zip(colour, form, strict=True)])
    np.save(folder / "pixels.npy", pixels)
    form[::7] = -1
    tasks = (
        Task("colour", tuple(names), {name: name for name in names}),
        Task("form", FORMS, {name: name for name in FORMS}),
    )
    parts = np.array(["train"] * 60 + ["val"] * 15 + ["test"] * 15)
    shapes = Prepared(
        folder=folder,
        tasks=tasks,
        ids=np.array([f"p{row:02}" for row in range(90)]),
        objects=np.arange(90),
        labels={"colour": colour, "form": form},
        parts={0: parts},
        sources=np.array([""] * 90),
    )
    write_tables(shapes)
    return shapes


QUICK = {
    "backbone": "squeezenet1_1",
    "weights": None,
    "size": 24,
    "steps": 6,
    "batch_size": 8,
    "evaluations": 2,
    "neck": (16,),
    "probe": 0.0,
    "device": "cpu",
}
"""A training of a few steps on small pictures; all else is conf/classifier/pocket.yaml's."""


@pytest.fixture
def make_run(shapes: Prepared) -> Callable[..., TrainingRun]:
    """A run of a few steps on the shapes; settings by name, the run's own fields as `run={...}`."""

    def make(run: dict | None = None, **changes: object) -> TrainingRun:
        # Arms and collection of conf/ name other tasks than the shapes'.
        recipe = composed.settings("classifier=pocket").classifier.model_dump()
        fields = {
            "prepared": shapes.folder,
            "tasks": ("colour", "form"),
            "settings": ClassifierSettings.model_validate({**recipe, **QUICK, **changes}),
            "seed": 0,
            "train": shapes.members(0, "train"),
            "val": shapes.members(0, "val"),
            "test": shapes.members(0, "test"),
        }
        return TrainingRun(**{**fields, **(run or {})})

    return make


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path

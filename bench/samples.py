"""A prepared collection of noise, and trainings on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from kilnmix import config
from kilnmix.classifier.run import TrainingRun
from kilnmix.collection.prepared import Prepared, Task, write_tables
from kilnmix.config import ClassifierSettings

CLASSES, PHOTOGRAPHS, TASKS, BATCH = 8, 256, ("glaze", "type"), 32
PROJECT = Path(__file__).parents[1]


def sample(folder: Path, size: int, steps: int, seed: int = 0, **changes: object) -> TrainingRun:
    """A training of MobileNetV3-Small on noise, at a size in pixels."""
    # The committed settings, the demo's; composing conf/ takes a library that a bare GPU machine lacks.
    recipe = config.load(PROJECT / "params.yaml").classifier.model_dump()
    own = {
        "backbone": "mobilenet_v3_small", "weights": None, "size": size, "first_size": None, "pooling": "average",
        "probe": 0.0, "neck": [256], "steps": steps, "batch_size": BATCH, "freeze": 0.0, "augment": "paper",
        "evaluations": 1, "keep": "best", "flips": False, "precision": "auto", "device": "auto",
    }  # fmt: skip
    rows, place = np.arange(PHOTOGRAPHS), folder / f"prepared-{size}"
    if not place.exists():
        write_collection(place, size)
    return TrainingRun(
        prepared=place,
        tasks=TASKS,
        settings=ClassifierSettings.model_validate({**recipe, **own, **changes}),
        seed=seed,
        train=rows[:-16],
        val=rows[-16:-8],
        test=rows[-8:],
        name=f"real 0/0/{seed}",
        tags={"arm": "real", "fold": "0", "adapter": "0", "seed": str(seed)},
    )


def write_collection(place: Path, size: int) -> None:
    """A prepared collection of smooth noise, which compresses and augments as photographs do."""
    place.mkdir(parents=True)
    generator = np.random.default_rng(0)
    small = generator.integers(0, 256, (PHOTOGRAPHS, 12, 12, 3), dtype=np.uint8)
    np.save(place / "pixels.npy", np.stack([np.asarray(Image.fromarray(one).resize((size, size))) for one in small]))
    names = tuple(f"class {number}" for number in range(CLASSES))
    tasks = tuple(Task(task, names, {name: name for name in names}) for task in TASKS)
    labels = {task.name: generator.integers(0, CLASSES, PHOTOGRAPHS) for task in tasks}
    ids = np.array([f"p{row}" for row in range(PHOTOGRAPHS)])
    parts = np.array(["train"] * (PHOTOGRAPHS - 16) + ["val"] * 8 + ["test"] * 8)
    write_tables(Prepared(place, tasks, ids, np.arange(PHOTOGRAPHS), labels, {0: parts}, np.array([""] * PHOTOGRAPHS)))

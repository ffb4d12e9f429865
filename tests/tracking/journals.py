"""Journals as stages write them, and the runs that they become."""

import time
from collections.abc import Callable
from typing import Any

from kilnmix.config import Params
from kilnmix.tracking.journal import Journal
from kilnmix.tracking.records import Record, tags, training_key
from kilnmix.tracking.shelf import runs
from kilnmix.tracking.store import open_store

KEY = training_key("real", "ab" * 32)

WHOLE = Record("train 0", tags("train", 0), metrics={"validation.real": 0.5})

PART = Record(
    "real 0/0/1",
    tags("train", 0, 0, arm="real", seed=1),
    params={"run": "ab" * 8},
    metrics={"best.score": 0.5},
    curves={"loss": [(10, 2.0), (20, 1.5)]},
)


def opened(params: Params, stage: str = "train", *item: int) -> Journal:
    made = Journal(stage)
    told = {"stage": stage, "item": [str(part) for part in item], "tags": tags(stage, *item)}
    made.tell("open", params=params.model_dump(mode="json"), **told)
    return made


def by_level(params: Params) -> dict[str, list[Any]]:
    client, experiment = open_store(params)
    found: dict[str, list[Any]] = {}
    for run in runs(client, experiment):
        found.setdefault(run.data.tags["level"], []).append(run)
    return found


def wait_for(holds: Callable[[], bool], seconds: float = 600.0) -> None:
    """Waits for another process."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.2)

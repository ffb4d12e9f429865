"""Trainings as live runs below the stage that is under way, or below the trial that they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from kilnmix.tracking import live
from kilnmix.tracking.records import training_key, trial_key


class Training(Protocol):
    """What is to be known of a training before it begins."""

    @property
    def name(self) -> str:
        """For people."""

    @property
    def tags(self) -> Mapping[str, str]:
        """Arm, fold, adapter and seed, as far as they apply."""

    def digest(self) -> str:
        """Of all that decides the result."""


class LiveTrainings:
    """Hears of trainings as they run, and tells the stage's journal.

    Args:
        studies: the tag `study` of trainings that are trials' -> that study's name in the storage.
    """

    def __init__(self, studies: Mapping[str, str] | None = None) -> None:
        self._studies = studies or {}

    def began(self, run: Training) -> None:
        trial = run.tags.get("trial")
        above = None if trial is None else trial_key(self._studies[run.tags["study"]], trial)
        live.current().begin(key_of(run), run.tags or {"training": run.name}, above=above)

    def stepped(self, run: Training, step: int, figures: Mapping[str, float]) -> None:
        live.current().points(figures, step, key_of(run))

    def ended(self, run: Training, well: bool) -> None:
        live.current().end(key_of(run), "FINISHED" if well else "FAILED")


def key_of(run: Training) -> str:
    """What a training's MLflow run is found by."""
    return training_key(run.tags.get("arm"), run.digest())

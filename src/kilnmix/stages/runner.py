"""What happens around every stage: the lock, the draft that becomes the output, records, MLflow, the last line."""

from __future__ import annotations

import dataclasses
import importlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kilnmix.common import manifest
from kilnmix.common.disk import disk_faults
from kilnmix.common.errors import UserError
from kilnmix.common.files import fresh, merged
from kilnmix.common.paths import REPORTS, Fold, output
from kilnmix.common.processes import end_with_dvc, stage_lock
from kilnmix.config import Params
from kilnmix.stages import SCOPES, Outcome, Scope
from kilnmix.tracking import live
from kilnmix.tracking.live import Live
from kilnmix.tracking.records import write

PLACES: dict[Scope, str] = {
    "collection": "",
    "fold": " (fold {})",
    "adapter": " (fold {}, adapter {})",
    "look": " {}",
    "extension": " (after look {}, fold {})",
}
"""How the last line tells what a stage was run for."""


def run_stage(params: Params, stage: str, *item: Any) -> Outcome:
    """Runs a stage for what `SCOPES` says; its output appears whole or not at all.

    Args:
        item: fold and adapter, or look and fold, as far as the stage has them.

    Raises:
        UserError: another process runs the same, or the stage cannot do its work.
    """
    module = importlib.import_module(f"kilnmix.stages.{stage}")
    place = REPORTS if stage == "compare" else output(stage, *item)
    with disk_faults(place), stage_lock(stage, *item), _draft(stage, *item) as draft:
        outcome: Outcome = module.run(params, *item, draft)
        write(draft, outcome.records)
    for path in outcome.spent:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return outcome


@contextmanager
def _draft(stage: str, *item: Any) -> Iterator[Path]:
    """The folder that a stage fills. That of `compare` holds the ledger and other pages too, which stay."""
    if stage == "compare":
        with merged(REPORTS) as draft:
            yield draft
    else:
        with fresh(output(stage, *item)) as draft:
            yield draft
            manifest.write(draft)


def execute(
    params: Params,
    stage: str,
    fold: str | None = None,
    adapter: int | None = None,
    look: int | None = None,
    after: Callable[[Outcome, Live], None] | None = None,
) -> str:
    """Runs a stage for the command line and publishes its runs; returns the line to print.

    Args:
        fold: as typed, a number or `all`.
        after: is called when the output stands, while the stage's run is still alive.

    Raises:
        UserError: params.yaml names no such fold, adapter or look, or as `run_stage`.
    """
    begun = time.monotonic()
    item: list[Any] = []
    if look is not None:
        item.append(_known_look(params, look))
    if fold is not None:
        item.append(known_fold(params, fold))
    if adapter is not None:
        item.append(known_adapter(params, adapter))
    end_with_dvc()
    with live.stage(params, stage, *item) as telling:
        outcome = run_stage(params, stage, *item)
        if after is not None:
            after(outcome, telling)
        whole, *parts = outcome.records
        telling.publish([dataclasses.replace(whole, seconds=time.monotonic() - begun), *parts])
    where = PLACES[SCOPES[stage]].format(*item)
    folder = output(stage, *item)
    place = "" if str(folder) in outcome.sentence or not folder.exists() else f"{folder}, "
    return f"{stage}{where}: {outcome.sentence} ({place}{_duration(time.monotonic() - begun)})."


def items(params: Params, stage: str) -> list[tuple[Any, ...]]:
    """What a stage is run for: the folds, adapters and looks that the matrices of dvc.yaml name."""
    folds = params.folds if stage in ("train", "search", "confirm") else params.pool_folds
    looks = [look.number for look in params.looks]
    named: dict[Scope, list[tuple[Any, ...]]] = {
        "collection": [()],
        "fold": [(fold,) for fold in folds],
        "adapter": [(fold, adapter) for fold in folds for adapter in params.adapters],
        "look": [(look,) for look in looks],
        "extension": [(look, fold) for look in looks for fold in params.folds],
    }
    return named[SCOPES[stage]]


def everything(params: Params) -> list[tuple[str, tuple[Any, ...]]]:
    """Every stage with what it is run for, in an order in which each finds what it reads: a look is followed by what it
    extends, before the next look."""
    order = list(SCOPES)
    found = [(stage, item) for stage in order for item in items(params, stage)]

    def place(entry: tuple[str, tuple[Any, ...]]) -> tuple[int, int, int]:
        stage, item = entry
        looking = SCOPES[stage] in ("look", "extension")
        return order.index("look" if looking else stage), item[0] if looking else 0, order.index(stage)

    return sorted(found, key=place)


def known_fold(params: Params, text: str) -> Fold:
    """The fold that a person typed.

    Raises:
        UserError: params.yaml names no such fold.
    """
    for fold in params.pool_folds:
        if text == str(fold):
            return fold
    named = ", ".join(map(str, params.pool_folds))
    raise UserError(f"There is no fold {text!r}: params.yaml names the folds {named}.")


def known_adapter(params: Params, adapter: int) -> int:
    """The adapter that a person typed.

    Raises:
        UserError: params.yaml names no such adapter.
    """
    if adapter not in params.adapters:
        named = ", ".join(map(str, params.adapters))
        raise UserError(f"There is no adapter {adapter}: params.yaml names the adapters {named}.")
    return adapter


def _known_look(params: Params, number: int) -> int:
    known = [look.number for look in params.looks]
    if number not in known:
        named = (
            f"has the looks {', '.join(map(str, known))}" if known else "plans none: see `kilnmix compose looks=three`"
        )
        raise UserError(f"There is no look {number} on the way: params.yaml {named}.")
    return number


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"

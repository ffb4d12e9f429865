"""The settings with which a study was run, as it recorded them itself, against those that params.yaml has now.

Two records are kept: `dvc.lock`, by stage and fold, what the stage read of params.yaml, and records.json in each
stage's own output, which is there without DVC too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kilnmix.common.errors import UserError
from kilnmix.common.nested import flatten
from kilnmix.common.paths import REPORTS, Fold, output
from kilnmix.common.readers import read_json, read_mapping, read_yaml
from kilnmix.config import Params
from kilnmix.experiment.arms import changed
from kilnmix.tracking.inputs import RECORDS
from kilnmix.tracking.made_with import GONE, plain, value_of

LOCK = Path("dvc.lock")
VERDICT = REPORTS / "verdict.json"
_REMEDY = "Run `dvc repro compare`, which makes it anew."
_OF_RECORDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "prepare": ("", ("collection.",)),
    "judge": ("", ("classifier.",)),
    "finetune": ("generator.", ("generator.lora.", "generator.base", "generator.adapter")),
    "generate": ("generator.", ("generator.draw.", "generator.caption", "generator.pool")),
    "curate": ("curation.", ("curation.",)),
    "train": ("", ("classifier.",)),
    "search": ("", ("search.",)),
    "compare": ("", ("experiment.", "arms.", "seed")),
}
"""Stage -> what stands before its records' names in params.yaml, and how the settings begin that it records whole."""
_UNTOLD = "report"
"""The page's language: a study in another language is the same study."""
_NAMED, _LONGEST = 3, 40


def check_settings(params: Params, path: Path = Path("params.yaml")) -> None:
    """Refuses settings that are not those of the study that is there.

    Args:
        path: what `params` was read from.

    Raises:
        UserError: some differ; the first are named as they were and as they are.
    """
    now = read_yaml(path)
    found = dict[str, tuple[Any, Any]]()
    for then in _locked(params):
        groups = {name: value_of(now, name) for name in then}
        found |= changes(then, {name: value for name, value in groups.items() if value is not GONE})
    # An arm is told of by what sets it apart.
    arms = {name: changed(arm) for name, arm in params.arms.items()}
    parsed = flatten({**params.model_dump(mode="json"), "arms": arms})
    for then, begins in _noted(params):
        found |= changes(then, {name: value for name, value in parsed.items() if name.startswith(begins)})
    if found:
        told = [f"{name}: {_shown(then)} -> {_shown(there)}" for name, (then, there) in found.items()]
        more = f", and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        raise UserError(
            f"{path} differs from what this study was run with ({', '.join(told[:_NAMED])}{more}). Set it back, or run "
            "the study with what stands there now: `dvc repro`."
        )


def recorded_verdict() -> dict[str, Any]:
    """What `compare` wrote of the study.

    Raises:
        UserError: it has not run, or its output is damaged.
    """
    return read_mapping(VERDICT, _REMEDY)


def check_verdict(written: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """Refuses outputs from which another verdict follows than the study's.

    Args:
        written: of `recorded_verdict`. found: the same, computed anew.

    Raises:
        UserError: they differ.
    """
    before, after = (
        _leaves(json.loads(json.dumps(verdict))) for verdict in ({k: written.get(k) for k in found}, found)
    )
    for name in (*after, *before):
        then, now = before.get(name, GONE), after.get(name, GONE)
        if not _same(then, now):
            raise UserError(
                f"out/ gives another verdict than {VERDICT} has ({name}: {_shown(then)} -> {_shown(now)}). Compare the "
                "arms again: `dvc repro compare`."
            )


def changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Dotted name -> (then, now) of the settings that differ; one that is not there on a side is `GONE`."""
    before, after = ({name: value for name, value in flatten(side).items() if value != {}} for side in (then, now))
    return {
        name: (before.get(name, GONE), after.get(name, GONE))
        for name in dict.fromkeys((*before, *after))
        if plain(before.get(name, GONE)) != plain(after.get(name, GONE))
    }


def _items(params: Params) -> Iterator[tuple[str, str, tuple[Fold, ...]]]:
    """Stage, name in dvc.lock and item of every stage that the comparison rests on; refit is none of them."""
    yield "prepare", "prepare", ()
    for fold in params.folds:
        yield from ((stage, f"{stage}@{fold}", (fold,)) for stage in ("judge", "encode"))
        for adapter in params.adapters:
            item = (fold, adapter)
            yield from ((stage, f"{stage}@{fold}-{adapter}", item) for stage in ("finetune", "generate", "curate"))
        yield from ((stage, f"{stage}@{fold}", (fold,)) for stage in ("train", "search", "confirm"))
    for look in params.looks:
        yield "look", f"look@look{look.number}", (look.number,)
        yield from (("extend", f"extend@look{look.number}-{fold}", (look.number, fold)) for fold in params.folds)
    yield "compare", "compare", ()


def _locked(params: Params) -> Iterator[dict[str, Any]]:
    """By stage, the settings that dvc.lock says it read: dotted name of a group -> its value."""
    if not LOCK.exists():
        return
    lock = read_yaml(LOCK, "Write it anew with `dvc repro`.")
    stages = lock.get("stages") if isinstance(lock, dict) else None
    for _, name, _ in _items(params):
        entry = stages.get(name) if isinstance(stages, dict) else None
        read = entry.get("params") if isinstance(entry, dict) else None
        for settings in read.values() if isinstance(read, dict) else ():
            if isinstance(settings, dict):
                yield {str(name): value for name, value in settings.items() if name != _UNTOLD}


def _noted(params: Params) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """By stage, the settings that its output says, and how they all begin."""
    for stage, _, item in _items(params):
        path = (REPORTS if stage == "compare" else output(stage, *item)) / RECORDS
        if stage not in _OF_RECORDS or not path.exists():
            continue
        before, begins = _OF_RECORDS[stage]
        records = read_json(path, f"Run `dvc repro {stage}`, which makes it anew.")
        first = records[0] if isinstance(records, list) and records else None
        noted = first.get("params") if isinstance(first, dict) else None
        settings = {f"{before}{name}": value for name, value in noted.items()} if isinstance(noted, dict) else {}
        if any(name.startswith("generator.lora.") for name in settings):
            settings.setdefault("generator.adapter", None)  # an adapter that was tuned has no name
        for begin in begins:  # an adapter that was given has no settings of its tuning
            own = {name: value for name, value in settings.items() if name.startswith(begin)}
            if own:
                yield own, (begin,)


def _leaves(value: Any, name: str = "") -> dict[str, Any]:
    """Dotted name -> value, without sentences: their words are no verdict."""
    if isinstance(value, dict) and value:
        inner = [_leaves(each, f"{name}.{key}" if name else key) for key, each in value.items() if key != "reason"]
    elif isinstance(value, list) and value:
        inner = [_leaves(each, f"{name}.{place}") for place, each in enumerate(value)]
    else:
        return {name: value}
    return {key: each for part in inner for key, each in part.items()}


def _same(then: Any, now: Any) -> bool:
    """Numbers may differ in their last digits, as between processors."""
    numbers = all(isinstance(value, float | int) and not isinstance(value, bool) for value in (then, now))
    return math.isclose(then, now, rel_tol=1e-6, abs_tol=1e-9) if numbers else bool(then == now)


def _shown(value: Any) -> str:
    if value is GONE:
        return "not set"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

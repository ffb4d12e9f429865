"""Whether outputs were made with the settings that params.yaml has now, as far as dvc.lock tells."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_yaml, understood
from kilnmix.tracking.provenance import target
from kilnmix.tracking.records import Record

_AGAIN = "Make it anew with `dvc repro`."
GONE = object()


def check(records: Iterable[Record], params: Path = Path("params.yaml"), lock: Path = Path("dvc.lock")) -> None:
    """Looks whether the stages that records tell of ran with the settings that are there now.

    A stage that dvc.lock does not know was run by hand: of it nobody can say, and it passes.

    Raises:
        UserError: one ran with others; the runs would be logged with settings that they never had.
    """
    if not lock.exists():
        return
    settings, known = read_yaml(params), read_yaml(lock, _AGAIN)
    with understood(lock, _AGAIN):
        stages = (known or {}).get("stages", {})
        for name in dict.fromkeys(target(record.tags) for record in records):
            held = stages.get(name, {}).get("params", {}).get(params.name, {})
            for setting, then in held.items():
                for place, before, now in _differences(setting, then, value_of(settings, setting)):
                    raise UserError(
                        f"{name} was run with {place} = {_shown(before)}, and {params} now says {_shown(now)}: MLflow "
                        f"would hold settings that its runs never had. Nothing was logged. Put {params} back as it was "
                        f"(`git stash push {params}` keeps what you edited), or make the outputs anew with `dvc repro`."
                    )


def value_of(settings: Any, name: str) -> Any:
    """The value of a dotted name, `GONE` where there is none."""
    for part in name.split("."):
        settings = settings.get(part, GONE) if isinstance(settings, Mapping) else GONE
    return settings


def _differences(name: str, then: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for key in {**then, **now}:
            yield from _differences(f"{name}.{key}", then.get(key, GONE), now.get(key, GONE))
    elif plain(then) != plain(now):
        yield name, then, now


def plain(value: Any) -> Any:
    """What settings are compared by. Numbers are alike, however YAML has them: DVC reads 1e-3 as a number, others as a
    text. True and false are no numbers, though Python takes them for 1 and 0."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, bool):
        return (bool, value)
    if not isinstance(value, float | str):
        return value  # a whole number as it is: a float is too coarse for a long seed
    try:
        number = float(value)
    except ValueError:
        return value
    return value if math.isnan(number) else number


def _shown(value: Any) -> str:
    return "nothing" if value is GONE else "null" if value is None else str(value)

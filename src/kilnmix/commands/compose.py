"""`kilnmix compose`: conf/ into params.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from kilnmix.config import Params

SHOWN = 4
"""Changed settings that are named."""
_PLACE = Path("params.yaml")
_ANEW = "Write it anew with `kilnmix compose`."


def compose(
    overrides: Annotated[list[str] | None, typer.Argument(help="Such as profile=sd15 classifier.steps=500.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether params.yaml is what conf/ composes.")
    ] = False,
) -> None:
    """Compose conf/ into params.yaml, which is what `dvc repro` reads."""
    from kilnmix.common.commands import runnable
    from kilnmix.common.errors import UserError
    from kilnmix.common.readers import read_text
    from kilnmix.config import composition

    if check:
        text, _ = composition.compose(overrides or [])
        if read_text(_PLACE, _ANEW) != text:
            raise UserError(f"params.yaml is not what conf/ composes. {_ANEW}")
        print("params.yaml is what conf/ composes.")
        return
    before = _held(_PLACE)
    params = composition.write(overrides or [])
    print(runnable(f"params.yaml: {described(params)}.{changed(before, _held(_PLACE))}"))


def described(params: Params) -> str:
    """What the settings come to, in a line."""
    tasks = params.collection.tasks
    return ", ".join(
        (
            f"profile {params.profile}",
            _counted(len(params.folds), "fold"),
            _counted(len(params.adapters), "adapter"),
            f"{'task' if len(tasks) == 1 else 'tasks'} {', '.join(tasks)}",
        )
    )


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """A sentence on the settings that are others than before; nothing where there were none."""
    names = [name for name in {**before, **after} if name not in before or before[name] != after.get(name, before)]
    if not before or not names:
        return ""
    shown = [f"{name}: {_shown(before, name)} -> {_shown(after, name)}" for name in names[:SHOWN]]
    more = f"; and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    number = "1 setting is" if len(names) == 1 else f"{len(names)} settings are"
    return f" {number} not as before: {'; '.join(shown)}{more}."


def _held(path: Path) -> dict[str, Any]:
    """What params.yaml holds, by dotted names; nothing where it holds no settings."""
    from kilnmix.common.errors import UserError
    from kilnmix.common.nested import flatten
    from kilnmix.common.readers import read_yaml

    try:
        settings = read_yaml(path)
    except UserError:
        return {}
    return flatten(settings) if isinstance(settings, Mapping) else {}


def _shown(settings: Mapping[str, Any], name: str) -> str:
    import json

    return json.dumps(settings[name], ensure_ascii=False, default=str) if name in settings else "(none)"


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"

"""What `--task` and `--unresolved` make of the settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kilnmix.common.errors import UserError

if TYPE_CHECKING:
    # The settings' types take half a second, which `predict` does without.
    from kilnmix.config import CollectionSettings

WAYS = ("refuse", "leave-out", "allow")


def told(settings: CollectionSettings, tasks: Sequence[str], unresolved: str | None = None) -> CollectionSettings:
    """The settings with what the command line says.

    Args:
        tasks: NAME, or NAME=HEADING where the column is called otherwise; none: those of the settings.
        unresolved: one of `WAYS`; none: as the settings say.

    Raises:
        UserError: a task is named twice or not at all, or `unresolved` is none of its ways.
    """
    update: dict[str, object] = {}
    if unresolved is not None:
        if unresolved not in WAYS:
            raise UserError(f"--unresolved takes {', '.join(WAYS)}, not {unresolved!r}.")
        update["unresolved"] = unresolved
    if tasks:
        names = [task.split("=", 1)[0] for task in tasks]
        if len(set(names)) < len(names) or not all(names):
            raise UserError(f"--task names {', '.join(names)}: give each task once, as NAME or NAME=HEADING.")
        headings = dict(settings.columns.tasks) | {
            name: heading for name, equals, heading in (task.partition("=") for task in tasks) if equals
        }
        update["tasks"] = tuple(names)
        update["columns"] = settings.columns.model_copy(
            update={"tasks": {name: heading for name, heading in headings.items() if name in names}}
        )
    return settings.model_copy(update=update)

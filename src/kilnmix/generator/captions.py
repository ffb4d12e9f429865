"""Labels -> captions, the same for tuning and for drawing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kilnmix.collection.prepared import MISSING, Task
from kilnmix.errors import UserError

_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Template:
    """A caption's comma-separated parts; each names at most one task.

    Attributes:
        parts: (text with `{}` in the task's place, task name or None for a part that always stands).
    """

    parts: tuple[tuple[str, str | None], ...]

    @classmethod
    def parse(cls, text: str, tasks: Sequence[str]) -> Template:
        """The template of `generator.caption`; parts of tasks that this collection lacks fall away.

        Raises:
            UserError: a part names more than one task, or no part names any of this collection's tasks.
        """
        parts: list[tuple[str, str | None]] = []
        for part in (piece.strip() for piece in text.split(",")):
            named = _PLACE.findall(part)
            if len(named) > 1:
                raise UserError(
                    f"generator.caption: the part {part!r} names {len(named)} tasks. Put a comma between them, so that "
                    "each can be left out when its label is not known."
                )
            if not named:
                parts.append((part, None))
            elif named[0] in tasks:
                parts.append((_PLACE.sub("{}", part), named[0]))
        if not any(task for _, task in parts):
            raise UserError(f"generator.caption names none of the tasks {', '.join(tasks)}: write each as {{task}}.")
        return cls(tuple(parts))

    def fill(self, words: Mapping[str, str]) -> str:
        """The caption for task -> words; a part whose task has no words is left out."""
        said = [text.format(words[task]) if task else text for text, task in self.parts if not task or task in words]
        return ", ".join(said)


def words_of(tasks: Sequence[Task], labels: Sequence[int]) -> dict[str, str]:
    """Task -> caption words for one image's `labels` (T,), those that are not known left out."""
    return {
        task.name: task.words[task.classes[label]]
        for task, label in zip(tasks, labels, strict=True)
        if label != MISSING
    }


def variants(template: Template, words: Mapping[str, str]) -> list[str]:
    """The full caption, then the captions with one term left out each, in the tasks' order."""
    captions = [template.fill(words)]
    if len(words) > 1:
        captions += [template.fill({name: word for name, word in words.items() if name != left}) for left in words]
    return captions

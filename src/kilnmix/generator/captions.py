"""Labels -> captions, the same for tuning and for drawing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kilnmix.collection.prepared import MISSING, Task
from kilnmix.common.errors import UserError
from kilnmix.config import GeneratorSettings

_PLACE = re.compile(r"\{([^{}]*)\}")
# A comma in a task's own name divides nothing.
_BETWEEN = re.compile(r",(?![^{}]*\})")


@dataclass(frozen=True)
class Template:
    """A caption's comma-separated parts; each names at most one task.

    Attributes:
        parts: (text with `{}` in the task's place, task name or None for a part that always stands).
    """

    parts: tuple[tuple[str, str | None], ...]

    @classmethod
    def parse(cls, text: str, tasks: Sequence[str]) -> Template:
        """The template of `generator.caption`.

        Raises:
            UserError: a part names more than one task or none of this collection's, or no part names a task.
        """
        said = f"This collection's tasks are {', '.join(tasks)}"
        parts: list[tuple[str, str | None]] = []
        for part in (piece.strip() for piece in _BETWEEN.split(text)):
            named = _PLACE.findall(part)
            if len(named) > 1:
                raise UserError(
                    f"generator.caption: the part {part!r} names {len(named)} tasks. Put a comma between them, so that "
                    "each can be left out when its label is not known."
                )
            if not named:
                parts.append((part, None))
            elif named[0] not in tasks:
                raise UserError(
                    f"generator.caption names {{{named[0]}}}, which is no task. {said}: write each as {{task}}, in a "
                    "part of its own between commas."
                )
            else:
                parts.append((_PLACE.sub("{}", part), named[0]))
        if not any(task for _, task in parts):
            raise UserError(f"generator.caption names no task. {said}: write each as {{task}}.")
        return cls(tuple(parts))

    def unnamed(self, tasks: Sequence[str]) -> list[str]:
        """The tasks that no part names: a caption says nothing of them, so no image is asked to show their labels."""
        return [task for task in tasks if task not in {named for _, named in self.parts}]

    def fill(self, words: Mapping[str, str]) -> str:
        """The caption for task -> words; a part whose task has no words is left out."""
        said = [
            text.replace("{}", words[task]) if task else text for text, task in self.parts if not task or task in words
        ]
        return ", ".join(said)


def standard(tasks: Sequence[str]) -> str:
    """A caption that names every task, porcelain's four as the profiles' own caption does.

    Raises:
        UserError: a task's name holds a brace, which marks a task's place.
    """
    phrases = {"glaze": "{glaze} glaze", "kiln": "{kiln} kiln", "dynasty": "{dynasty} dynasty"}
    parts = ["a photograph of a {type}" if "type" in tasks else "a photograph"]
    parts += [phrase for task, phrase in phrases.items() if task in tasks]
    for task in tasks:
        if "{" in task or "}" in task:
            raise UserError(
                f"The task {task!r} has a brace in its name, which captions cannot hold. Rename the column."
            )
        if task != "type" and task not in phrases:
            words = " ".join(re.split(r"[\s,_]+", task))
            parts.append(f"{{{task}}} {words}")
    return ", ".join(parts)


def words_of(tasks: Sequence[Task], labels: Sequence[int]) -> dict[str, str]:
    """Task -> caption words for one image's `labels` (T,), those that are not known left out."""
    return {
        task.name: task.words[task.classes[label]]
        for task, label in zip(tasks, labels, strict=True)
        if label != MISSING
    }


def variants(
    template: Template, words: Mapping[str, str], shared: Sequence[str] = (), free: str = "", alone: bool = False
) -> list[str]:
    """The full caption, then the captions with one term left out each, in the tasks' order.

    Args:
        shared: further terms that stand behind the template's parts, such as the backdrop.
        free: the photograph's own description, a term behind the template's parts or, with `alone`, in their place.
    """
    if free and alone:
        return [joined(free, shared), *(joined(free, [term for term in shared if term != left]) for left in shared)]
    if free:
        shared = (free, *shared)
    captions = [joined(template.fill(words), shared)]
    if len(words) > 1:
        captions += [
            joined(template.fill({name: word for name, word in words.items() if name != left}), shared)
            for left in words
        ]
    captions += [
        joined(template.fill(words), [term for term in shared if term != left])
        for left in shared
        if words or shared[1:]
    ]
    return captions


def own_terms(tasks: Sequence[Task], labels: np.ndarray, named: Sequence[str]) -> tuple[str, ...]:
    """The words of the classes that photographs show, of the tasks named in generator.own_tokens, sorted.

    Args:
        labels: (n, T) class indices, -1 where not known.

    Raises:
        UserError: a name is no task.
    """
    names = [task.name for task in tasks]
    unknown = sorted(set(named) - set(names))
    if unknown:
        raise UserError(
            f"generator.own_tokens names {', '.join(unknown)}, which is no task. This collection's tasks are "
            f"{', '.join(names)}."
        )
    found = {
        task.words[task.classes[label]]
        for column, task in enumerate(tasks)
        if task.name in named
        for label in np.unique(labels[:, column]).tolist()
        if label != MISSING
    }
    return tuple(sorted(found))


def joined(caption: str, shared: Sequence[str]) -> str:
    """A caption with further terms behind it."""
    return ", ".join([part for part in (caption, *shared) if part])


def asked_tasks(tasks: Sequence[Task], settings: GeneratorSettings) -> tuple[Task, ...]:
    """The tasks whose labels images are asked to show: those that are no nuisance.

    Raises:
        UserError: all are.
    """
    asked = tuple(task for task in tasks if task.name not in settings.nuisance)
    if not asked:
        raise UserError("generator.nuisance names every task, so that no label is left to ask images for.")
    return asked

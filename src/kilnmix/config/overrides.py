"""Overrides of `kilnmix compose`, NAME=VALUE: as Hydra takes them, and in words what is wrong with one that it refuses.

Hydra's grammar gives brackets, commas, blanks and most signs a meaning. Here a value is the text that it is, unless it
is a list, a mapping or in quotes already.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kilnmix.common.nested import flatten
from kilnmix.common.readers import parsed_yaml

COLUMN = "collection.columns.tasks."
"""Before the name of a task whose column is set."""
_PLAIN = re.compile(r"[A-Za-z0-9_.+/@%*?|$:-]*|\$\{[^{}]*\}|(?:bool|float|int|str)\([^()]*\)")
_NAME = re.compile(r"[A-Za-z0-9_./@:-]+")
_NEAREST = 3


@dataclass(frozen=True)
class Override:
    """One override.

    Attributes:
        sign: `+` or `++` adds, `~` takes away; mostly none.
        value: None where there is no equals sign.
    """

    sign: str
    name: str
    value: str | None

    @classmethod
    def parse(cls, text: str) -> Override:
        given, equals, value = text.partition("=")
        name = given.lstrip("+~")
        return cls(given[: len(given) - len(name)], name.strip(), value if equals else None)

    def __str__(self) -> str:
        return f"{self.sign}{self.name}" + ("" if self.value is None else f"={self.value}")

    @property
    def for_hydra(self) -> str:
        """With a text in quotes where Hydra would read something else; a task's column, which is new, is marked."""
        sign = "++" if self.name.startswith(COLUMN) and not self.sign else self.sign
        return str(replace(self, sign=sign, value=None if self.value is None else quoted(self.value)))

    @property
    def of_a_task(self) -> tuple[str, str] | None:
        """A task and its column, where Hydra does not take the task's name: it takes no Chinese in names."""
        task = self.name.removeprefix(COLUMN)
        if self.value is None or task == self.name or _NAME.fullmatch(task):
            return None
        inside = self.value[1:-1] if self.value[:1] in ("'", '"') and self.value[-1:] == self.value[:1] else self.value
        return task, inside


def quoted(value: str) -> str:
    """A value as Hydra takes it for what it is: plain words, numbers, lists, mappings and quoted texts as they are."""
    if _PLAIN.fullmatch(value):
        return value
    if value[:1] in ("[", "{", "'", '"'):
        if _reads(value):
            return value
        try:
            content = parsed_yaml(value)
        except ValueError:
            content = None
        if isinstance(content, list | dict):
            return _rendered(content)
    return _text(value)


def _reads(value: str) -> bool:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        return not OverridesParser.create().parse_override(f"a={value}").is_sweep_override()
    except HydraException:
        return False


def _text(value: str) -> str:
    return "'" + re.sub(r"(\\*)('|$)", lambda found: found[1] * 2 + ("\\'" if found[2] else ""), value) + "'"


def _rendered(content: Any) -> str:
    if isinstance(content, list):
        return "[" + ",".join(map(_rendered, content)) + "]"
    if isinstance(content, dict):
        return "{" + ",".join(f"{name}:{_rendered(value)}" for name, value in content.items()) + "}"
    if isinstance(content, str):
        return _text(content)
    return "null" if content is None else str(content).lower()


def choices(conf: Path, group: str) -> list[str]:
    """What a group of conf/ has to choose from; nothing where it is no group."""
    inside = bool(_NAME.fullmatch(group)) and ".." not in group
    return sorted(file.stem for file in (conf / group.strip("/")).glob("*.yaml")) if inside else []


def chooses(override: Override, conf: Path) -> bool:
    """Whether an override chooses from a group of conf/, and does not set values in it."""
    return bool(choices(conf, override.name)) and (override.value or "")[:1] != "{"


def wrong_choice(overrides: Sequence[Override], conf: Path) -> str | None:
    """A sentence on the first override that has no value, or chooses what its group does not have; None if none does.

    It ends in the command with the nearest choice in its place.
    """
    for place, override in enumerate(overrides):
        if override.value is None and override.sign != "~":
            return f"{str(override)!r} sets nothing. Write NAME=VALUE, such as `kilnmix compose classifier.steps=500`."
        if override.sign == "~" or not chooses(override, conf):
            continue
        known, chosen = choices(conf, override.name), (override.value or "").strip("'\"")
        if chosen in known or chosen == "null" or chosen.startswith("["):
            continue
        near = get_close_matches(chosen, known, n=1)
        there = f"There is no {override.name} {chosen!r}: there are {', '.join(known)}."
        if not near:
            return there
        return f"{there} The nearest is `{_command(overrides, place, replace(override, value=near[0]))}`."
    return None


def unknown_name(overrides: Sequence[Override], settings: Mapping[str, Any], conf: Path) -> tuple[int, str] | None:
    """The first override of a setting that is not in `settings`: its place, and a sentence with the nearest there is.

    Args:
        settings: what conf/ composes to with the choices among the overrides.
    """
    for place, override in enumerate(overrides):
        if override.sign.startswith("+") or override.name.startswith(COLUMN) or chooses(override, conf):
            continue
        parts = override.name.split(".")
        depth, held = 0, settings
        while depth < len(parts) and isinstance(held, Mapping) and parts[depth] in held:
            depth, held = depth + 1, held[parts[depth]]
        if depth == len(parts):
            continue
        said = f"There is no setting {override.name}."
        groups = [group.name for group in conf.iterdir() if group.is_dir()] if conf.is_dir() else []
        known = [*settings, *flatten(settings), *(group for group in groups if choices(conf, group))]
        near = nearest(override.name, [each for each in known if not override.name.startswith(f"{each}.")])
        if len(near) == 1:
            command = _command(overrides, place, replace(override, name=near[0]))
            return place, f"{said} The nearest is {near[0]}: `{command}`."
        if near:
            return place, f"{said} The nearest are {', '.join(near)}."
        if depth and isinstance(held, Mapping):
            return place, f"{said} {'.'.join(parts[:depth])} has {', '.join(map(str, held)) or 'none yet'}."
        return place, f"{said} params.yaml holds all that there are."
    return None


def nearest(name: str, known: Sequence[str]) -> list[str]:
    """Names of settings that are likely meant: alike as a whole, else with the same last part."""
    alike = get_close_matches(name, known, n=1, cutoff=0.75)
    last = name.rpartition(".")[2]
    same = sorted((each for each in known if each.rpartition(".")[2] == last), key=_depth)[:_NEAREST]
    return alike or same if "." in name else same or alike


def _depth(name: str) -> int:
    return name.count(".")


def _command(overrides: Sequence[Override], place: int, better: Override) -> str:
    return shlex.join(["kilnmix", "compose", *map(str, [*overrides[:place], better, *overrides[place + 1 :]])])

"""Why settings will not do, for whoever set them."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Place = tuple[int | str, ...]

RENAMED = {
    "pools": "pool_folds",
    "search.steps": "search.step_share",
    "search.max_share": "search.space.share",
    "search.weight_range": "search.space.weight",
    "collection.fit": "collection.resize_mode",
    "generator.draw.rules": "collection.rules",
    "curation.copy_quantile": "curation.copies.error_rate (1 minus what stood here)",
    "curation.copy_similarity": "curation.copies.least, on another scale",
}
"""A setting's former name -> its name now."""
OTHER_KIND = {
    **dict.fromkeys(("tuple_type", "list_type"), "should be a list in brackets, such as [0] or [type]"),
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "should be a whole number, such as 3"),
    **dict.fromkeys(("float_parsing", "float_type"), "should be a number, such as 0.5"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "should be true or false"),
    **dict.fromkeys(("dict_type", "model_type"), "should be a group of settings, a line for each below it"),
    "string_type": "should be a text",
    "path_type": "should be the path of a file or a folder",
    "literal_error": "should be {expected}",
    "too_short": "should list at least {min_length}, but lists {actual_length}",
}
"""Faults that pydantic tells in words of programmers (tuple, parse) -> a sentence for whoever set the value."""


def sentences(error: ValidationError, given: Mapping[str, Any], settings: type[BaseModel]) -> str:
    """A line for each setting that will not do.

    Where a setting may be of several kinds, it is one line, and a fault within the value hides that it is not of
    another kind.

    Args:
        given: what was validated. settings: what it was to become.
    """
    told: dict[Place, list[str]] = {}
    for fault in error.errors():
        place = _place(fault, given)
        told.setdefault(place, []).append(_said(fault, place, settings))
    lines = []
    for place, said in told.items():
        if not any(len(other) > len(place) and other[: len(place)] == place for other in told if place):
            kinds = list(dict.fromkeys(said))
            rest = [f"or {one.removeprefix('should be ')}" for one in kinds[1:]]
            lines.append(f"  {'.'.join(map(str, place)) or 'settings'}: {', '.join([kinds[0], *rest])}")
    return "\n".join(lines)


def _place(fault: ErrorDetails, given: Mapping[str, Any]) -> Place:
    """Where the fault is, without the names that pydantic gives to the kinds that a value may be of."""
    value: Any = given
    place: list[int | str] = []
    for number, part in enumerate(fault["loc"], 1):
        if _holds(value, part):
            value = value[part]
        elif fault["type"] != "missing" or number < len(fault["loc"]):
            continue
        place.append(part)
    return tuple(place)


def _holds(value: Any, part: int | str) -> bool:
    if isinstance(value, Mapping):
        return part in value
    return isinstance(value, list | tuple) and isinstance(part, int) and part < len(value)


def _said(fault: ErrorDetails, place: Place, settings: type[BaseModel]) -> str:
    if fault["type"] == "extra_forbidden":
        new = RENAMED.get(".".join(map(str, place)))
        return f"is called {new} now" if new else f"there is no such setting{_instead(place, settings)}"
    if fault["type"] == "missing" and isinstance(place[-1], int):
        return "is missing from the list"
    if fault["type"] == "missing":
        return "is missing; `kilnmix compose` writes it as conf/ has it"
    plain = OTHER_KIND.get(fault["type"])
    return plain.format(**fault.get("ctx", {})) if plain else fault["msg"].removeprefix("Value error, ")


def _instead(place: Place, settings: type[BaseModel]) -> str:
    """The nearest setting of the same group."""
    group: Any = settings
    for part in place[:-1]:
        field = group.model_fields.get(str(part)) if isinstance(group, type) and issubclass(group, BaseModel) else None
        group = field.annotation if field else None
    if not (isinstance(group, type) and issubclass(group, BaseModel)):
        return ""
    near = get_close_matches(str(place[-1]), list(group.model_fields), n=1)
    return f"; the nearest is {'.'.join(map(str, (*place[:-1], near[0])))}" if near else ""

"""What a journal's events may hold: the fields that a stage writes, so that damage is seen before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kilnmix.config import Params
from kilnmix.tracking import journal
from kilnmix.tracking.records import Status, parsed

Tags = dict[str, str]


class _Event(BaseModel):
    """`at`: ms since 1970. What a later version adds is passed over."""

    model_config = ConfigDict(strict=True, extra="ignore")
    at: int


def _within(place: str) -> str:
    path = PurePath(place)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError("it leads out of the journal's folder")
    return place


def _records(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    try:
        parsed(entries)
    except KeyError as error:
        raise ValueError(f"a record without {error}") from error
    except TypeError as error:
        raise ValueError(str(error)) from error
    return entries


class Open(_Event):
    event: Literal["open"]
    params: dict[str, Any]
    stage: str
    item: list[str]
    tags: Tags


class Begin(_Event):
    event: Literal["begin"]
    key: str
    tags: Tags
    level: str = "training"
    above: str | None = None
    params: dict[str, Any] | None = None


class Points(_Event):
    event: Literal["points"]
    key: str | None = None
    step: int
    values: dict[str, float]


class Picture(_Event):
    event: Literal["picture"]
    key: str | None = None
    file: Annotated[str, AfterValidator(_within)]
    folder: Annotated[str, AfterValidator(_within)]


class End(_Event):
    event: Literal["end"]
    key: str
    status: Status
    tags: Tags | None = None


class Publish(_Event):
    event: Literal["publish"]
    records: Annotated[list[dict[str, Any]], Field(min_length=1), AfterValidator(_records)]


class Stop(_Event):
    event: Literal["stop"]
    status: Status


_KINDS = TypeAdapter(Annotated[Open | Begin | Points | Picture | End | Publish | Stop, Field(discriminator="event")])


def check(events: Sequence[Any]) -> None:
    """Sees whether these are a journal's events from its beginning on.

    Raises:
        pydantic.ValidationError: the settings are none of this version's.
        ValueError: an event lacks a field or has another kind of value in it, or the stage's opening is not first.
    """
    for place, event in enumerate(events):
        try:
            known = _KINDS.validate_python(event)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise ValueError(f"event {place + 1}, {where or 'as a whole'}: {first['msg']}") from error
        if isinstance(known, Open) != (place == 0):
            raise ValueError("it does not begin with the opening of one stage")
        if isinstance(known, Open):
            Params.model_validate(known.params)


def fault(folder: Path) -> str:
    """Why a journal is none of ours: another version's settings, or damage; empty for a sound one."""
    try:
        journal.sent(folder)
        check(journal.read(folder, 0)[0])
    except ValidationError as error:
        names = sorted({".".join(map(str, each["loc"])) for each in error.errors()})
        return f"its settings are another version's: {', '.join(names[:3])}"
    except (ValueError, KeyError, TypeError) as error:
        return f"it is damaged: {type(error).__name__}, {error}"
    return ""

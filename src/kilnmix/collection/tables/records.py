"""JSON and JSON lines of museums' APIs (Met, Cleveland, Harvard, Victoria and Albert) -> cells.

Nested records become columns with dotted names (`images.web.url`); lists of texts are joined; of a list of records the
part that names each is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kilnmix.collection.tables.grid import Grid
from kilnmix.common.errors import UserError

_LISTS = ("data", "records", "objects", "items", "results", "artObjects", "artworks", "works", "rows")
"""Names under which an answer keeps its records."""
_NAMES = (
    "text", "name", "title", "displayname", "worktype", "term", "description", "culture", "content", "value", "url",
    "baseimageurl", "iiifbaseuri", "_primary_thumbnail",
)  # fmt: skip
"""What stands for a record inside a list, the first that it has."""
_DEEPEST = 4


def read(text: str, path: Path) -> Grid:
    """The records of a text as rows.

    Raises:
        UserError: it is not JSON, or holds no records.
    """
    entries = list(_records(_parsed(text, path)))
    if not entries:
        raise UserError(f"{path} is JSON, but holds no list of records. A label table has one record a photograph.")
    rows = [dict(_flat(entry)) for entry in entries]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[row.get(name, "") for name in columns] for row in rows]
    return Grid([(0, columns), *enumerate(cells, start=1)], "json")


def _parsed(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
        if len(lines) < 2 or not lines[0][1].lstrip().startswith("{"):
            raise UserError(f"{path} is not valid JSON: {error}. Export it anew.") from error
    found = []
    for number, line in lines:
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise UserError(f"{path}, line {number} is not valid JSON: {error}. Export it anew.") from error
    return found


def _records(content: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(content, list):
        for entry in content:
            if isinstance(entry, Mapping):
                inner = next((entry[name] for name in ("record", "data", "_source") if _record(entry.get(name))), entry)
                yield inner
    elif isinstance(content, Mapping):
        for name in _LISTS:
            if isinstance(content.get(name), list) and any(map(_record, content[name])):
                yield from _records(content[name])
                return
        values = list(content.values())
        if values and all(map(_record, values)) and len(values) > 1:
            yield from values
        elif _record(content.get("data")) or _record(content.get("record")):
            yield content["data"] if _record(content.get("data")) else content["record"]
        else:
            yield content


def _record(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value)


def _flat(entry: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    for name, value in entry.items():
        full = f"{before}{name}"
        if isinstance(value, Mapping):
            if depth < _DEEPEST:
                yield from _flat(value, f"{full}.", depth + 1)
        else:
            yield full, _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return "; ".join(filter(None, map(_named, value)))
    return str(value)


def _named(entry: Any) -> str:
    if isinstance(entry, Mapping):
        return next((str(entry[name]) for name in _NAMES if isinstance(entry.get(name), (str, int, float))), "")
    return "" if isinstance(entry, list) else _text(entry)

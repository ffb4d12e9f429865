"""Files that stages left, read once more: a missing, cut or foreign file is one sentence with the command that helps.

Every function takes the `remedy`, a sentence for the end of the message, and raises `UserError`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kilnmix.common.csv_files import unguarded
from kilnmix.common.errors import UserError

if TYPE_CHECKING:
    import pyarrow as pa

AGAIN = "Run `dvc repro`, which makes it anew."


def read_text(path: Path, remedy: str = AGAIN) -> str:
    """A file in UTF-8, with or without a byte order mark."""
    with _sentences(path, "a text in UTF-8", remedy):
        return path.read_text(encoding="utf-8-sig")


def read_json(path: Path, remedy: str = AGAIN) -> Any:
    """What a JSON file holds."""
    text = read_text(path, remedy)
    with _sentences(path, "JSON", remedy):
        return json.loads(text)


def read_mapping(path: Path, remedy: str = AGAIN) -> dict[str, Any]:
    """What a JSON file with an object holds."""
    value = read_json(path, remedy)
    if not isinstance(value, dict):
        raise UserError(f"{path} holds no JSON object. {remedy}")
    return value


def read_csv(path: Path, columns: Sequence[str], remedy: str = AGAIN) -> list[dict[str, str]]:
    """The rows of a CSV file by its header; guards against formulas are taken off.

    Args:
        columns: that it must have at least.
    """
    text = read_text(path, remedy)
    with _sentences(path, "CSV", remedy):
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    header = [unguarded(name) for name in lines[0]] if lines else []
    missing = [name for name in columns if name not in header]
    if missing:
        raise UserError(f"{path} has no column {missing[0]!r}. {remedy}")
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) != len(header):
            raise UserError(f"{path}: row {number} has {len(cells)} cells instead of {len(header)}. {remedy}")
    return [dict(zip(header, map(unguarded, cells), strict=True)) for cells in lines[1:]]


def read_parquet(path: Path, columns: Sequence[str], filters: Any = None, remedy: str = AGAIN) -> pa.Table:
    """A Parquet table with some columns.

    Args:
        filters: as `pyarrow.parquet.read_table` takes them.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with _sentences(path, "a Parquet table", remedy, pa.ArrowException):
        known = pq.read_schema(path).names
        missing = [name for name in columns if name not in known]
        if missing:
            raise ValueError(f"no column {missing[0]!r}")
        return pq.read_table(path, columns=list(columns), filters=filters)


@contextmanager
def _sentences(path: Path, kind: str, remedy: str, *faults: Any) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise UserError(f"{path} is missing. {remedy}") from error
    except (OSError, ValueError, RecursionError, csv.Error, *faults) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{path} cannot be read as {kind} ({reason}). {remedy}") from error

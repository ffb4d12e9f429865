"""Files that stages left, read once more: a missing, cut or foreign file is one sentence with the command that helps.

Every function takes the `remedy`, a sentence for the end of the message, and raises `UserError`.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kilnmix.common.csv_files import unguarded
from kilnmix.common.errors import UserError

if TYPE_CHECKING:
    import pyarrow as pa

AGAIN = "Run `dvc repro`, which makes it anew."
_DEEPEST = 500
"""Levels of nesting of a YAML file."""
_OCTAL = re.compile(r"[-+]?0[0-9_]+$")
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class NotAFileError(OSError):
    """A folder, a pipe, a device or a socket stands where a file is to be read."""


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """A file's bytes. What is no file (a folder, a pipe, a device, a socket) is refused, never waited for.

    Args:
        most: bytes; a larger file is refused unread.

    Raises:
        NotAFileError: it is no file.
        OSError: the file is missing, cannot be read, or is too large.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise NotAFileError(f"it is {_KINDS.get(stat.S_IFMT(found.st_mode), 'something else')}, not a file")
    if most is not None and found.st_size > most:
        raise OSError(f"it is larger than {most // 2**20} MB")
    return path.read_bytes()


def read_text(path: Path, remedy: str = AGAIN) -> str:
    """A file in UTF-8, with or without a byte order mark; every line ends with a line feed."""
    with _sentences(path, "a text in UTF-8", remedy):
        return decoded(read_bytes(path)).replace("\r\n", "\n").replace("\r", "\n")


def decoded(content: bytes) -> str:
    """The text of bytes in UTF-8.

    Raises:
        ValueError: they are in another encoding, which is named where it can be told, with the line.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise ValueError("it is in UTF-16, which some programs call Unicode") from None
        raise ValueError(f"line {line} is not in UTF-8{_probably(content)}") from None


def _probably(content: bytes) -> str:
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    han = sum("\u4e00" <= character <= "\u9fff" for character in text)
    return ", but probably in GBK" if 2 * han > sum(not character.isascii() for character in text) else ""


def read_json(path: Path, remedy: str = AGAIN) -> Any:
    """What a JSON file holds."""
    text = read_text(path, remedy)
    with _sentences(path, "JSON", remedy):
        return json.loads(text)


def read_yaml(path: Path, remedy: str = AGAIN) -> Any:
    """What a YAML file holds: plain values, lists and mappings.

    A name that stands twice in a mapping is refused, and so is a number with a leading zero, which is octal in YAML.
    """
    text = read_text(path, remedy)
    with _sentences(path, "YAML", remedy):
        return parsed_yaml(text)


def parsed_yaml(text: str) -> Any:
    """As `read_yaml`, from a text.

    Raises:
        ValueError: it is no YAML, is nested deeper than any settings are, or has a name twice or a number with a
            leading zero.
    """
    import yaml

    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where libyaml is there

    class Loader(base):  # type: ignore[misc,valid-type]
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.value != "<<"]
            if len(set(names)) < len(names):
                twice = next(name for place, name in enumerate(names) if name in names[:place])
                raise ValueError(f"line {node.start_mark.line + 1}: {twice!r} stands twice in one group")
            return super().construct_mapping(node, deep)

        def construct_whole_number(self, node: Any) -> Any:
            if _OCTAL.match(node.value):
                raise ValueError(
                    f"line {node.start_mark.line + 1}: {node.value} would be read as an octal number; write it without "
                    "the leading zero, or in quotation marks"
                )
            return self.construct_yaml_int(node)

    Loader.add_constructor("tag:yaml.org,2002:int", Loader.construct_whole_number)
    try:
        if any(text.count(mark) > _DEEPEST for mark in ("[", "{", "- ", "? ")):
            _check_depth(text, base)  # libyaml in C does not survive it
        return yaml.load(text, Loader)  # a safe loader either way
    except (yaml.YAMLError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        reason = str(error).replace('in "<unicode string>", ', "")
        raise ValueError(reason or type(error).__name__) from error


def _check_depth(text: str, loader: Any) -> None:
    import yaml

    depth = 0
    for event in yaml.parse(text, loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ValueError(f"it is nested more than {_DEEPEST} deep")


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
def understood(place: Path, remedy: str = AGAIN) -> Iterator[None]:
    """For a block that only reads what a stage left: whatever a damaged file makes it raise names the place.

    Args:
        place: the file, or the folder whose files are read together.
    """
    try:
        yield
    except UserError:
        raise
    except FileNotFoundError as error:
        raise UserError(f"{error.filename or place} is missing. {remedy}") from error
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        kind = "" if " " in reason else f"{type(error).__name__} "
        raise UserError(f"{place} is damaged or of another form ({kind}{reason}). {remedy}") from error


@contextmanager
def _sentences(path: Path, kind: str, remedy: str, *faults: Any) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise UserError(f"{path} is missing. {remedy}") from error
    except (OSError, ValueError, RecursionError, csv.Error, *faults) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{path} cannot be read as {kind} ({reason}). {remedy}") from error

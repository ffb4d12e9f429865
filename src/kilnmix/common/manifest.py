"""A stage's output lists its own files, so that one that lost rows or bytes afterwards is refused, not read.

manifest.json holds for every file of the folder its SHA-256 and, for tables, the number of rows.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from kilnmix.common import digests
from kilnmix.common.errors import UserError
from kilnmix.common.paths import OUT, STATE

MANIFEST = "manifest.json"
UNLISTED = (MANIFEST, "records.json")


def write(folder: Path) -> None:
    """Lists the files of a finished output."""
    files = {
        path.relative_to(folder).as_posix(): {"sha256": digests.of_file(path), **_rows(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in UNLISTED
    }
    (folder / MANIFEST).write_text(json.dumps(files, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def check(folder: Path) -> None:
    """Compares a folder with its manifest; a folder outside of the stages' outputs may have none.

    Raises:
        UserError: a file of the output is missing, is another than the stage wrote, or the manifest cannot be read.
    """
    path = folder / MANIFEST
    if not path.is_file():
        if folder.is_dir() and OUT.resolve() in folder.resolve().parents:
            raise UserError(f"{folder} has no {MANIFEST}: its stage did not end. {_remedy(folder)}")
        return
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        entries = {str(name): dict(entry) for name, entry in listed.items()}
    except (OSError, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise UserError(f"{path} cannot be read ({error}). {_remedy(folder)}") from error
    for name, entry in entries.items():
        file = folder / name
        if not file.is_file():
            raise UserError(f"{file} is missing, though its stage wrote it. {_remedy(folder)}")
        if digests.of_file(file) != entry.get("sha256"):
            raise UserError(f"{file} is not the file that its stage wrote{_difference(file, entry)}. {_remedy(folder)}")


def _difference(file: Path, entry: dict[str, object]) -> str:
    try:
        now = _rows(file).get("rows")
    except (OSError, ValueError):
        return " and cannot be read"
    before = entry.get("rows")
    return f": it had {before} rows and has {now}" if before is not None and now != before else ""


def _rows(path: Path) -> dict[str, int]:
    """{"rows": n} for a table, nothing for another file."""
    if path.suffix == ".csv":
        import csv

        with path.open(newline="", encoding="utf-8") as file:
            return {"rows": max(sum(1 for _ in csv.reader(file)) - 1, 0)}
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return {"rows": pq.read_metadata(path).num_rows}
    return {}


def _remedy(folder: Path) -> str:
    if OUT.resolve() not in folder.resolve().parents:
        return "Copy the folder anew from where it comes."
    return (
        f"Take it back with `dvc checkout {shlex.quote(folder.as_posix())}`, or remove the folders "
        f"{folder.as_posix()} and {STATE / 'runs'} and run `dvc repro`."
    )

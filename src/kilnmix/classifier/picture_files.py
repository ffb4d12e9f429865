"""Which pictures a person means: files by name, and folders that hold some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kilnmix.collection.pictures.picture import SUFFIXES
from kilnmix.collection.tables.folder import Folder, readable
from kilnmix.common.errors import UserError

_SHOWN = 5


@dataclass(frozen=True)
class PictureFile:
    """A file and the name that it goes by: its path, readable also where the file's name is not in UTF-8."""

    path: Path
    name: str


def find(paths: Sequence[Path]) -> tuple[list[PictureFile], list[str]]:
    """The picture files among paths; a folder stands for the pictures in it, sorted.

    Returns:
        the files, and sentences on what of the folders is passed over: thumbnails and hidden files of devices, links
        that lead out, files that are no pictures by their suffix.

    Raises:
        UserError: a path is not there, or there is no picture at all.
    """
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise UserError(f"There is no file {readable(str(missing[0]))}. Name pictures, or a folder that holds some.")
    found: list[PictureFile] = []
    notes: list[str] = []
    for path in paths:
        if not path.is_dir():
            found.append(PictureFile(path, readable(str(path))))
            continue
        folder, root = Folder(path, links=False), PurePosixPath(readable(str(path)))
        found += [PictureFile(folder.path(name), str(root / name)) for name in folder.pictures]
        notes += [f"{root}: {said}" for said in (*folder.passed.sentences(), *_others(folder))]
    if not found:
        given = ", ".join(readable(str(path)) for path in paths)
        said = "".join(f"\n  {note}" for note in notes)
        raise UserError(f"{given} holds no pictures ({', '.join(sorted(SUFFIXES))}).{said}")
    return found, notes


def _others(folder: Folder) -> list[str]:
    pictures = set(folder.pictures)
    suffixes = Counter(PurePosixPath(name).suffix or "no suffix" for name in folder.files if name not in pictures)
    if not suffixes:
        return []
    listed = ", ".join(f"{suffix} {count}" for suffix, count in suffixes.most_common(_SHOWN))
    more = f" and {len(suffixes) - _SHOWN} other kinds" if len(suffixes) > _SHOWN else ""
    return [f"{suffixes.total()} files of other kinds are passed over: {listed}{more}"]

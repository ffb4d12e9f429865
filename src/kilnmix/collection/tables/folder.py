"""The files under a folder, found by the ways in which tables write their names."""

from __future__ import annotations

import contextlib
import itertools
import os
import shlex
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from kilnmix.collection.pictures.picture import SUFFIXES
from kilnmix.collection.tables.encoding import CANDIDATES, likeliest
from kilnmix.collection.tables.invisible import cleaned
from kilnmix.common.errors import UserError

_AIDES = frozenset(
    [
        "@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", ".ds_store", "__macosx", "$recycle.bin",
        "system volume information", "thumbs.db", "desktop.ini", ".appledouble",
    ]
)  # fmt: skip
"""Folders and files that storage devices, cameras and systems keep for themselves, in lower case."""


@dataclass
class Passed:
    """What lies in a folder and is no file of it.

    Attributes:
        aides: files of devices and systems: thumbnails of a NAS, resource forks (`._name`), hidden ones; how many.
        links: links that lead out of the folder, or nowhere.
        others: pipes, devices and sockets. unread: folders that may not be listed.
        renamed: files whose names are not UTF-8 (ZIP archives of a Chinese Windows), by the names that they go by here.
        split: files whose names hold backslashes (ZIP archives of Windows), by the paths that they are read as.
    """

    aides: int = 0
    links: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    split: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        said = []
        if self.aides:
            said.append(f"{self.aides} hidden files and thumbnails of devices and systems are passed over")
        if self.links:
            said.append(
                f"{len(self.links)} links lead out of the folder or nowhere and are passed over: {_some(self.links)}"
            )
        if self.others:
            said.append(f"pipes, devices and sockets are passed over: {_some(self.others)}")
        if self.unread:
            said.append(f"folders that may not be read are passed over: {_some(self.unread)}")
        if self.renamed:
            said.append(f"{len(self.renamed)} file names were not in UTF-8 and are read as: {_some(self.renamed)}")
        if self.split:
            said.append(f"{len(self.split)} file names hold backslashes and are read as paths: {_some(self.split)}")
        return said


class Folder:
    """Files by name.

    Exact paths first; else the one file whose path, name, or name without suffix is equal but for case, Unicode form,
    slashes, blanks and characters that nobody sees. Links that lead out of the folder are not its files unless `links`
    says that they may.

    Attributes:
        files: their paths; pictures: those of pictures. folders: the names of the folders that they lie in, folded.
    """

    def __init__(self, root: Path, links: bool = True) -> None:
        self.root = root
        self.passed = Passed()
        self._paths: dict[str, Path] = {}
        readings: dict[str, list[str]] = {}
        found = sorted(_walk(root, links, self.passed))
        best, unpacked = _encoding(found), _unpacked(found)
        for relative in found:
            names = unpacked.get(relative) or _readings(relative, best)
            path = _as_path(names[0])
            names = [path, *names] if path else names
            name = next(free for free in numbered(names[0]) if free not in self._paths)
            self._paths[name] = root / relative
            readings[name] = [name, *names]
            if name != relative:
                (self.passed.split if path else self.passed.renamed).append(name)
        self.files = sorted(self._paths)
        self.pictures = [name for name in self.files if PurePosixPath(name).suffix.lower() in SUFFIXES]
        self.folders = {folded(level) for name in self.files for level in PurePosixPath(name).parts[:-1]}
        self._exact = set(self.files)
        self._loose: dict[str, list[str]] = {}
        for name in self.files:
            picture = PurePosixPath(name).suffix.lower() in SUFFIXES
            paths = [PurePosixPath(reading) for reading in readings[name]]
            forms = [text for path in paths for text in (str(path), path.name)]
            if picture:
                forms += [text for path in paths for text in (str(path.with_suffix("")), path.stem)]
            for form in {folded(text) for text in forms}:
                self._loose.setdefault(form, []).append(name)

    def path(self, name: str) -> Path:
        """Where one of `files` lies."""
        return self._paths[name]

    def is_path(self, written: str) -> bool:
        """Whether a cell is one of `files` to the letter, whichever slashes it has."""
        return _slashed(written) in self._exact

    def match(self, written: str) -> str | None:
        """The file that a table's cell means; none if there is none or more than one."""
        candidates = self.candidates(written)
        return candidates[0] if len(candidates) == 1 else None

    def candidates(self, written: str) -> list[str]:
        """The files that a table's cell may mean."""
        path = _slashed(written)
        if path in self._exact:
            return [path]
        found = self._loose.get(folded(path), [])
        same_case = [name for name in found if _seen(name) == _seen(path)]
        return same_case if len(same_case) == 1 else found


def need_folder(source: Path) -> None:
    """
    Raises:
        UserError: a person's folder of photographs is none; with the command that unpacks an archive in its place.
    """
    if source.is_dir():
        return
    if not source.exists():
        raise UserError(f"There is no folder {source}. Name the folder that the photographs are in.")
    if source.suffix.lower() != ".zip":
        raise UserError(f"{source} is no folder. Name the folder that the photographs are in.")
    target = source.with_suffix("")
    command = shlex.join([".venv/bin/python", "-m", "zipfile", "-e", str(source), str(target)])
    raise UserError(f"{source} is an archive, and no folder. Unpack it with `{command}`, then name {target} instead.")


def _slashed(written: str) -> str:
    path = written.replace("\\", "/")
    while path.startswith("./"):
        path = path[2:]
    return path


def _as_path(name: str) -> str | None:
    """The path that a name with backslashes is, as archives of Windows hold them; none where it is no path inside."""
    path = name.replace("\\", "/")
    if path == name or outside(path) or ".." in path.split("/"):
        return None
    return PurePosixPath(path).as_posix()


def outside(written: str) -> bool:
    """Whether a path leaves the folder that it is relative to: absolute, a drive, an address, or climbing up."""
    path = written.replace("\\", "/")
    climbs = os.path.normpath(path).split("/")[0] == ".."
    return path.startswith(("/", "~")) or path[1:2] == ":" or "://" in path or climbs


def shared_parent(written: Sequence[str]) -> str:
    """What cells with whole paths begin with in common, up to a slash: `D:/photos/`, where another machine kept them.

    Empty where a cell has no whole path. Backslashes count as slashes.
    """
    paths = [text.replace("\\", "/") for text in written if text]
    if not paths or not all(path.startswith(("/", "file:")) or path[1:3] == ":/" for path in paths):
        return ""
    levels = zip(*(path.split("/")[:-1] for path in paths), strict=False)
    return "".join(f"{names[0]}/" for names in itertools.takewhile(lambda names: len(set(names)) == 1, levels))


def named(written: str) -> str:
    """The file name in an address, as museums' records carry them; other texts as they are."""
    if not written.startswith(("http://", "https://")):
        return written
    try:
        return unquote(urlsplit(written).path).rsplit("/", 1)[-1] or written
    except ValueError:
        return written


def folded(name: str) -> str:
    """What names share that differ in case, Unicode form, blanks and unseen characters."""
    return unicodedata.normalize("NFC", _seen(name).casefold())


def _seen(name: str) -> str:
    return unicodedata.normalize("NFC", "/".join(" ".join(cleaned(part).split()) for part in name.split("/")))


def decodable(name: str) -> bool:
    """Whether a file's name is text: names of other encodings come as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _encoding(names: Sequence[str]) -> str | None:
    """What names of other bytes than UTF-8 are in, told by all of them together; none where all are UTF-8."""
    other = [os.fsencode(name) for name in names if not decodable(name)]
    return (likeliest(b"\n".join(other))[0] or "gb18030") if other else None


def _unpacked(names: Sequence[str]) -> dict[str, list[str]]:
    """Names that a program unpacked from a ZIP archive of another country's Windows, taking their bytes for code page
    437: name -> what it says, and itself. Such names show by the lines of tables that stand among their letters."""
    raw = {}
    for name in names:
        with contextlib.suppress(UnicodeEncodeError):
            if not name.isascii():
                raw[name] = name.encode("cp437")
    if not any("\u2500" <= character <= "\u259f" for name in raw for character in name):
        return {}
    encoding = likeliest(b"\n".join(raw.values()))[0]
    found = {}
    for name, content in raw.items() if encoding else ():
        with contextlib.suppress(UnicodeDecodeError):
            found[name] = [content.decode(encoding or "utf-8"), name]
    return found


def _readings(relative: str, best: str | None) -> list[str]:
    """What a path may say, the likeliest first; always a name that UTF-8 can hold.

    Args:
        best: the encoding of the folder's other names. Some names of it are UTF-8 by chance: 瓶 in GBK reads as ƿ.
    """
    raw = os.fsencode(relative)
    by_chance = best is not None and not relative.isascii() and max(relative) < "\u0800"
    if best is None or (decodable(relative) and not (by_chance and CANDIDATES[best](raw) == 1.0)):
        return [relative]
    found = []
    for encoding in dict.fromkeys([best, *CANDIDATES]):
        with contextlib.suppress(UnicodeDecodeError):
            found.append(raw.decode(encoding))
    spelt = "".join(c if decodable(c) else f"%{ord(c) - 0xDC00:02X}" for c in relative)
    return [*found, spelt]


def readable(path: str) -> str:
    """A path as text that can be written anywhere: parts in other bytes than UTF-8 by their likeliest encoding, control
    characters spelt."""
    parts = [part if decodable(part) else _readings(part, _encoding([part]))[0] for part in path.split("/")]
    return "".join(c if c.isprintable() or c == " " else ascii(c)[1:-1] for c in "/".join(parts))


def numbered(name: str) -> Iterable[str]:
    """The name, then the name with a number before its suffix."""
    yield name
    path = PurePosixPath(name)
    for number in itertools.count(2):
        yield str(path.with_name(f"{path.stem}-{number}{path.suffix}"))


def _walk(root: Path, links: bool, passed: Passed) -> Iterable[str]:
    real = os.path.realpath(root)

    def unread(error: OSError) -> None:
        passed.unread.append(os.path.relpath(error.filename, root))

    for folder, subfolders, names in os.walk(root, onerror=unread):
        seen = []
        for name in sorted(subfolders):
            path = Path(folder) / name
            if name.startswith(".") or name.casefold() in _AIDES:
                passed.aides += sum(len(files) for _, _, files in os.walk(path))
            elif path.is_symlink():
                passed.links.append(path.relative_to(root).as_posix())
            else:
                seen.append(name)
        subfolders[:] = seen
        for name in sorted(names):
            path = Path(folder) / name
            relative = path.relative_to(root).as_posix()
            if name.startswith(".") or name.casefold() in _AIDES:
                passed.aides += 1
            elif not path.is_file():
                (passed.links if path.is_symlink() else passed.others).append(relative)
            elif not links and path.is_symlink() and not os.path.realpath(path).startswith(real + os.sep):
                passed.links.append(relative)
            else:
                yield relative


def _some(names: list[str], most: int = 3) -> str:
    return ", ".join(map(readable, names[:most])) + (f" and {len(names) - most} more" if len(names) > most else "")

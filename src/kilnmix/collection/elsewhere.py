"""Names as a table writes them -> paths of the folder of pictures: of other machines, of folders that are not there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kilnmix.collection.tables.folder import Folder, folded, named, outside, shared_parent
from kilnmix.collection.tables.listing import parts
from kilnmix.collection.tables.table import listed


class Elsewhere:
    """Finds pictures by paths from the folder, else from the table's own folder, else by bare names.

    A bare name is a guess. It counts only where its folder is not there, no other name means the same picture, and the
    cell does not list several paths.

    Attributes:
        guessed: name as the table writes it -> the picture that it is taken for.
    """

    def __init__(self, cells: Sequence[str], beside: Path, pictures: Folder) -> None:
        self._pictures = pictures
        self._beside = beside
        every = [named(part) for cell in cells for part in parts(cell) if part]
        self._common = _strange(shared_parent(every), every, pictures)
        guesses: dict[str, list[str]] = {}
        sure = set()
        for name in dict.fromkeys(name for cell in cells for name in self._names(cell)):
            picture = self._direct(name)
            if picture is not None:
                sure.add(picture)
            elif (guess := self._bare(name)) is not None:
                guesses.setdefault(guess, []).append(name)
        self.guessed = {
            names[0]: picture for picture, names in guesses.items() if len(names) == 1 and picture not in sure
        }

    def path(self, name: str) -> str:
        """The path of the folder that a name means, or what the name is without the beginning that all share."""
        written = self._stripped(name)
        return self.guessed.get(name) or self._from_table(written) or written

    def sentences(self) -> list[str]:
        """What was guessed, for the person."""
        if not self.guessed:
            return []
        some = [f"{name!r} is {picture!r}" for name, picture in self.guessed.items()]
        return [
            f"{len(some)} names are of folders that are not there; their pictures are taken by the file's name alone: "
            f"{listed(some, 3)}"
        ]

    def _names(self, cell: str) -> list[str]:
        whole = named(cell)
        return [whole] if self._direct(whole) is not None else [whole, *map(named, parts(cell))]

    def _stripped(self, name: str) -> str:
        return name.replace("\\", "/").removeprefix(self._common) if self._common else name

    def _direct(self, name: str) -> str | None:
        """The picture that a name means without a guess."""
        written = self._stripped(name)
        if not _may_be_a_path(written):
            return None
        return self._pictures.match(self._from_table(written) or written)

    def _from_table(self, written: str) -> str | None:
        """The path of the folder that a path from the table's own folder is; none where it is one as it stands."""
        if not _may_be_a_path(written) or self._pictures.candidates(written):
            return None
        path = (self._beside / written.replace("\\", "/")).resolve()
        root = self._pictures.root.resolve()
        inside = path.relative_to(root).as_posix() if path.is_relative_to(root) else ""
        return inside if self._pictures.candidates(inside) else None

    def _bare(self, name: str) -> str | None:
        written = self._stripped(name).replace("\\", "/")
        if not _may_be_a_path(written) or self._pictures.candidates(written):
            return None
        *levels, last = [level for level in written.split("/") if level not in ("", ".")] or [""]
        listed_ = any("/" in part for part in parts(written)[1:])
        if not levels or listed_ or folded(levels[-1]) in self._pictures.folders:
            return None
        return self._pictures.match(last)


def _may_be_a_path(written: str) -> bool:
    return bool(written) and not outside(written) and "\x00" not in written and len(written) <= 1000


def _strange(common: str, names: Sequence[str], folder: Folder) -> str:
    """How much of the names' common beginning is not of this folder: levels that it has stay, such as `x/` of
    `D:/photos/x/` where the folder holds `x/1.jpg`."""
    levels = common.split("/")[:-1]
    paths = [name.replace("\\", "/") for name in names]
    for count in range(len(levels)):
        beginning = "".join(f"{level}/" for level in levels[:count])
        if any(folder.match(path.removeprefix(beginning)) is not None for path in paths):
            return beginning
    return common

"""Labels that a person corrected, as a folder that `kilnmix import` takes.

labels.csv    a row a picture: image, then a column a task; empty is not known
images/       the pictures, byte for byte
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from kilnmix.collection.pictures.picture import FORMATS
from kilnmix.common import csv_files, files
from kilnmix.common.errors import UserError

TABLE, IMAGES = "labels.csv", "images"
_LONGEST = 200
"""Characters of a label."""


class Corrections:
    """The folder; requests may come from several threads.

    Args:
        tasks: names of the columns.
    """

    def __init__(self, folder: Path, tasks: Sequence[str]) -> None:
        self.folder, self.tasks = folder, tuple(tasks)
        self._turn = threading.Lock()

    def note(self, name: str, content: bytes, form: str, labels: Mapping[str, str]) -> str:
        """Keeps a picture and its labels; returns its place. Of the same picture, what was noted before is replaced.

        Args:
            name: of the file that the person chose; form: of `FORMATS`.
            labels: task -> label; an empty one is taken back, and a task that is not in keeps what was noted before.

        Raises:
            UserError: no label is set, a label is none, the table there is another one, or the folder cannot be
                written.
        """
        given = {task: self._label(task, labels[task]) for task in self.tasks if task in labels}
        if not any(given.values()):
            raise UserError("The correction holds no label, and nothing was noted. Set or confirm at least one.")
        stem = re.sub(r"[^\w.-]+", "_", PurePosixPath(name.replace("\\", "/")).stem)[:60].strip("._") or "picture"
        place = f"{IMAGES}/{stem}-{hashlib.sha256(content).hexdigest()[:8]}{FORMATS[form]}"
        with self._turn:
            rows = self._rows()
            before = next((row for row in rows if row["image"] == place), {})
            kept = {"image": place, **{task: given.get(task, before.get(task, "")) for task in self.tasks}}
            try:
                (self.folder / IMAGES).mkdir(parents=True, exist_ok=True)
                files.write(self.folder / place, content)
                table = [*(row for row in rows if row["image"] != place), kept]
                columns = ("image", *self.tasks)
                csv_files.write(self.folder / TABLE, columns, ([row[column] for column in columns] for row in table))
            except OSError as error:
                raise UserError(f"{self.folder} cannot be written: {error.strerror or error}.") from error
        return str(self.folder / place)

    def _label(self, task: str, label: str) -> str:
        text = " ".join(str(label).split())
        if len(text) > _LONGEST or not text.isprintable():
            raise UserError(f"The label of {task} is too long, or holds characters that cannot be printed.")
        return text

    def _rows(self) -> list[dict[str, str]]:
        path = self.folder / TABLE
        if not path.exists():
            return []
        try:
            rows = csv_files.read(path)
        except (OSError, ValueError) as error:
            raise UserError(f"{path} cannot be read: {error}. Nothing was noted.") from error
        if any(set(row) != {"image", *self.tasks} for row in rows):
            raise UserError(
                f"{path} has other columns than image, {', '.join(self.tasks)}: it belongs to another model. Name "
                "another folder with --corrections."
            )
        return rows

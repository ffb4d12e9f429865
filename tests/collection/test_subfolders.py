"""Pictures in subfolders, one a class; and a table among them that nobody named."""

from __future__ import annotations

from pathlib import Path

import pytest

from kilnmix.collection import subfolders
from kilnmix.collection.tables.folder import Folder
from kilnmix.common.errors import UserError


def folder(root: Path, *names: str) -> Folder:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    return Folder(root)


def read(root: Path, pictures: Folder, tasks: tuple[str, ...], with_table: tuple[str, ...] = ()) -> subfolders.Table:
    return subfolders.read(
        root, pictures, tasks, lambda task: f"import --task {task[0]}", with_table, "import {}".format
    )


def test_a_row_a_picture_with_its_folder_for_a_class(tmp_path: Path) -> None:
    given = read(tmp_path, folder(tmp_path, "bowl/1.jpg", "bowl/deep/2.jpg", "jar/1.jpg", "loose.jpg"), ("type",))
    assert given.columns == ("image", "type")
    assert given.rows == (("bowl/1.jpg", "bowl"), ("bowl/deep/2.jpg", "bowl"), ("jar/1.jpg", "jar"))
    assert given.notes == ()


def test_several_tasks_and_no_subfolders_are_sentences(tmp_path: Path) -> None:
    pictures = folder(tmp_path, "bowl/1.jpg", "bowl/2.jpg")
    with pytest.raises(UserError, match="`import --task type`"):
        read(tmp_path, pictures, ("type", "glaze"))
    with pytest.raises(UserError, match="has no subfolders with pictures, one a class"):
        read(tmp_path, pictures, ("type",))


def test_a_table_among_the_pictures_is_named_first(tmp_path: Path) -> None:
    pictures = folder(tmp_path, "bowl/1.jpg", "bowl/a.ods", "notes.txt", "目录.XLSX", "jar/1.jpg")
    assert subfolders.tables(pictures) == ["目录.XLSX", "bowl/a.ods"]
    with pytest.raises(UserError, match=r"^.* has a table among its pictures\. To read it: `import --labels it`"):
        read(tmp_path, pictures, ("type", "glaze"), ("import --labels it",))
    assert "import --labels it" in read(tmp_path, pictures, ("type",), ("import --labels it",)).notes[0]


def test_the_parts_of_a_split_are_no_classes(tmp_path: Path) -> None:
    pictures = folder(tmp_path, "Train/bowl/1.jpg", "Train/jar/1.jpg", "test/bowl/2.jpg", "val/jar/3.jpg")
    with pytest.raises(UserError, match=r"are Train, test, val: the parts of a split.* Or take one.*`import Train`\."):
        read(tmp_path, pictures, ("type",))
    with pytest.raises(UserError, match=r"into one\.$"):
        read(tmp_path / "b", folder(tmp_path / "b", "train/1.jpg", "test/2.jpg"), ("type",))
    assert len(read(tmp_path / "c", folder(tmp_path / "c", "test/1.jpg", "jar/2.jpg"), ("type",))) == 2


def test_classes_below_a_folder_between_are_named_with_their_command(tmp_path: Path) -> None:
    pictures = folder(tmp_path, "photos/all/bowl/1.jpg", "photos/all/jar/2.jpg", "loose.jpg")
    with pytest.raises(UserError, match="one a class, but photos/all has: `import photos/all`"):
        read(tmp_path, pictures, ("type",))

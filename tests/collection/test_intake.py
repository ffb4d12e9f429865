import csv
import shutil
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo

from kilnmix.collection import intake, versioning
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings
from tests.collection.conftest import draw, picture


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the test works in."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def here(settings: CollectionSettings) -> CollectionSettings:
    return settings.model_copy(update={"folder": Path("data")})


def bring(folder: Path, table: Path | None, settings: CollectionSettings) -> intake.Imported:
    return intake.carry_out(intake.plan(intake.Source(folder, table), settings))


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_pictures_and_table_come_in(project: Path, here: CollectionSettings, tmp_path: Path) -> None:
    rows = draw(tmp_path / "mine", header=("图片", "文物号", "年代", "器型"))
    imported = bring(tmp_path / "mine", tmp_path / "mine" / "labels.csv", here)
    assert read(Path("data/labels.csv")) == [["image", "object_id", "dynasty", "type"], *rows]
    for row in rows:
        assert (Path("data") / row[0]).read_bytes() == (tmp_path / "mine" / row[0]).read_bytes()
    assert Path("data/original/labels.csv").read_bytes() == (tmp_path / "mine" / "labels.csv").read_bytes()
    assert (imported.rows, imported.matched, imported.pictures) == (75, 75, 75)
    assert imported.sentence == "75 pictures and 75 rows are now in data"
    assert not imported.tracked


@pytest.mark.parametrize("folder", ["mine", "mine/images"])
def test_a_table_elsewhere_and_other_ways_of_writing(
    project: Path, here: CollectionSettings, tmp_path: Path, folder: str
) -> None:
    draw(tmp_path / "mine")
    lines = read(tmp_path / "mine" / "labels.csv")
    for line in lines[1:]:
        line[0] = line[0].replace("/", "\\").upper()
    table = tmp_path / "mine" / "表.csv"
    table.write_bytes("\n".join(",".join(line) for line in lines).encode("gbk"))
    imported = bring(tmp_path / folder, table, here)
    assert imported.matched == 75
    assert read(Path("data/labels.csv"))[1][0] == "images/000-0.png"


def test_rows_without_a_picture_and_further_columns_are_kept(
    project: Path, here: CollectionSettings, tmp_path: Path
) -> None:
    draw(tmp_path / "mine")
    lines = read(tmp_path / "mine" / "labels.csv")
    lines.append(["gone.png", "x", "宋", "碗"])
    lines = [[*line, text] for line, text in zip(lines, ["note", *["n"] * len(lines)], strict=False)]
    (tmp_path / "t.csv").write_text("\n".join(",".join(line) for line in lines), encoding="utf-8-sig")
    imported = bring(tmp_path / "mine", tmp_path / "t.csv", here)
    assert (imported.rows, imported.matched) == (76, 75)
    assert "1 row names no picture" in imported.sentence
    assert read(Path("data/labels.csv"))[-1] == ["gone.png", "x", "宋", "碗", "n"]
    assert read(Path("data/labels.csv"))[0] == ["image", "object_id", "dynasty", "type", "note"]


def test_a_folder_a_class(project: Path, here: CollectionSettings, tmp_path: Path) -> None:
    for number, kind in enumerate(["bowl", "jar"] * 5):
        (tmp_path / "tree" / kind).mkdir(parents=True, exist_ok=True)
        picture(number).save(tmp_path / "tree" / kind / f"{number}.png")
    with pytest.raises(UserError, match="--task"):
        bring(tmp_path / "tree", None, here)
    bring(tmp_path / "tree", None, here.model_copy(update={"tasks": ("type",)}))
    assert read(Path("data/labels.csv"))[:2] == [["image", "type"], ["images/bowl/0.png", "bowl"]]
    with pytest.raises(UserError, match="no subfolders"):
        bring(tmp_path / "tree" / "bowl", None, here.model_copy(update={"tasks": ("type",)}))


def test_what_was_there_is_kept(project: Path, here: CollectionSettings, tmp_path: Path) -> None:
    draw(tmp_path / "mine")
    Path("data").mkdir()
    Path("data/precious.txt").write_text("kept")
    imported = bring(tmp_path / "mine", tmp_path / "mine" / "labels.csv", here)
    assert imported.kept_old is not None
    assert (imported.kept_old / "precious.txt").read_text() == "kept"
    assert not Path("data/precious.txt").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: folder / "none", "no folder"),
        (lambda folder: folder.parent / "project", "contains"),
        (lambda folder: folder / "empty", "holds no pictures"),
    ],
)
def test_folders_that_will_not_do(
    project: Path, here: CollectionSettings, tmp_path: Path, change: object, said: str
) -> None:
    draw(tmp_path / "mine")
    (tmp_path / "mine" / "empty").mkdir()
    with pytest.raises(UserError, match=said):
        bring(change(tmp_path / "mine"), tmp_path / "mine" / "labels.csv", here)  # type: ignore[operator]
    assert list(project.iterdir()) == []


def test_a_table_that_will_not_do_changes_nothing(project: Path, here: CollectionSettings, tmp_path: Path) -> None:
    draw(tmp_path / "mine", header=("image", "object_id", "dynasty", "shape of it"))
    with pytest.raises(UserError, match="type has no column"):
        bring(tmp_path / "mine", tmp_path / "mine" / "labels.csv", here)
    text = (tmp_path / "mine" / "labels.csv").read_text(encoding="utf-8")
    (tmp_path / "other.csv").write_text(text.replace("shape of it", "type").replace("碗", "喵"), encoding="utf-8")
    with pytest.raises(UserError, match="喵"):
        bring(tmp_path / "mine", tmp_path / "other.csv", here)
    (tmp_path / "third.csv").write_text("image,dynasty,type\nx.png,宋,碗\ny.png,明,jar\n", encoding="utf-8")
    with pytest.raises(UserError, match="No row"):
        bring(tmp_path / "mine", tmp_path / "third.csv", here)
    assert list(project.iterdir()) == []


def test_a_command_that_leaves_terms_out_names_the_tasks_that_have_a_column(
    project: Path, here: CollectionSettings, tmp_path: Path
) -> None:
    draw(tmp_path / "mine", header=("image", "object_id", "dynasty", "shape of it"))
    table = tmp_path / "mine" / "labels.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("宋", "喵"), encoding="utf-8")
    with pytest.raises(UserError) as refused:
        bring(tmp_path / "mine", table, here)
    said = str(refused.value)
    assert "--task dynasty --unresolved leave-out`" in said and "--task type" not in said
    # What is wrong with the other task is told in the same run.
    assert "The task type has no column in labels.csv." in said
    assert "or take type out of collection.tasks; the commands above leave it out.\n\nWhat was understood" in said


def test_dvc_knows_the_new_folder_and_not_the_embedded_remote(
    project: Path, here: CollectionSettings, tmp_path: Path
) -> None:
    repository = Repo.init(no_scm=True)
    draw(Path("data"), objects=4)
    repository.add("data")
    pointer = yaml.safe_load(Path("data.dvc").read_text())
    pointer["outs"][0]["remote"] = "embedded"
    Path("data.dvc").write_text(yaml.safe_dump(pointer))
    assert versioning.holds(Path("data"))
    draw(tmp_path / "mine")
    imported = bring(tmp_path / "mine", tmp_path / "mine" / "labels.csv", here)
    assert imported.kept_old is None
    assert imported.tracked
    after = yaml.safe_load(Path("data.dvc").read_text())["outs"][0]
    assert "remote" not in after
    assert after["nfiles"] == 77
    assert repository.status() == {}
    (Path("data") / "images" / "000-0.png").unlink()
    assert versioning.holds(Path("data"))
    (Path("data") / "new.png").write_bytes(b"new")
    assert not versioning.holds(Path("data"))


@pytest.mark.parametrize("before", ["D:\\照片\\", "file:///C:/mine/", "/Users/me/mine/", "\\\\nas\\share\\"])
def test_whole_paths_of_another_machine(project: Path, here: CollectionSettings, tmp_path: Path, before: str) -> None:
    rows = draw(tmp_path / "mine")
    table = tmp_path / "labels.csv"
    lines = [["image", "object_id", "dynasty", "type"], *([before + row[0], *row[1:]] for row in rows)]
    table.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    imported = bring(tmp_path / "mine", table, here)
    assert (imported.matched, imported.rows) == (75, 75)
    assert [line[0] for line in read(Path("data/labels.csv"))[1:]] == [row[0] for row in rows]


def test_whole_paths_keep_the_folders_that_there_are(project: Path, here: CollectionSettings, tmp_path: Path) -> None:
    # All rows are of the folder x; another one holds a picture of each name, and x lacks the last.
    rows = draw(tmp_path / "mine" / "x")
    shutil.copytree(tmp_path / "mine" / "x", tmp_path / "mine" / "y")
    (tmp_path / "mine" / "x" / rows[-1][0]).unlink()
    table = tmp_path / "labels.csv"
    lines = [["image", "object_id", "dynasty", "type"], *([f"D:\\photos\\x\\{row[0]}", *row[1:]] for row in rows)]
    table.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    planned = intake.plan(intake.Source(tmp_path / "mine", table), here)
    assert {row.image.split("/")[0] for row in planned.listed.rows} == {"x"}
    assert len(planned.listed.rows) == len(rows) - 1
    assert [item.reason for item in planned.listed.rejected] == ["missing-file"]


def test_a_disk_at_the_data_folder_is_a_sentence(
    project: Path, here: CollectionSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(tmp_path / "mine")
    Path("data").mkdir()
    (Path("data") / "mine.txt").write_text("kept")
    replace = Path.replace

    def busy(path: Path, target: Path) -> Path:
        if path.name == "data":
            raise OSError(16, "Device or resource busy", str(path))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", busy)
    with pytest.raises(UserError, match=r"a disk is mounted there; nothing was changed.*collection\.folder="):
        bring(tmp_path / "mine", tmp_path / "mine" / "labels.csv", here)
    assert [path.name for path in Path("data").iterdir()] == ["mine.txt"]
    assert [path.name for path in Path().iterdir() if path.name.startswith(".data")] == []


def test_a_row_out_of_line_asks_for_no_terms(project: Path, here: CollectionSettings, tmp_path: Path) -> None:
    rows = draw(tmp_path / "mine")
    lines = [["image", "object_id", "dynasty", "type"], *(list(row) for row in rows)]
    lines[4] = [*lines[4][:2], "an address, with a comma", *lines[4][2:]]
    table = tmp_path / "labels.csv"
    table.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    planned = intake.plan(intake.Source(tmp_path / "mine", table), here)
    assert "left out: 1 misaligned-row (line 5: " in planned.account
    assert len(planned.listed.rows) == 74

import csv
from pathlib import Path

import pytest

from kilnmix.classifier.app.corrections import Corrections
from kilnmix.common.errors import UserError

TASKS = ("glaze", "type")


def rows(folder: Path) -> list[list[str]]:
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_a_corrected_picture_is_a_row_and_a_file(tmp_path: Path) -> None:
    made = Corrections(tmp_path / "corrections", TASKS)
    place = made.note("C:\\photos\\ewer 1.JPG", b"one", "JPEG", {"glaze": " qingbai ", "type": ""})
    assert Path(place).read_bytes() == b"one"
    made.note("other.png", b"two", "PNG", {"glaze": "=1+1"})
    # The same picture again: its labels are replaced.
    assert made.note("C:\\photos\\ewer 1.JPG", b"one", "JPEG", {"glaze": "qingbai", "type": "ewer"}) == place
    assert rows(tmp_path / "corrections") == [
        ["image", "glaze", "type"],
        ["images/other-3fc4ccfe.png", "'=1+1", ""],
        ["images/ewer_1-7692c3ad.jpg", "qingbai", "ewer"],
    ]


def test_what_is_not_sent_stays_and_what_is_sent_empty_goes(tmp_path: Path) -> None:
    made = Corrections(tmp_path, TASKS)
    made.note("a.png", b"one", "PNG", {"glaze": "qingbai", "type": "ewer"})
    made.note("a.png", b"one", "PNG", {"type": "bowl"})
    assert rows(tmp_path)[1][1:] == ["qingbai", "bowl"]
    made.note("a.png", b"one", "PNG", {"glaze": "", "type": "dish"})
    assert rows(tmp_path)[1][1:] == ["", "dish"]


@pytest.mark.parametrize("labels", [{}, {"glaze": " ", "type": ""}, {"kiln": "ding"}])
def test_a_correction_without_a_label_changes_nothing(tmp_path: Path, labels: dict[str, str]) -> None:
    made = Corrections(tmp_path, TASKS)
    made.note("a.png", b"one", "PNG", {"glaze": "qingbai"})
    before = (tmp_path / "labels.csv").read_bytes()
    with pytest.raises(UserError, match=r"holds no label, and nothing was noted"):
        made.note("a.png", b"one", "PNG", labels)
    with pytest.raises(UserError, match="holds no label"):
        made.note("b.png", b"two", "PNG", labels)
    assert (tmp_path / "labels.csv").read_bytes() == before
    assert len(list((tmp_path / "images").iterdir())) == 1


def test_a_table_that_a_spreadsheet_saved_is_taken(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(b"\xef\xbb\xbfimage,glaze,type\r\nx.png,ding,\r\n")
    Corrections(tmp_path, TASKS).note("a.png", b"one", "PNG", {"type": "ewer"})
    assert rows(tmp_path) == [["image", "glaze", "type"], ["x.png", "ding", ""], ["images/a-7692c3ad.png", "", "ewer"]]


def test_a_short_row_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("image,glaze,type\nx.png,ding\n")
    with pytest.raises(UserError, match=r"labels\.csv: line 2 has 2 cells instead of 3"):
        Corrections(tmp_path, TASKS).note("a.png", b"one", "PNG", {"type": "ewer"})
    assert (tmp_path / "labels.csv").read_text() == "image,glaze,type\nx.png,ding\n"


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "", "/", "a" * 300, "图.jpg"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    place = Path(Corrections(tmp_path / "corrections", TASKS).note(name, b"one", "PNG", {"type": "ewer"}))
    assert place.parent == tmp_path / "corrections" / "images"
    assert len(place.name) < 90


def test_what_cannot_be_noted_is_a_sentence(tmp_path: Path) -> None:
    made = Corrections(tmp_path, TASKS)
    for label in ("x" * 201, "a\x00b"):
        with pytest.raises(UserError, match="label of glaze"):
            made.note("a.png", b"one", "PNG", {"glaze": label})
    (tmp_path / "labels.csv").write_text("image,dynasty\nx.png,song\n")
    with pytest.raises(UserError, match="other columns"):
        made.note("a.png", b"one", "PNG", {"type": "ewer"})
    assert (tmp_path / "labels.csv").read_text() == "image,dynasty\nx.png,song\n"

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


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "", "/", "a" * 300, "图.jpg"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    place = Path(Corrections(tmp_path / "corrections", TASKS).note(name, b"one", "PNG", {}))
    assert place.parent == tmp_path / "corrections" / "images"
    assert len(place.name) < 90


def test_what_cannot_be_noted_is_a_sentence(tmp_path: Path) -> None:
    made = Corrections(tmp_path, TASKS)
    for label in ("x" * 201, "a\x00b"):
        with pytest.raises(UserError, match="label of glaze"):
            made.note("a.png", b"one", "PNG", {"glaze": label})
    (tmp_path / "labels.csv").write_text("image,dynasty\nx.png,song\n")
    with pytest.raises(UserError, match="other columns"):
        made.note("a.png", b"one", "PNG", {})
    assert (tmp_path / "labels.csv").read_text() == "image,dynasty\nx.png,song\n"

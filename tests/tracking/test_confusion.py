from xml.etree import ElementTree

from kilnmix.tracking import confusion

COUNTS = [[3, 1], [0, 2]]


def test_a_row_is_a_label_and_a_column_an_answer() -> None:
    assert confusion.table(["celadon", "=white"], COUNTS) == "label,celadon,'=white\nceladon,3,1\n'=white,0,2\n"


def test_the_drawing_shows_every_count_and_its_share_of_the_label() -> None:
    picture = ElementTree.fromstring(confusion.drawing(confusion.table(["<a>", "=b"], COUNTS)))
    space = "{http://www.w3.org/2000/svg}"
    written = [text.text for text in picture.iter(f"{space}text")]
    assert {"<a>", "=b", "3", "1", "2"} <= set(written)
    assert "0" not in written
    shares = [cell.get("fill-opacity") for cell in picture.iter(f"{space}rect") if cell.get("fill-opacity")]
    assert shares == ["0.750", "0.250", "1.000"]


def test_long_names_are_cut() -> None:
    assert f">{'x' * 23}…<" in confusion.drawing(confusion.table(["x" * 40], [[1]]))

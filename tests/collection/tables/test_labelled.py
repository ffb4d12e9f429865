from pathlib import Path

from kilnmix.collection.tables import labelled
from kilnmix.collection.vocabulary import vocabulary
from kilnmix.config import Columns
from tests.collection.conftest import REPOSITORY


def test_the_header_is_looked_for_among_the_headings_of_the_tasks(tmp_path: Path) -> None:
    """The title line is as wide as the header; only names that the settings and the vocabulary know tell them apart."""
    path = tmp_path / "labels.csv"
    path.write_text("Register,of,2020\nimage,dynasty,state\na.jpg,Ming,worn\n")
    wanted = Columns(
        image="image", object="object_id", source=None, confidence=None, title=None, caption=None, tasks={}
    )
    words = vocabulary.load(REPOSITORY / "conf" / "vocabulary.yaml")
    table, found = labelled.read(path, wanted, ("dynasty",), words)
    assert (table.columns, table.lines) == (("image", "dynasty", "state"), (3,))
    assert found.uses() == {"image": "image", "dynasty": "dynasty"}

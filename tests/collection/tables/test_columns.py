"""Which column says what, on small tables with the repository's vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kilnmix.collection.tables import columns
from kilnmix.collection.tables.table import Table
from kilnmix.collection.vocabulary import vocabulary
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from kilnmix.common.errors import UserError
from kilnmix.config import Columns
from tests.collection.conftest import REPOSITORY

WANTED = Columns(image="image", object="object_id", source=None, confidence=None, title=None, caption=None, tasks={})


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return vocabulary.load(REPOSITORY / "conf" / "vocabulary.yaml")


def table(header: str, *rows: str) -> Table:
    cells = tuple(tuple(row.split(",")) for row in rows)
    return Table(Path("t.csv"), tuple(header.split(",")), cells, tuple(range(2, len(rows) + 2)), "utf-8", {})


def test_columns_by_the_names_of_registers(words: Vocabulary) -> None:
    given = table("文件名,藏品编号,朝代（Dynasty）,Type,note", "a.jpg,1,明,bowl,x", "b.jpg,2,清,jar,y")
    found = columns.find(given, WANTED, ("dynasty", "type", "kiln"), words)
    assert (found.image, found.object, found.source) == ("文件名", "藏品编号", None)
    assert found.tasks == {"dynasty": "朝代（Dynasty）", "type": "Type"}
    assert found.uses() == {"image": "文件名", "object": "藏品编号", "dynasty": "朝代（Dynasty）", "type": "Type"}


def test_the_settings_name_a_column(words: Vocabulary) -> None:
    given = table("image,dynasty,period2", "a.jpg,明,清")
    wanted = WANTED.model_copy(update={"tasks": {"dynasty": "period2"}})
    assert columns.find(given, wanted, ("dynasty",), words).tasks == {"dynasty": "period2"}
    wrong = WANTED.model_copy(update={"tasks": {"dynasty": "era"}})
    with pytest.raises(UserError, match=r"no column 'era', which .* names for the task dynasty"):
        columns.find(given, wrong, ("dynasty",), words)


def test_a_column_that_says_more_than_twice_as_much_is_taken(words: Vocabulary) -> None:
    given = table("dynasty,period,image", ",明,a", ",清,b", ",明,c", "明,,d")
    found = columns.find(given, WANTED, ("dynasty",), words)
    assert found.tasks == {"dynasty": "period"}
    assert found.notes == ("dynasty is taken from 'period' ('dynasty' says less); 'dynasty' could serve too",)


def test_doubt_stands_in_a_column_beside_the_tasks(words: Vocabulary) -> None:
    given = table("image,dynasty,dynasty_sure", "a,明,0", "b,清,1")
    assert columns.find(given, WANTED, ("dynasty",), words).sure == {"dynasty": "dynasty_sure"}


def test_a_table_without_pictures_is_refused(words: Vocabulary) -> None:
    given = table("dynasty,type", "明,bowl")
    with pytest.raises(UserError, match=r"no column 'image'.*Its columns are: dynasty, type"):
        columns.need_image(columns.find(given, WANTED, ("dynasty",), words), given, WANTED)


def test_headings_that_are_known(known: Callable[[str], bool]) -> None:
    assert known("Dynasty / 朝代") and known("图片")
    assert not known("Register of 2020") and not known("image" * 20)


def test_share_of_entries_that_the_vocabulary_has(words: Vocabulary) -> None:
    # Of four different entries one says nothing; of the other three two are known.
    assert columns.known(words.field("dynasty"), ["明", "明", "unknown", "Song", "blue paint"]) == pytest.approx(2 / 3)
    assert columns.known(words.field("dynasty"), ["", "-"]) == 0.0


def test_a_hidden_column_serves_only_where_no_other_does(words: Vocabulary) -> None:
    given = table("image,dynasty,dynasty (revised)", "a,明,清", "b,明,清", "c,明,", "d,明,")
    shown = columns.find(given, WANTED, ("dynasty",), words)
    assert shown.tasks == {"dynasty": "dynasty"}
    hidden = replace(given, hidden=frozenset(["dynasty"]))
    found = columns.find(hidden, WANTED, ("dynasty",), words)
    assert found.tasks == {"dynasty": "dynasty (revised)"}
    assert found.notes == (
        "dynasty is taken from 'dynasty (revised)' ('dynasty' is hidden); 'dynasty' could serve too",
    )
    alone = replace(table("image,dynasty", "a,明"), hidden=frozenset(["dynasty"]))
    assert columns.find(alone, WANTED, ("dynasty",), words).tasks == {"dynasty": "dynasty"}


def test_a_column_of_placeholders_says_nothing(words: Vocabulary) -> None:
    given = table("image,object_id,Accession Number", "a,n/a,k1", "b,N/A,k1", "c,--,k2", "d,?,")
    assert columns.find(given, WANTED, (), words).object == "Accession Number"

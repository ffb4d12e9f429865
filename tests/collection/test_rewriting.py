"""The table as an import writes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kilnmix.collection import rewriting
from kilnmix.collection.tables.columns import Found
from kilnmix.collection.tables.listing import Listing, Rejection, Row
from kilnmix.collection.tables.table import Table
from kilnmix.config import Columns

WANTED = Columns(
    image="image", object="object_id", source="source", confidence="checked", title="title", caption="caption", tasks={}
)


def table(header: str, *rows: str) -> Table:
    cells = tuple(tuple(row.split(",")) for row in rows)
    return Table(Path("t.csv"), tuple(header.split(",")), cells, tuple(range(2, len(rows) + 2)), "utf-8", {})


def found(tasks: Mapping[str, str], **more: Any) -> Found:
    return Found(
        **{"image": "image", "object": None, "source": None, "confidence": None, "title": None, **more}, tasks=tasks
    )


@pytest.mark.parametrize(
    ("header", "uses", "told", "expected"),
    [
        # What serves one purpose gets the purpose's name.
        ("image,Zeit,Nr", found({"dynasty": "Zeit"}, object="Nr"), {}, "image,dynasty,object_id"),
        # The person's word for a task's column stays, since the settings hold it.
        ("image,Period", found({"dynasty": "Period"}), {"tasks": {"dynasty": "Period"}}, "image,Period"),
        ("image,Text", found({}, caption="Text"), {"caption": "Text"}, "image,Text"),
        # One column for two tasks, for a task and a purpose, or one that fields share.
        ("image,type", found({"a": "type", "b": "type"}), {"tasks": {"a": "type", "b": "type"}}, "image,type"),
        ("image,source", found({"museum": "source"}, source="source"), {"tasks": {"museum": "source"}}, "image,source"),
        ("image,分类", found({"glaze": "分类"}, shared=frozenset(["glaze"])), {}, "image,分类"),
        # No heading twice.
        (
            "image,dynasty,original dynasty,Period",
            found({"dynasty": "Period"}),
            {},
            "image,original dynasty 2,original dynasty,dynasty",
        ),
        ("image,type,kind", found({"type": "kind"}, title="type"), {}, "image,title,type"),
        ("image,x,sure", found({"type": "x"}, sure={"type": "sure"}), {}, "image,type,type_sure"),
    ],
)  # fmt: skip
def test_headings_by_which_the_settings_find_them_again(
    header: str, uses: Found, told: dict[str, Any], expected: str
) -> None:
    wanted = WANTED.model_copy(update=told)
    assert rewriting.header(table(header, ",".join("x" * (header.count(",") + 1))), uses, wanted) == expected.split(",")


def row(line: int, image: str, object_: str) -> Row:
    return Row(line, image, object_, "", "", "", {}, place=line - 2)


def test_a_row_for_each_picture_and_every_row_that_has_none() -> None:
    given = table("image,Nr,x", "a; b,unknown,1", "gone,7,2", "c,8,3", "C,9,4", "c,10,5")
    listed = Listing(
        rows=[row(2, "a.png", "line 2"), row(2, "b.png", "line 2"), row(4, "c.png", "8")],
        rejected=[
            Rejection(3, "gone", "missing-file", ""),
            Rejection(5, "c.png", "listed-twice", "", "C"),
            Rejection(6, "c.png", "listed-twice", ""),
        ],
    )
    targets = {name: f"images/{name}" for name in ("a.png", "b.png", "c.png")}
    header, lines = rewriting.rewritten(given, found({}, object="Nr"), WANTED, listed, targets)
    assert header == ["image", "object_id", "x"]
    assert lines == [
        ["images/a.png", "line 2", "1"],
        ["images/b.png", "line 2", "1"],
        ["gone", "7", "2"],
        ["images/c.png", "8", "3"],
        ["C", "9", "4"],
        ["images/c.png", "10", "5"],
    ]


def test_several_pictures_of_a_table_without_object_numbers() -> None:
    given = table("image,x", "a; b,1", "c,2")
    listed = Listing(rows=[row(2, "a.png", "line 2"), row(2, "b.png", "line 2"), row(3, "c.png", "")])
    header, lines = rewriting.rewritten(given, found({}), WANTED, listed, {n: n for n in ("a.png", "b.png", "c.png")})
    assert header == ["image", "x", "object_id"]
    assert lines == [["a.png", "1", "line 2"], ["b.png", "1", "line 2"], ["c.png", "2", ""]]

from pathlib import Path

from kilnmix.collection.tables.table import Table, listed


def test_a_column_by_name() -> None:
    table = Table(Path("t.csv"), ("image", "type"), (("a", "bowl"), ("b", "")), (2, 3), "utf-8", {})
    assert (len(table), table.column("type")) == (2, ["bowl", ""])


def test_long_lists_are_cut_short() -> None:
    assert listed("abcd", 4) == "a, b, c, d"
    assert listed(iter("abcde"), 3) == "a, b, c and 2 more"

from kilnmix.report.tables.table import Cell, Table, cells


def test_a_table_without_rows_is_false() -> None:
    head = cells("a", "b")
    assert head == (Cell("a"), Cell("b"))
    assert not Table(head, ()) and Table(head, (cells("1", "2"),))

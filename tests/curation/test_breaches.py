import csv
from pathlib import Path

import numpy as np

from kilnmix.collection.prepared import Prepared, Task
from kilnmix.collection.rules import Rule, Rules, Years
from kilnmix.curation import breaches
from kilnmix.curation.pages import doubts as pages

TASKS = (
    Task("dynasty", ("tang", "ming", "qing"), {}),
    Task("glaze", ("blue", "white"), {}),
)
NOT_BEFORE = Rule("not-before-ming", {1: frozenset([0])}, {0: frozenset([1, 2])}, "never", "A, <B>, 1999")
LATE = Years(1700, 10**6, {"ming": (1368, 1644), "qing": (1644, 1911), "shunzhi": (1644, 1661)}, frozenset())
RARE = Rule("late", {1: frozenset([1])}, {0: frozenset([2])}, "seldom", "C, D, 2001", {0: LATE})


def collection(folder: Path) -> Prepared:
    np.save(folder / "pixels.npy", np.zeros((5, 8, 8, 3), np.uint8))
    lines = [
        "id,dynasty,dynasty_finer,glaze,glaze_finer",
        *(f"{row}.png,,{'shunzhi' * (row == 4)},," for row in range(5)),
    ]
    (folder / "terms.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    labels = {"dynasty": np.array([0, 2, -1, 1, 2]), "glaze": np.array([0, 1, 0, 1, 1])}
    ids = np.array([f"{row}.png" for row in range(5)])
    return Prepared(folder, TASKS, ids, np.arange(5), labels, {}, np.full(5, ""))


def test_breaches_by_classes_and_by_a_reigns_years(tmp_path: Path) -> None:
    found = breaches.find(collection(tmp_path), Rules((RARE, NOT_BEFORE)))
    assert [(each.photograph, each.rule.name, each.labels, each.finer) for each in found] == [
        ("0.png", "not-before-ming", (("glaze", "blue"), ("dynasty", "tang")), ()),
        ("3.png", "late", (("glaze", "white"), ("dynasty", "ming")), ()),
        ("4.png", "late", (("glaze", "white"), ("dynasty", "qing")), (("dynasty", "shunzhi"),)),
    ]


def test_breaches_are_a_table_and_a_part_of_the_page(tmp_path: Path) -> None:
    prepared = collection(tmp_path)
    pages.write(tmp_path, prepared, [], breaches.find(prepared, Rules((RARE, NOT_BEFORE))))
    with (tmp_path / "breaches.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[1] == ["0.png", "not-before-ming", "never", "glaze=blue dynasty=tang", "A, <B>, 1999"]
    assert rows[3][3] == "glaze=white dynasty=qing (shunzhi)"
    page = (tmp_path / "doubts.html").read_text(encoding="utf-8")
    assert "Labels that break a rule: 3" in page and "A, &lt;B&gt;, 1999" in page and "should not occur" in page
    pages.write(tmp_path, prepared, [])
    assert "不合规则" not in (tmp_path / "doubts.zh.html").read_text(encoding="utf-8")


def test_how_many_rules_can_apply_is_told_where_there_are_rules() -> None:
    assert breaches.counted(0, Rules()) == ""
    assert breaches.counted(0, Rules((), 46)) == "none of the 46 rules can apply here"
    assert breaches.counted(2, Rules((RARE, NOT_BEFORE), 1)) == "2 breaches of 2 rules of 3 that can apply here"


def test_without_rules_no_table_of_terms_is_read(tmp_path: Path) -> None:
    prepared = collection(tmp_path)
    (tmp_path / "terms.csv").unlink()
    assert breaches.find(prepared, Rules()) == []

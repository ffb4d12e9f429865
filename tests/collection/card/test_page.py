"""The data card's page, read back by the standard library's HTML parser."""

from __future__ import annotations

import dataclasses
from html.parser import HTMLParser
from pathlib import Path

import numpy as np

from kilnmix.collection.card import page
from kilnmix.collection.cleaning import Conflict
from kilnmix.collection.prepared import Prepared, Task
from kilnmix.collection.tables.listing import Rejection
from kilnmix.common.pages.wording import load
from tests.collection.card.test_card import CARD

EN, ZH = (load("kilnmix.collection.card", language) for language in ("en", "zh"))
TASK = Task("type", ("vase", "<b>"), {"vase": "vase", "<b>": "b"}, {"vase": "瓶"})


class Read(HTMLParser):
    """What a page shows, and its tags."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text, self.tags, self.sources = "", [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "img":
            self.sources.append(dict(attrs).get("src") or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def collection(folder: Path, size: int = 30) -> Prepared:
    """Photographs two by two of one object, all vases but the last."""
    np.save(folder / "pixels.npy", np.arange(size, dtype=np.uint8)[:, None, None, None] * np.ones((8, 8, 3), np.uint8))
    labels = np.zeros(size, np.int64)
    labels[-1] = 1
    ids = np.array([f"{n}.jpg" for n in range(size)])
    objects = np.arange(size) // 2
    parts = {0: np.array(["train"] * size)}
    return Prepared(folder, (TASK,), ids, objects, {"type": labels}, parts, np.array([""] * size))


def test_a_sheet_shows_twelve_different_objects(tmp_path: Path) -> None:
    given = collection(tmp_path)
    found = page.sheets(given)["type"]
    names = [thumbnail.name for thumbnail in found["vase"]]
    assert len(names) == page.ON_A_SHEET
    assert len({int(name.removesuffix(".jpg")) // 2 for name in names}) == page.ON_A_SHEET
    assert [thumbnail.name for thumbnail in found["<b>"]] == ["29.jpg"]
    assert page.sheets(given) == page.sheets(collection(tmp_path))


def test_pairs_side_by_side() -> None:
    conflict = Conflict("a", "b", "type", ("vase", "bowl"), 0.97)
    near = [("a", "b", 0.99), ("c", "d", 0.94), ("e", "f", 0.97)]
    asked: list[str] = []

    def pixels(name: str) -> np.ndarray:
        asked.append(name)
        return np.zeros((8, 8, 3), np.uint8)

    contradicting, least = page.twins([conflict], near, pixels, most=2)
    assert [(twin.first.name, twin.caption(EN)) for twin in least] == [("c", "0.940"), ("e", "0.970")]
    assert contradicting[0].second.name == "b"
    assert "vase" in contradicting[0].caption(ZH) and "bowl" in contradicting[0].caption(ZH)
    assert sorted(asked) == sorted(set(asked))


def test_a_class_in_the_pages_language() -> None:
    assert (page.label(TASK, "vase", EN), page.label(TASK, "vase", ZH)) == ("vase", "瓶 vase")
    assert page.label(TASK, "<b>", ZH) == "<b>"


def test_the_page_is_whole_and_escapes_names(tmp_path: Path) -> None:
    given = collection(tmp_path)
    parts = {"0": {"train": 30, "val": 0, "test": 0}}
    card = dataclasses.replace(CARD, classes={"type": {}}, parts=parts, cautions=(), conflicts=())
    rejected = [Rejection(3, "<script>.jpg", "damaged", "cut short")]
    page.write(tmp_path, card, given, rejected, [], [])
    for name, other in (("datacard.html", "中文"), ("datacard.zh.html", "English")):
        read = Read(tmp_path / name)
        assert other in read.text
        assert "script" not in read.tags and "<script>.jpg" in read.text
        assert len(read.sources) == 13 and all(source.startswith("data:image/") for source in read.sources)

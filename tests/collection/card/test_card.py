from __future__ import annotations

import json
from pathlib import Path

import pytest

from kilnmix.collection.card import card
from kilnmix.collection.card.card import Association, Caution, ClassCounts, DataCard, DuplicateCounts, TaskLabels
from kilnmix.collection.cleaning import Conflict
from kilnmix.common.errors import UserError

CARD = DataCard(
    rows=6,
    kept=4,
    objects=3,
    rejected={"damaged": 2},
    pictures_without_row=1,
    labels={"type": TaskLabels(3, 2, 1, 0)},
    classes={"type": {"vase": ClassCounts(2, 1, {"long": 1}, {"0": {"train": 1}})}},
    parts={"0": {"train": 2}},
    duplicates=DuplicateCounts(1, 2, 3, 4),
    conflicts=(Conflict("a", "b", "type", ("vase", "bowl"), 0.97),),
    associations=(Association("type", "source", 40, 0.7, 0.9, 0.5),),
    cautions=(Caution("missing", "type", {"share": 0.6}),),
)


def test_a_card_comes_back_from_its_file(tmp_path: Path) -> None:
    CARD.write(tmp_path / "card.json")
    assert card.load(tmp_path / "card.json") == CARD
    written = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))
    assert written["associations"] == [
        {"task": "type", "with": "source", "objects": 40, "cramers_v": 0.7, "told": 0.9, "base": 0.5}
    ]
    assert card.load(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": 1}, "schema 1 instead of 2"),
        ({"duplicates": {}}, "TypeError"),
        ({"labels": []}, "AttributeError"),
        ({"rows": "many"}, "invalid literal"),
    ],
)
def test_another_form_is_a_sentence(tmp_path: Path, change: dict[str, object], said: str) -> None:
    (tmp_path / "card.json").write_text(json.dumps(CARD.to_json() | change), encoding="utf-8")
    with pytest.raises(UserError, match=rf"is no data card \(.*{said}.*dvc repro --force prepare"):
        card.load(tmp_path / "card.json")
    (tmp_path / "card.json").write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="is no data card"):
        card.load(tmp_path / "card.json")

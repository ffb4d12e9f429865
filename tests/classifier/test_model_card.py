"""model.json: read whole, or refused in a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kilnmix.classifier import model_card
from kilnmix.classifier.model_card import ModelCard
from kilnmix.collection.prepared import Task
from kilnmix.common.errors import UserError

CARD = ModelCard(
    backbone="mobilenet_v3_small",
    neck=(8,),
    pooling="average",
    probe=0.25,
    size=32,
    fit="pad",
    flips=True,
    mean=(0.5, 0.5, 0.5),
    std=(0.25, 0.25, 0.25),
    tasks=(Task("glaze", ("celadon", "white"), {"celadon": "celadon", "white": "white"}),),
    temperatures={"glaze": 1.5},
    seen={"glaze": np.array([True, False])},
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    CARD.write(tmp_path)
    read = model_card.read(tmp_path)
    assert read.classes == {"glaze": ("celadon", "white")}
    assert (read.backbone, read.neck, read.probe, read.size, read.fit) == ("mobilenet_v3_small", (8,), 0.25, 32, "pad")
    assert (read.mean, read.std, read.temperatures) == (CARD.mean, CARD.std, {"glaze": 1.5})
    assert read.seen["glaze"].tolist() == [True, False]


def task(**changes: object) -> Callable[[dict[str, Any]], object]:
    return lambda card: card["tasks"][0].update(changes)


@pytest.mark.parametrize(
    "spoil",
    [
        task(temperature=0), task(temperature=float("nan")), task(temperature=-1.0), task(temperature="warm"),
        task(temperature=float("inf")), task(classes=[]), task(classes=["a", "a"]), task(seen=[True]), task(words=3),
        lambda card: card.update(schema=9), lambda card: card.update(tasks=[]), lambda card: card.pop("backbone"),
        lambda card: card.update(tasks=None), lambda card: card.update(mean=[0.5]),
        lambda card: card.update(std=[0, 0, 0]),
        lambda card: card.update(size=0), lambda card: card.update(size=10**9), lambda card: card.update(size=True),
        lambda card: card.update(probe=2), lambda card: card.update(fit="round"), lambda card: card.update(neck=[-1]),
        lambda card: card.update(mean=[float("nan")] * 3), lambda card: card.update(tasks=[3]),
        lambda card: card["tasks"].append(card["tasks"][0]),
    ],
)  # fmt: skip
def test_a_damaged_card_is_a_sentence(tmp_path: Path, spoil: Callable[[dict[str, Any]], object]) -> None:
    CARD.write(tmp_path)
    card = json.loads((tmp_path / model_card.NAME).read_text())
    spoil(card)
    (tmp_path / model_card.NAME).write_text(json.dumps(card))
    with pytest.raises(UserError, match=str(tmp_path)):
        model_card.read(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe{}", b"null", b"[" * 100_000])
def test_what_is_no_card_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / model_card.NAME).write_bytes(content)
    with pytest.raises(UserError, match=r"model\.json"):
        model_card.read(tmp_path)

from pathlib import Path

import numpy as np
import pytest

from kilnmix.collection.prepared import Prepared, Task
from kilnmix.collection.rules import Rules
from kilnmix.common.errors import UserError
from kilnmix.generator import free_captions
from kilnmix.generator.order import Request
from kilnmix.generator.requests import ask
from tests.generator.conftest import make_settings


def collection(captions: list[str] | None) -> Prepared:
    return Prepared(
        folder=Path(),
        tasks=(Task("type", ("bowl", "jar"), {"bowl": "bowl", "jar": "jar"}),),
        ids=np.array(list("abcd")),
        objects=np.arange(4),
        labels={"type": np.array([0, 0, 0, 1])},
        parts={0: np.array(["train"] * 4)},
        sources=np.array([""] * 4),
        captions=None if captions is None else np.array(captions),
    )


def test_descriptions_of_the_same_labels_take_turns() -> None:
    requests = [Request(number, (number % 2,)) for number in range(8)]
    chosen = free_captions.turns(["one", "two", "", ""], np.array([[0], [0], [0], [1]]), requests, 3)
    assert sorted(chosen[0:4:2]) == sorted(chosen[4:8:2]) == ["one", "two"]
    # The jar is not described.
    assert chosen[1::2] == [""] * 4


@pytest.mark.parametrize(("how", "bowl", "jar"), [
    ("none", "a bowl", "a jar"),
    ("beside", "a bowl, with a crack", "a jar"),
    ("alone", "with a crack", "a jar"),
])  # fmt: skip
def test_what_is_asked_for(how: str, bowl: str, jar: str) -> None:
    photographs = collection(["with a crack", "", "with a crack", ""])
    settings = make_settings("x", caption="a {type}", free_captions=how)
    order = ask(photographs, np.arange(4), settings, 1, Rules())
    assert {request.labels: text for request, text in zip(order.requests, order.prompts, strict=True)} == {
        (0,): bowl,
        (1,): jar,
    }


def test_a_table_without_descriptions_is_told() -> None:
    settings = make_settings("x", free_captions="beside")
    with pytest.raises(UserError, match=r"collection\.columns\.caption"):
        free_captions.of(collection(None), np.arange(4), settings)
    assert free_captions.of(collection(None), np.arange(4), make_settings("x")) == [""] * 4

"""Words of doubt and denial, by where the names stand in the text."""

from __future__ import annotations

import pytest

from kilnmix.collection.vocabulary.doubt import doubts, says_nothing, standings


def spans(text: str, *names: str) -> list[tuple[int, int]]:
    return [(text.index(name), text.index(name) + len(name)) for name in names]


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("possibly ming or qing", ("ming", "qing"), ("doubtful", "doubtful")),
        ("ming. possibly qing", ("ming", "qing"), ("sure", "doubtful")),
        ("ming (possibly qing) song", ("ming", "qing", "song"), ("sure", "doubtful", "sure")),
        ("ming, attributed", ("ming",), ("doubtful",)),
        ("ming, possibly for export", ("ming",), ("sure",)),
        ("ming?", ("ming",), ("doubtful",)),
        ("ming 1500?", ("ming",), ("sure",)),
        ("? ming qing", ("ming", "qing"), ("doubtful", "sure")),
        ("not ming but qing", ("ming", "qing"), ("denied", "sure")),
        ("非明 清", ("明", "清"), ("denied", "sure")),
        ("疑为明", ("明",), ("doubtful",)),
        ("ming", ("ming",), ("sure",)),
    ],
)
def test_how_sure_a_text_is(text: str, names: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert tuple(standings(text, spans(text, *names))) == expected


@pytest.mark.parametrize(("text", "said"), [("ming?", True), ("perhaps", True), ("不是明", True), ("noted", False)])
def test_any_doubt_at_all(text: str, said: bool) -> None:
    assert doubts(text) is said


@pytest.mark.parametrize(("text", "said"), [("not known", True), ("年代不详", True), ("unknowns", False)])
def test_a_text_that_says_that_nothing_is_known(text: str, said: bool) -> None:
    assert says_nothing(text) is said

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run


def test_a_folder_that_holds_anything_is_not_drawn_over(project: Path, run: Run) -> None:
    mine = Path("data/images/p0001.jpg")
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    status, _, told = run("demo", "render")
    assert status == 2 and "data is not empty: name another folder with --folder" in told
    assert mine.read_bytes() == b"mine"


def test_a_folder_of_something_else_is_not_replaced_by_pocket_models(project: Path, run: Run) -> None:
    Path("photographs").mkdir()
    Path("photographs/mine.jpg").write_bytes(b"mine")
    for out in ("photographs", "photographs/mine.jpg"):
        status, _, told = run("demo", "build", "--out", out, "--minutes", "0")
        assert status == 2 and f"{out} holds something else than pocket models" in told
    assert Path("photographs/mine.jpg").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "card", [{"photographs": 3}, {"what": "A data card."}, [], {"what": "Pocket models of the rendered demo: mine."}]
)
def test_a_folder_with_another_card_is_not_replaced(project: Path, run: Run, card: object) -> None:
    Path("mine").mkdir()
    Path("mine/card.json").write_text(json.dumps(card))
    Path("mine/labels.csv").write_text("mine")
    status, _, told = run("demo", "build", "--out", "mine", "--minutes", "0")
    assert status == 2 and "mine holds something else than pocket models" in told
    assert Path("mine/labels.csv").read_text() == "mine"


def test_chains_that_are_none_and_help(project: Path, run: Run) -> None:
    status, _, told = run("demo", "build", "--only", "head")
    assert status == 2 and "--only names 'head', which is neither base nor backbone." in told
    status, out, _ = run("demo", "--help")
    assert status == 0 and "render" in out and "build" in out

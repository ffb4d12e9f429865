"""`kilnmix import` as it is typed; what it makes of conf/ is in test_adoption."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.collection.conftest import draw
from tests.commands.conftest import Run


def test_a_dry_run_says_what_is_understood_and_changes_nothing(
    composed_project: Path, tmp_path: Path, run: Run
) -> None:
    rows = draw(tmp_path / "mine", objects=12)
    before = sorted(composed_project.rglob("*"))
    table = str(tmp_path / "mine" / "labels.csv")
    arguments = ["import", str(tmp_path / "mine"), "--labels", table, "--task", "type", "--dry-run"]
    status, out, told = run(*arguments)
    assert status == 0, told
    assert f"{len(rows)} rows" in out and out.endswith("import: nothing was changed.\n")
    assert sorted(composed_project.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "There is no folder"),
        ([".", "--task", "type", "--task", "type"], "give each task once"),
        ([".", "--unresolved", "perhaps"], "--unresolved takes refuse, leave-out, allow"),
    ],
)
def test_what_will_not_do(composed_project: Path, run: Run, arguments: list[str], said: str) -> None:
    status, _, told = run("import", *arguments)
    assert status == 2 and said in told
    assert not Path("data").exists()

from pathlib import Path

import pytest

from tests.commands.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "dvc repro prepare"),
        (["--seeds", "0"], "Invalid value for '--seeds'"),
        (["--effect", "-1"], "Invalid value for '--effect'"),
        (["--folds", "two"], "Invalid value for '--folds'"),
    ],
)
def test_what_will_not_do(project: Path, run: Run, arguments: list[str], said: str) -> None:
    status, _, told = run("plan", *arguments)
    assert status == 2 and said in told


def test_help_says_what_chooses_the_design(project: Path, run: Run) -> None:
    status, out, _ = run("plan", "--help")
    assert status == 0 and "--budget" in out and "--effect" in out

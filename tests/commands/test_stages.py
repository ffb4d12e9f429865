"""A command a stage; the stages themselves are run in tests/pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from kilnmix.stages import SCOPES
from tests.commands.conftest import Run


@pytest.mark.parametrize("stage", SCOPES)
def test_every_stage_has_its_options_and_a_sentence_about_it(project: Path, run: Run, stage: str) -> None:
    status, out, _ = run(stage, "--help")
    assert status == 0 and "." in out.split("Options")[0]
    asked = {"fold": {"fold"}, "adapter": {"fold", "adapter"}, "look": {"look"}, "extension": {"look", "fold"}}
    named = {name for name in ("fold", "adapter", "look") if f"--{name} " in out}
    assert named == asked.get(SCOPES[stage], set())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["judge", "--fold", "9"], "There is no fold '9'"),
        (["finetune", "--adapter", "7"], "There is no adapter 7"),
        (["generate", "--shard", "3/2"], "--shard takes"),
        (["generate", "--shard", "1/2", "--fold", "x"], "There is no fold 'x'"),
        (["train", "--only", "real", "--fold", "9"], "There is no fold '9'"),
        (["prepare", "--fold", "0"], "No such option"),
    ],
)
def test_what_will_not_do_ends_with_status_2(project: Path, run: Run, arguments: list[str], said: str) -> None:
    status, _, told = run(*arguments)
    assert status == 2 and said in told
    assert not Path("out").exists()

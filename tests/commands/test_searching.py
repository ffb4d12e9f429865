"""`kilnmix search` beside another process; whole searches are run in tests/pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from kilnmix.commands import searching
from kilnmix.common.processes import stage_lock
from kilnmix.stages import runner
from tests import composed
from tests.commands.conftest import Run


@pytest.mark.parametrize(
    ("asked", "cuda", "cores", "each"),
    [("auto", False, 8, 4), ("auto", False, 1, 1), ("auto", True, 8, 1), (6, True, 16, 3), (1, False, 16, 1)],
)
def test_workers_share_what_one_process_would_train_at_once(
    monkeypatch: pytest.MonkeyPatch, asked: object, cuda: bool, cores: int, each: int
) -> None:
    monkeypatch.setattr(searching, "cores", lambda: cores)
    monkeypatch.setattr(searching, "resolved", lambda device: "cuda" if cuda else "cpu")
    params = composed.settings(classifier={"runs_at_once": asked})
    assert searching.sharing(params, 2).classifier.runs_at_once == each


def test_dvc_does_not_join_a_search_whose_output_it_needs(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_STAGE", "search@0")
    monkeypatch.setattr(runner, "end_with_dvc", lambda: None)  # this process is to outlive its parent
    with stage_lock("search", 0):
        status, out, told = run("search", "--fold", "0")
    assert (status, out) == (2, "") and "Another process runs search-0" in told

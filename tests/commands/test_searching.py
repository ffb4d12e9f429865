"""`kilnmix search` beside another process; whole searches are run in tests/pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from kilnmix.commands import searching
from kilnmix.common.errors import UserError
from kilnmix.common.processes import no_stage_runs, stage_lock, stage_runs
from kilnmix.experiment.attempts import Attempt
from kilnmix.report.inputs import Search, Trial
from kilnmix.stages import Outcome, runner
from kilnmix.tracking.live import Live
from kilnmix.tracking.records import Record, tags
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


def test_each_that_joins_holds_a_lock_of_its_own_for_which_clean_waits(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[list[str]] = []

    def join(builder: object) -> int:
        held.append([name for name in ("search-0-join-1", "search-0-join-2") if stage_runs(name)])
        if len(held) == 1:
            searching.run_search("0", 1, only_join=True)  # while the first one trains
        with pytest.raises(UserError, match="The stage search-0-join-1 runs in this folder"), no_stage_runs():
            pass
        return 3

    monkeypatch.setattr(searching, "arm_builder", lambda params, fold, test: None)
    monkeypatch.setattr(searching, "join", join)
    assert "joined, and trained 3 trials" in searching.run_search("0", 1, only_join=True)
    assert held == [["search-0-join-1"], ["search-0-join-1", "search-0-join-2"]]
    with no_stage_runs():
        pass


def test_a_searchs_run_is_given_the_plots_of_its_studies(monkeypatch: pytest.MonkeyPatch) -> None:
    trials = tuple(Trial(n, {"share.type": 0.1 * n}, 0.5 + 0.01 * n) for n in range(3))
    monkeypatch.setattr("kilnmix.report.collect.searches.searches", lambda fold: [Search(fold, True, trials)])
    asked: list[object] = []

    def attempts(url: str, studies: dict[str, str]) -> list[Attempt]:
        asked.append(studies)
        return [Attempt("searched", 0, "COMPLETE", 0.0, 60.0)]

    monkeypatch.setattr("kilnmix.experiment.attempts.attempts", attempts)
    told: dict[str, bytes] = {}

    class Telling(Live):
        def picture(self, path: Path, folder: str) -> None:
            told[f"{folder}/{path.name}"] = path.read_bytes()

    trial = Record("trial", tags("search", 0, study="searched", trial=0), {"optuna.study": "a-0-searched-ab"})
    searching.show(composed.settings(), 0, Outcome("", [Record("search 0", tags("search", 0)), trial]), Telling())
    assert asked == [{"a-0-searched-ab": "searched"}]
    assert set(told) == {f"plots/{name}.svg" for name in ("history", "slices", "parallel", "timeline")}
    assert all(picture.startswith(b"<svg") for picture in told.values())


def test_plots_that_cannot_be_drawn_are_told_and_end_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # no search has left anything here
    trial = Record("trial", tags("search", 0, study="searched", trial=0), {"optuna.study": "a-0-searched-ab"})
    storage = {"storage": f"journal:{tmp_path}/studies.journal"}
    searching.show(composed.settings(search=storage), 0, Outcome("", [trial]), Live())
    assert "kilnmix: the plots of the search could not be drawn: " in capsys.readouterr().err

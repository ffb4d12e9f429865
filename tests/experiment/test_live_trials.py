"""Trials as runs of MLflow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from kilnmix.experiment.live_trials import LiveTrials
from kilnmix.experiment.search import Search
from kilnmix.experiment.trials import Asked, Scored
from kilnmix.tracking import live
from kilnmix.tracking.journal import Journal, read
from tests.experiment.test_search import TASKS, USUAL, score, settings


@pytest.fixture
def telling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    """A journal that the stage under way writes."""
    monkeypatch.chdir(tmp_path)
    journal = Journal("search")
    monkeypatch.setattr(live, "current", lambda: live.Live(journal, "search"))
    return journal


def events(journal: Journal, kind: str) -> list[dict[str, object]]:
    return [event for event in read(journal.folder, 0)[0] if event["event"] == kind]


def test_a_trial_is_alive_from_its_first_second_and_ends_as_optuna_has_it(tmp_path: Path, telling: Journal) -> None:
    search = Search("searched", "s-1", TASKS, settings(tmp_path), 1, USUAL)
    trials = LiveTrials(search, 0, 2)

    def first_is_stopped(asked: Sequence[Asked]) -> list[Scored]:
        assert [event["key"] for event in events(telling, "begin")] == ["trial/s-1/0", "trial/s-1/1"]
        scored = score(asked)
        return [SimpleNamespace(**{**vars(scored[0]), "pruned": True}), *scored[1:]]  # type: ignore[list-item]

    search.round(trials.told(first_is_stopped))
    begun = events(telling, "begin")[0]
    assert begun["level"] == "trial"
    own = {"fold": "0", "adapter": "2", "arm": "searched", "study": "searched", "trial": "0"}
    assert begun["tags"] == {"stage": "search", **own}
    numbers = {"share.glaze": 0.1, "share.type": 0.1, "weight.glaze": "1", "weight.type": "1", "synthetic_weight": 1.0}
    assert begun["params"] == {**numbers, "source": "synthetic", "optuna.study": "s-1"}
    looks = [event for event in events(telling, "points") if event["key"] == "trial/s-1/1"]
    # Without images and with equal weights the score is 0; its looks are a line to it.
    assert [event["step"] for event in looks] == [10, 20, 30]
    assert looks[0]["values"] == {"validation.score": pytest.approx(-2 / 3)}
    ends = [(event["key"], event["status"], event["tags"]) for event in events(telling, "end")]
    assert ends == [
        ("trial/s-1/0", "KILLED", {"state": "PRUNED"}),
        ("trial/s-1/1", "FINISHED", {"state": "COMPLETE"}),
    ]

    stopped, whole = trials.records()
    assert (stopped.level, stopped.key, stopped.status) == ("trial", "trial/s-1/0", "KILLED")
    assert (whole.key, whole.status, whole.tags["state"]) == ("trial/s-1/1", "FINISHED", "COMPLETE")
    assert stopped.metrics == {"seeds": 1.0}, "what a stopped trial had is among its looks"
    assert whole.metrics == {"seeds": 1.0, "best.score": 0.0, "best.f1.glaze": 1.0, "best.f1.type": 0.0}
    assert [step for step, _ in whole.curves["validation.score"]] == [10, 20, 30]
    assert whole.params["optuna.study"] == "s-1"


def test_a_trial_that_fails_says_so(tmp_path: Path, telling: Journal) -> None:
    search = Search("searched", "s-2", TASKS, settings(tmp_path), 1, USUAL)

    def fails(asked: Sequence[Asked]) -> list[Scored]:
        raise ValueError("no memory")

    with pytest.raises(ValueError, match="no memory"):
        search.round(LiveTrials(search, 0, 0).told(fails))
    ends = [(event["key"], event["status"], event["tags"]) for event in events(telling, "end")]
    assert ends == [(f"trial/s-2/{number}", "FAILED", {"state": "FAIL"}) for number in (0, 1)]
    assert LiveTrials(search, 0, 0).records() == []

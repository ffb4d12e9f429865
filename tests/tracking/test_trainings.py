from types import SimpleNamespace

import pytest

from kilnmix.tracking import live
from kilnmix.tracking.trainings import LiveTrainings, key_of


def test_trainings_are_told_to_the_stage_that_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[object, ...]] = []
    telling = SimpleNamespace(
        begin=lambda key, tags, above: told.append(("begin", key, tags, above)),
        points=lambda values, step, key: told.append(("points", key, step, values)),
        end=lambda key, status: told.append(("end", key, status)),
    )
    monkeypatch.setattr(live, "current", lambda: telling)
    run = SimpleNamespace(
        name="real 0/0/1", tags={"arm": "real", "fold": "0", "adapter": "0", "seed": "1"}, digest=lambda: "ab" * 32
    )
    watcher = LiveTrainings({"searched": "s-1"})
    watcher.began(run)
    watcher.stepped(run, 10, {"loss": 2.0})
    watcher.ended(run, well=False)
    key = key_of(run)
    assert key == f"training/real/{'ab' * 8}"
    assert told == [
        ("begin", key, {"arm": "real", "fold": "0", "adapter": "0", "seed": "1"}, None),
        ("points", key, 10, {"loss": 2.0}),
        ("end", key, "FAILED"),
    ]
    of_trial = SimpleNamespace(**{**vars(run), "tags": {**run.tags, "study": "searched", "trial": "3"}})
    watcher.began(of_trial)
    assert told[-1][-1] == "trial/s-1/3"

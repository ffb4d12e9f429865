"""What a journal's events may hold; damaged ones are sent in test_sender."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from kilnmix.config import Params
from kilnmix.tracking.events import check
from kilnmix.tracking.journal import read
from kilnmix.tracking.live import Live
from tests.tracking.journals import KEY, PART, WHOLE, opened


def test_what_a_stage_tells_is_understood(params: Params) -> None:
    made = opened(params, "train", 0)
    telling = Live(made, "train")
    telling.begin(KEY, {"arm": "real"}, params={"share": 0.1})
    telling.points({"loss": float("nan"), "seen": 3}, 10, KEY)
    telling.end(KEY, "KILLED", {"state": "PRUNED"})
    telling.publish([WHOLE, PART])
    made.tell("stop", status="FINISHED")
    events, _ = read(made.folder, 0)
    assert [event["event"] for event in events] == ["open", "begin", "points", "end", "publish", "stop"]
    check(events)


def test_a_journal_begins_with_the_opening_of_one_stage(params: Params) -> None:
    made = opened(params, "train", 0)
    made.tell("publish", records=[asdict(WHOLE)])
    events, _ = read(made.folder, 0)
    for wrong in (events[1:], [*events, events[0]]):
        with pytest.raises(ValueError, match="does not begin with the opening of one stage"):
            check(wrong)

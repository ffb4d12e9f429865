"""What a stage tells while it runs, in a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kilnmix.tracking import journal
from kilnmix.tracking.journal import Journal


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_events_are_read_from_where_one_was() -> None:
    made = Journal("train")
    made.tell("open", stage="train", path=Path("x"))
    made.tell("points", values={"损失": 0.5})
    events, offset = journal.read(made.folder, 0)
    assert [event["event"] for event in events] == ["open", "points"]
    assert (events[0]["path"], events[1]["values"]) == ("x", {"损失": 0.5})
    assert journal.read(made.folder, offset) == ([], offset)
    made.tell("stop")
    (last,), end = journal.read(made.folder, offset)
    assert last["event"] == "stop" and end > offset
    made.close()


def test_a_line_that_is_not_whole_is_left_and_a_broken_one_is_passed_over(tmp_path: Path) -> None:
    whole = json.dumps({"event": "a"}).encode() + b"\n"
    (tmp_path / "events.jsonl").write_bytes(whole + b'{"event": "brok\n' + whole + b'{"event"')
    events, offset = journal.read(tmp_path, 0)
    assert (events, offset) == ([{"event": "a"}] * 2, 2 * len(whole) + len(b'{"event": "brok\n'))
    assert journal.read(tmp_path / "none", 7) == ([], 7)


def test_a_journal_is_left_once_its_stage_has_ended() -> None:
    first, second = Journal("train"), Journal("confirm")
    assert journal.folders() == [first.folder, second.folder]
    assert not journal.is_left(first.folder)
    first.close()
    assert journal.is_left(first.folder)
    second.close()


def test_only_one_process_sends(tmp_path: Path) -> None:
    with journal.sending(tmp_path) as mine:
        assert mine
        with journal.sending(tmp_path) as other:
            assert not other
    with journal.sending(tmp_path) as mine:
        assert mine


def test_how_far_it_was_sent(tmp_path: Path) -> None:
    assert journal.sent(tmp_path) == (0, {})
    journal.note_sent(tmp_path, 17, {"key": "run"})
    assert journal.sent(tmp_path) == (17, {"key": "run"})

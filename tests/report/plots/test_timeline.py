"""When trials ran, read from the specification."""

from __future__ import annotations

from kilnmix.experiment.attempts import Attempt
from kilnmix.report.languages.wording import wording
from kilnmix.report.plots.timeline import timeline
from tests.report.plots.drawn import rows_of


def test_an_attempt_is_a_bar_from_its_begin_to_its_end() -> None:
    attempts = [
        Attempt("searched", 0, "FAIL", 1000.0, 1030.0),
        Attempt("searched", 0, "COMPLETE", 1060.0, 1180.0),
        Attempt("real-searched", 4, "PRUNED", 1120.0, 1150.0),
    ]
    shown = timeline(attempts, wording("en"))
    assert shown is not None
    assert [(row["row"], row["began"], row["ended"], row["state"]) for row in rows_of(shown)] == [
        ("with synthetic images 0", 0.0, 0.5, "failed"),
        ("with synthetic images 0", 1.0, 3.0, "complete"),
        ("photographs alone 4", 2.0, 2.5, "stopped early"),
    ]
    assert timeline([], wording("en")) is None

"""The study as flat numbers."""

from __future__ import annotations

from kilnmix.report.inputs import ReportInputs
from kilnmix.report.metrics import metrics


def test_metrics_are_flat_and_say_what_the_verdict_says(study: ReportInputs) -> None:
    found = metrics(study)
    difference = study.verdict.tasks[3].arms["searched"].vs_real
    assert difference is not None
    assert found["type.searched.delta"] == round(difference.delta, 6)
    assert found["type.searched.verdict"] == study.verdict.tasks[3].arms["searched"].verdict
    assert found["looks"] == 2
    assert "type.real.delta" not in found
    assert all(isinstance(value, int | float | str) for value in found.values())

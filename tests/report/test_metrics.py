"""The study as flat numbers."""

from __future__ import annotations

from kilnmix.report.inputs import ReportInputs
from kilnmix.report.metrics import HEADLINES, headline, metrics


def test_metrics_are_flat_and_say_what_the_verdict_says(study: ReportInputs) -> None:
    found = metrics(study)
    difference = study.verdict.tasks[3].arms["searched"].vs_real
    assert difference is not None
    assert found["type.searched.delta"] == round(difference.delta, 6)
    assert found["type.searched.verdict"] == study.verdict.tasks[3].arms["searched"].verdict
    assert found["looks"] == 2
    assert "type.real.delta" not in found
    assert all(isinstance(value, int | float | str) for value in found.values())


def test_headlines_are_few_and_the_same_figures(study: ReportInputs) -> None:
    shown, known = headline(study), metrics(study)
    assert len(shown) <= HEADLINES < len(known)
    assert shown.items() <= known.items()
    tasks = [task.task for task in study.verdict.tasks]
    compared = [task for task in tasks if f"{task}.mix-90-10.delta" in known]
    assert compared
    assert set(shown) == {
        *(f"{task}.mix-90-10.delta" for task in compared),
        *(f"{task}.real.f1" for task in tasks),
        "looks",
    }

"""The study's numbers as plain rows."""

from __future__ import annotations

from kilnmix.report import records
from kilnmix.report.inputs import ReportInputs


def test_the_answers_of_the_first_run_for_confusion_plots(study: ReportInputs) -> None:
    found = records.first_run(study, "real")
    assert set(found) == {"dynasty", "glaze", "kiln", "type"}
    glaze = study.outcomes[1]
    assert len(found["glaze"]) == len(glaze.kept)
    assert found["glaze"][0]["actual"] == glaze.classes[glaze.truth[glaze.kept[0]]]
    assert records.text([]) == ""


def test_the_plots_of_dvc_speak_of_one_fixed_arm(study: ReportInputs) -> None:
    found = records.plots(study)
    assert list(found["scores"]) == list(found["confusion"]) == [task.task for task in study.verdict.tasks]
    (share,) = [row for row in found["differences"]["type"] if row["arm"] == "mix-90-10"]
    known = study.verdict.tasks[3].arms["mix-90-10"]
    assert known.vs_real is not None
    assert (share["delta"], share["verdict"]) == (known.vs_real.delta, known.verdict)
    assert "real" not in [row["arm"] for row in found["differences"]["type"]]
    assert [row["arm"] for row in found["scores"]["type"]] == list(study.arms)
    assert found["confusion"] == records.first_run(study, "mix-90-10")


def test_names_that_a_spreadsheet_would_compute_are_guarded() -> None:
    assert records.text([{"class": "=1+1", "delta": -0.5}]) == "class,delta\n'=1+1,-0.5\n"

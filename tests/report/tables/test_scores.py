"""Arms by tasks."""

from __future__ import annotations

from kilnmix.report.context import ReportContext
from kilnmix.report.tables import scores


def test_arms_by_tasks(context: ReportContext) -> None:
    study, t = context.inputs, context.t
    found = scores.arms_by_tasks(context)
    assert [str(cell.text) for cell in found.head] == ["Arm", "Dynasty", "Glaze", "Kiln", "Type", "Mean"]
    rows = {str(row[0].hover): row for row in found.rows}
    assert set(rows) == set(study.arms)
    glaze = study.verdict.tasks[1]
    difference = glaze.arms["mix-90-10"].vs_real
    assert difference is not None
    cell = rows["mix-90-10"][2]
    assert cell.text == t.score(glaze.f1["mix-90-10"])
    relative = glaze.arms["mix-90-10"].relative
    assert relative is not None
    assert cell.second == (
        f"{t.points(difference.delta)} {t.interval(difference.low, difference.high)}<br>{t.relative(relative)} relative"
    )
    assert cell.looks == glaze.arms["mix-90-10"].verdict == "harms"
    assert rows["real"][2].second == ""
    assert "secondary" in rows["repeat-90-10"][2].looks
    assert rows["searched"][0].second == "against photographs alone, searched"

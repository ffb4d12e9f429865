"""Settings in tables."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs, Search, Trial
from kilnmix.report.tables import settings


def test_best_settings_side_by_side(study: ReportInputs) -> None:
    searches = (
        Search(0, True, (Trial(0, {}, 0.5),), {"share": {"type": 0.1}, "task_weights": {"type": 1.25}}),
        Search(0, False, (), {"task_weights": {"type": 0.8}}),
    )
    found = settings.best_settings(ReportContext.of(replace(study, searches=searches), "en"))
    assert [str(cell.text) for cell in found.head] == ["Setting", "with synthetic images", "photographs alone"]
    assert [[str(cell.text) for cell in row] for row in found.rows] == [
        ["share of synthetic images, type", "10\u00a0%", "–"],
        ["weight of the loss, type", "1.25", "0.8"],
    ]


def test_every_setting_by_its_name(study: ReportInputs) -> None:
    found = dict(settings.settings(study))
    assert found["classifier.backbone"] == "mobilenet_v3_small"
    assert found["arms.mix-90-10.share"] == "0.1"
    assert found["collection.tasks"] == "dynasty, glaze, kiln, type"

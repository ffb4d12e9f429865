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


def test_importances_side_by_side_the_largest_first(study: ReportInputs) -> None:
    searches = (
        Search(0, True, (), importances={"share.type": 0.3, "synthetic_weight": 0.7}),
        Search(0, False, (), importances={"weight.type": 1.0}),
    )
    found = settings.importances(ReportContext.of(replace(study, searches=searches), "en"))
    assert found is not None
    assert [[str(cell.text) for cell in row] for row in found.rows] == [
        ["weight of the loss, type", "–", "100\u00a0%"],
        ["weight of a synthetic image", "70\u00a0%", "–"],
        ["share of synthetic images, type", "30\u00a0%", "–"],
    ]
    none = replace(study, searches=(Search(0, True, ()),))
    assert settings.importances(ReportContext.of(none, "en")) is None


def test_every_setting_by_its_name(study: ReportInputs) -> None:
    found = dict(settings.settings(study))
    assert found["classifier.backbone"] == "mobilenet_v3_small"
    assert found["arms.mix-90-10.share"] == "0.1"
    assert found["collection.tasks"] == "dynasty, glaze, kiln, type"

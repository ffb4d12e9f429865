from __future__ import annotations

import json
from dataclasses import replace

from kilnmix.report.plots.tuning import tuning
from tests.report.page.test_tuning import PLAIN, STOPPED, context
from tests.report.plots.drawn import rows


def test_the_validation_loss_is_drawn_where_there_is_any_else_that_of_training() -> None:
    assert [(row["adapter"], row["step"], row["loss"]) for row in rows(tuning(context(PLAIN, STOPPED)), 0)] == [
        ("0/1", 0, 0.3),
        ("0/1", 150, 0.2125),
        ("0/1", 250, 0.25),
    ]
    assert [row["step"] for row in rows(tuning(context(PLAIN)), 0)] == [8, 400]
    assert tuning(context()) is None


def test_more_adapters_than_colours_have_the_colour_of_their_fold() -> None:
    many = [replace(PLAIN, fold=fold, adapter=adapter) for fold in range(5) for adapter in range(3)]
    shown = tuning(context(*many))
    assert shown is not None
    line = json.loads(shown.spec)["layer"][0]["encoding"]
    assert (line["color"]["field"], line["detail"]["field"]) == ("fold", "adapter")
    assert line["color"]["scale"]["domain"] == [f"fold {fold}" for fold in range(5)]
    few = tuning(context(PLAIN, STOPPED))
    assert few is not None and json.loads(few.spec)["layer"][0]["encoding"]["color"]["field"] == "adapter"

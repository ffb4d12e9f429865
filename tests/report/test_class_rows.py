"""Rows of classes, against the statistics that they are made of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kilnmix.report.class_rows import class_rows
from kilnmix.report.context import ReportContext
from kilnmix.statistics.scores import class_f1


def test_a_row_for_every_scored_class_and_pair(context: ReportContext) -> None:
    assert len(context.class_rows) == 3 * (4 + 8 + 8 + 9)
    glaze = context.inputs.outcomes[1]
    row = next(row for row in context.class_rows if (row.task, row.name, row.arm) == ("glaze", "jun", "mix-90-10"))
    place = glaze.classes.index("jun")
    assert (row.index, row.reference, row.tests) == (place, "real", glaze.object_counts[place])
    assert row.training == context.inputs.training_counts["glaze"][place]
    assert row.f1_arm == pytest.approx(class_f1(glaze, "mix-90-10")[..., place].mean())
    assert row.difference is not None
    assert row.difference.delta == pytest.approx(row.f1_arm - row.f1_reference)
    assert row.alignment == context.inputs.alignment[1].alignment[place]


def test_what_is_not_known_is_none(context: ReportContext) -> None:
    bare = ReportContext.of(replace(context.inputs, training_counts={}, alignment=()), "en")
    row = bare.class_rows[0]
    assert (row.group, row.training, row.asked, row.alignment, row.recall) == (None,) * 5
    assert row.rarity == row.tests


def test_an_arm_that_a_task_lacks_is_left_out(context: ReportContext) -> None:
    first = context.inputs.outcomes[0]
    fewer = replace(first, predicted={arm: v for arm, v in first.predicted.items() if arm != "mix-95-5"})
    study = replace(context.inputs, outcomes=(fewer, *context.inputs.outcomes[1:]))
    rows = [row for row in class_rows(study, context.exploratory) if row.task == "dynasty"]
    assert {row.arm for row in rows} == {"mix-90-10", "searched"}

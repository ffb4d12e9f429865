"""The one value that every part of the report draws on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kilnmix.common.errors import UserError
from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs


def test_classes_from_the_rarest(study: ReportInputs) -> None:
    rows = ReportContext.of(study, "en").rows_of("dynasty")
    assert [row.index for row in rows] == [index for index in (3, 2, 1, 0) for _ in range(3)]
    bare = ReportContext.of(replace(study, training_counts={}), "en")
    tests = [row.tests for row in bare.rows_of("dynasty")[::3]]
    assert tests == sorted(study.outcomes[0].object_counts.values())


def test_what_is_computed_once(study: ReportInputs) -> None:
    context = ReportContext.of(study, "zh")
    assert context.t.language == "zh" and context.names is context.names
    assert context.class_rows is context.class_rows
    with pytest.raises(UserError, match="en or zh"):
        ReportContext.of(study, "fr")

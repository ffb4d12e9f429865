"""The sections on groups of classes and on single classes."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.exploratory import is_discovery
from kilnmix.report.page import classes
from kilnmix.report.sentences.lead import lead


def test_a_block_a_task_with_its_discoveries(context: ReportContext) -> None:
    blocks = classes.section(context)["blocks"]
    assert [block["title"] for block in blocks] == ["Dynasty", "Glaze", "Kiln", "Type"]
    for block, verdict in zip(blocks, context.inputs.verdict.tasks, strict=True):
        chosen = lead(verdict)
        assert chosen is not None
        found = [
            row
            for row in context.rows_of(verdict.task)
            if row.arm == chosen.comparison.arm and row.difference and is_discovery(row.difference)
        ]
        gained = sum(row.difference.delta > 0 for row in found if row.difference)
        assert len([name for name in block["gained"].split(", ") if name]) == gained
        assert len([name for name in block["lost"].split(", ") if name]) == len(found) - gained
        assert block["unscored"] is None


def test_classes_that_are_too_rare_are_named(context: ReportContext) -> None:
    first = context.inputs.outcomes[0]
    fewer = replace(first, scored=first.scored[:-1])
    study = replace(context.inputs, outcomes=(fewer, *context.inputs.outcomes[1:]))
    block = classes.section(ReportContext.of(study, "en"))["blocks"][0]
    assert "qing" in str(block["unscored"])


def test_the_tail_says_its_level(context: ReportContext) -> None:
    found = classes.tail(context)
    assert found["level"] == "10\u00a0%" and len(found["table"].rows) == 12

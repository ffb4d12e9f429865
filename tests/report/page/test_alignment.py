"""The section on gain against alignment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kilnmix.report.context import ReportContext
from kilnmix.report.languages.wording import wording
from kilnmix.report.page import alignment
from kilnmix.statistics.exploration import RankCorrelation

EN = wording("en")


@pytest.mark.parametrize(
    ("rho", "low", "high", "key"),
    [(0.5, 0.1, 0.8, "positive"), (-0.5, -0.8, -0.1, "negative"), (0.1, -0.4, 0.5, "open")],
)
def test_a_correlation_says_its_sign_only_where_it_is_clear(rho: float, low: float, high: float, key: str) -> None:
    found = alignment.correlation(RankCorrelation(rho, low, high, 0.02, 29), EN)
    assert found is not None and str(found).endswith(str(EN(f"alignment.{key}")))
    assert EN.signed(rho) in found and f"[{EN.signed(low)}," in found


def test_too_few_classes_and_none() -> None:
    assert alignment.correlation(None, EN) is None
    assert alignment.correlation(RankCorrelation(None, None, None, None, 3), EN) == EN("alignment.few", n=3)


def test_judges_below_the_floor_are_told_of(context: ReportContext) -> None:
    found = alignment.section(context)
    assert len(found["skills"]) == len(found["tables"]) == 4
    floor = context.inputs.params.curation.floor
    told = str(EN("alignment.floor", floor=f"{floor:g}"))
    for entry, sentence in zip(context.inputs.alignment, found["skills"], strict=True):
        assert (told in sentence) == (entry.skill < floor)
    assert str(context.names.mix("mix-90-10")) in found["compared"]
    assert len(found["by_task"]) == 4


def test_without_a_fixed_arm_nothing_is_compared(context: ReportContext) -> None:
    bare = tuple(replace(task, arms={}) for task in context.inputs.verdict.tasks)
    study = replace(context.inputs, verdict=replace(context.inputs.verdict, tasks=bare))
    assert alignment.section(ReportContext.of(study, "en"))["compared"] == ""

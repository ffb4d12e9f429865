"""How far the verdicts reach, and what the study cannot show."""

from __future__ import annotations

import pytest

from kilnmix.config import Arm
from kilnmix.report.context import ReportContext
from kilnmix.report.languages.wording import wording
from kilnmix.report.sentences import scope
from kilnmix.statistics.verdicts import Rules, StudyVerdict
from tests.report.report_studies import ARMS, bare, outcomes, settings

T = wording("en")


def caveats(**arms: Arm) -> str:
    named = {name.replace("_", "-"): arm for name, arm in arms.items()}
    study = bare(outcomes(200), settings().model_copy(update={"arms": ARMS | named}))
    return " ".join(scope.caveats(ReportContext.of(study, "en")))


@pytest.mark.parametrize("cut", [Arm(tail={"type": 1}), Arm(photographs=0.5)])
def test_arms_that_leave_objects_out_carry_a_caveat(cut: Arm) -> None:
    text = caveats(repeat_90_10=cut)
    assert "leave out training objects (<code>repeat-90-10</code>), but the generator was tuned on all of them" in text
    assert "the judges that sorted its images had seen them too" in text


def test_whole_arms_carry_none() -> None:
    text = caveats()
    assert "leave out training objects" not in text
    assert "What another division would give is not in the intervals." in text


def test_several_adapters_in_the_narrow_scope_are_not_called_one() -> None:
    found = scope.scope_sentence(StudyVerdict("adapter", Rules(), 0.0, ()), (1, 2, 3), T)
    assert "<strong>these adapters</strong>: the 2 sets of synthetic images" in found
    assert "one fold, 2 adapters each, 3 classifier seeds an adapter" in found


def test_scope() -> None:
    assert "this adapter" in scope.scope_sentence(StudyVerdict("adapter", Rules(), 0.0, ()), (1, 1, 3), T)
    found = scope.scope_sentence(StudyVerdict("procedure", Rules(), 0.0, ()), (5, 2, 1), T)
    assert "10 adapters were tuned" in found
    assert "5 folds, 2 adapters each, one classifier seed" in found

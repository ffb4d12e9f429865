"""What the sections of the page are told to say."""

from __future__ import annotations

import pytest

from kilnmix.config import Arm
from kilnmix.report import sections
from kilnmix.report.inputs import Study
from kilnmix.report.language import wording
from kilnmix.report.naming import Names
from tests.report.report_studies import ARMS, bare, outcomes, settings

T = wording("en")


def caveats(**arms: Arm) -> str:
    named = {name.replace("_", "-"): arm for name, arm in arms.items()}
    study: Study = bare(outcomes(200), settings().model_copy(update={"arms": ARMS | named}))
    return " ".join(sections.caveats(study, Names(study, T), T))


@pytest.mark.parametrize("cut", [Arm(tail={"type": 1}), Arm(photographs=0.5)])
def test_arms_that_leave_objects_out_carry_a_caveat(cut: Arm) -> None:
    said = caveats(repeat_90_10=cut)
    assert "leave out training objects (<code>repeat-90-10</code>), but the generator was tuned on all of them" in said
    assert "the judges that sorted its images had seen them too" in said


def test_whole_arms_carry_none() -> None:
    said = caveats()
    assert "leave out training objects" not in said
    assert "What another division would give is not in the intervals." in said

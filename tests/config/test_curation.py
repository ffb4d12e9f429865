from typing import Any

import pytest

from kilnmix.common.errors import UserError
from tests.composed import settings


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"judges": 1}, r"curation\.judges"),
        ({"floor": 1.1}, r"curation\.floor"),
        ({"mask_below": -0.1}, r"curation\.mask_below"),
        ({"strategy": "best"}, r"curation\.strategy"),
        ({"labels": "soft"}, r"curation\.labels"),
        ({"keep": 0.0}, r"curation\.keep"),
        ({"threshold": 1.1}, r"curation\.threshold"),
        ({"group_by": "weight"}, r"curation\.group_by names weight, which collection\.tasks does not"),
        ({"copies": {"error_rate": 0.0}}, r"copies\.error_rate"),
        ({"copies": {"photographs": 0}}, r"copies\.photographs"),
        ({"quality": {"error_rate": 1.0}}, r"quality\.error_rate"),
        ({"quality": {"reject": ["ugly"]}}, r"quality\.reject"),
        ({"copy_quantile": 0.99}, r"copy_quantile: (there is no such setting|is called)"),
    ],
)
def test_values_that_will_not_do(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        settings(curation=changes)


def test_the_fewest_judges_are_two() -> None:
    assert settings(curation={"judges": 2}).curation.judges == 2

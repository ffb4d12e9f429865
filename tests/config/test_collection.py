from typing import Any

import pytest

from kilnmix.common.errors import UserError
from tests.composed import settings


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"split": {"test": 0.5, "val": 0.45}}, "less than 5 %"),
        ({"split": {"test": 0.0}}, r"split\.test"),
        ({"split": {"rare": "hide"}}, r"split\.rare"),
        ({"duplicates": {"hash_distance": 65}}, "hash_distance"),
        ({"duplicates": {"certain": 0.0}}, "certain"),
        ({"tasks": ["type", "type"]}, "different column names"),
        ({"size": 0}, r"collection\.size"),
        ({"unresolved": "guess"}, "unresolved"),
    ],
)
def test_values_that_will_not_do(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        settings(collection=changes)


def test_the_largest_parts_that_leave_something_to_train_on() -> None:
    assert settings(collection={"split": {"test": 0.5, "val": 0.44}}).collection.split.val == 0.44

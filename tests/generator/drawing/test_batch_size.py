from pathlib import Path

import pytest
import torch

from kilnmix.common.errors import UserError
from kilnmix.generator.drawing import batch_size
from tests.generator.conftest import make_settings


@pytest.mark.parametrize(
    ("memory", "fixed", "one", "size"),
    [
        (100, 10, 10, 4),  # 10 + 4 x 10 = 50 of the 80 that may be taken; 90 would be too many.
        (100, 0, 10, 8),  # 80 of 80.
        (100, 90, 10, 1),  # Nothing fits; one at a time is tried.
        (10**9, 1, 1, 64),
    ],
)
def test_the_largest_power_of_two_that_fits(memory: int, fixed: int, one: int, size: int) -> None:
    assert batch_size.fitting(memory, fixed, one) == size


def test_it_is_chosen_once_and_kept_for_every_shard(tmp_path: Path) -> None:
    settings = make_settings("x", draw={"batch_size": "auto"})
    folder, never = tmp_path / "drawn", lambda: pytest.fail("was measured again")
    with pytest.raises(UserError, match=r"shard 1 chooses it for all"):
        batch_size.chosen(settings, folder, False, never)
    assert batch_size.chosen(settings, folder, True, lambda: 16).draw.batch == 16
    assert batch_size.chosen(settings, folder, False, never).draw.batch == 16
    assert batch_size.chosen(settings, folder, True, never).draw.batch == 16
    fixed = make_settings("x")
    assert batch_size.chosen(fixed, folder, False, never) is fixed


@pytest.mark.parametrize("text", ["", "0", "x", "65", "\u00b2"])
def test_a_damaged_file_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "batch_size").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"holds no batch size"):
        batch_size.chosen(make_settings("x", draw={"batch_size": "auto"}), tmp_path, True, lambda: 8)


def test_on_a_cpu_it_is_a_number_of_its_own() -> None:
    assert batch_size.measured(None, make_settings("x"), torch.device("cpu")) == batch_size.ON_A_CPU

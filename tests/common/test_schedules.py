import math

import pytest

from kilnmix.common.schedules import average_decay, half_cosine, warmup_cosine


def test_rate_rises_then_falls() -> None:
    factors = [warmup_cosine(step, 20, 5) for step in range(20)]
    assert factors[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert factors[5] == 1.0
    assert factors[5 + 9] == pytest.approx(0.5 * (1 + math.cos(math.pi * 9 / 15)))
    assert factors[-1] < 0.02
    assert warmup_cosine(20, 20, 5) == warmup_cosine(30, 20, 5) == 0.0
    assert warmup_cosine(0, 10, 0) == 1.0
    assert warmup_cosine(-3, 10, 0) == warmup_cosine(-3, 10, 5) == 0.0


def test_rate_falls_to_the_least() -> None:
    assert warmup_cosine(5, 10, 0, least=0.2) == pytest.approx(0.2 + 0.8 * 0.5)
    assert warmup_cosine(10, 10, 0, least=0.2) == pytest.approx(0.2)
    assert warmup_cosine(-1, 10, 0, least=0.2) == 0.0


def test_half_a_cosine_by_hand() -> None:
    assert [half_cosine(done, 4) for done in (0, 2, 4)] == pytest.approx([1.0, 0.5, 0.0])
    assert half_cosine(1, 3, least=0.5) == pytest.approx(0.5 + 0.5 * 0.75)


def test_no_steps_are_no_division_by_zero() -> None:
    assert warmup_cosine(0, 0, 0) == 1.0


def test_decay_rises_to_its_end() -> None:
    assert [average_decay(step, 0.5) for step in (0, 1, 7, 8, 100)] == pytest.approx([0.1, 2 / 11, 8 / 17, 0.5, 0.5])

import pytest

from kilnmix.demo.pocket.schedule import rate_at


def test_half_a_cosine_to_two_hundredths() -> None:
    assert [rate_at(way, 0.5) for way in (0.0, 0.5, 1.0)] == pytest.approx([0.5, 0.5 * 0.51, 0.01])

import numpy as np
import pytest

from kilnmix.collection.card import association


def test_independent_and_deciding() -> None:
    assert association.cramers_v(np.full((3, 4), 50)) == pytest.approx(0.0, abs=1e-6)
    assert association.cramers_v(np.diag([500, 500, 500])) == pytest.approx(1.0, abs=1e-6)


def test_bias_correction_by_hand() -> None:
    counts = np.array([[30, 10], [10, 30]])
    # chi2 = 80 (30*30 - 10*10)^2 / 40^4 = 20; phi2 = 0.25 - 1/79; both dimensions 2 - 1/79.
    expected = np.sqrt((0.25 - 1 / 79) / (1 - 1 / 79))
    assert association.cramers_v(counts) == pytest.approx(expected)


def test_undefined() -> None:
    assert np.isnan(association.cramers_v(np.array([[5, 5]])))
    assert np.isnan(association.decided(np.zeros((0, 0)))[0])


def test_tables_leave_out_what_is_not_known() -> None:
    counts = association.table(np.array([0, 0, 2, -1, 2]), np.array([5, 5, 7, 7, -1]))
    assert counts.tolist() == [[2, 0], [0, 1]]
    assert association.decided(np.array([[8, 1], [2, 9]])) == (17 / 20, 11 / 20)

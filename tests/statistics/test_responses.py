"""How simulated runs answer, against integrals by scipy and the closed form of two utilities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, special, stats

from kilnmix.statistics.responses import ClassModel, Recognition, Spread, Utilities, choose

STILL = Spread(0.0, 0.0, 0.0)
TWO = ClassModel(np.array([100.0, 50.0]), np.array([1.0, -0.5]), np.array([[0.0, 1.0], [1.0, 0.0]]))


def answered(response: Recognition | Utilities, truth: np.ndarray, shift: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(3)
    shown = response.objects(rng, truth, np.zeros(len(truth)), np.arange(len(truth)))
    effect = np.zeros((len(truth), 1, 2, 2))
    return response.answers(rng, shown, shift, effect, np.zeros(len(truth)))


def test_choosing_follows_the_rows_of_chances() -> None:
    rng = np.random.default_rng(0)
    assert choose(np.eye(3), rng).tolist() == [0, 1, 2]
    shares = np.bincount(choose(np.tile([0.2, 0.5, 0.3], (10_000, 1)), rng), minlength=3) / 10_000
    assert shares == pytest.approx([0.2, 0.5, 0.3], abs=0.02)  # four standard deviations


def test_a_task_is_drawn_with_confusions_that_sum_to_one() -> None:
    sizes = np.array([80.0, 40.0, 20.0, 10.0])
    plain, easy = (ClassModel.draw(sizes, ease, np.random.default_rng(1)) for ease in (0.0, 0.7))
    assert plain.confusion.sum(1) == pytest.approx(np.ones(4))
    assert np.diagonal(plain.confusion).tolist() == [0.0] * 4
    assert easy.base - plain.base == pytest.approx([0.7] * 4)
    # The rarest class is 1.2 logits harder than the commonest, beside a deviation of 0.5 each.
    many = np.mean([ClassModel.draw(sizes, 0.0, np.random.default_rng(seed)).base for seed in range(400)], axis=0)
    assert many == pytest.approx([1.6, 1.2, 0.8, 0.4], abs=0.1)


def test_expected_score_without_spread_by_hand() -> None:
    # Class a: recall r, hits 100 r; it is called 100 r + 50 (1 - q) times. Class b the other way round.
    r, q = special.expit([1.0, -0.5])
    a = 2 * 100 * r / (100 + 100 * r + 50 * (1 - q))
    b = 2 * 50 * q / (50 + 50 * q + 100 * (1 - r))
    found = Recognition(TWO, STILL).expected(0.0, np.zeros((1, 2)), np.zeros((1, 1)), 0.0)
    assert found == pytest.approx((a + b) / 2, abs=1e-5)


def test_expected_recall_is_the_integral_over_objects() -> None:
    even = ClassModel(np.array([10.0, 10.0]), np.array([0.8, 0.8]), TWO.confusion)
    recall, _ = integrate.quad(lambda z: special.expit(0.8 + 0.3 + 1.3 * z) * stats.norm.pdf(z), -9, 9)
    # Two classes of one size and one recall: F1 is the recall. 1.3^2 = 1.2^2 + 0.5^2 of object and view.
    found = Recognition(even, Spread(1.2, 0.5, 0.0)).expected(0.3, np.zeros((1, 2)), np.zeros((1, 1)), 0.0)
    assert found == pytest.approx(recall, abs=1e-4)


def test_what_is_surely_recognised_and_what_never_is() -> None:
    truth = np.array([0, 1, 1, 0])
    response = Recognition(TWO, STILL)
    assert answered(response, truth, 50.0).tolist() == [[truth.tolist()] * 2]
    assert answered(response, truth, -50.0).tolist() == [[(1 - truth).tolist()] * 2]


def test_two_utilities_are_a_logistic_choice() -> None:
    # The difference of two Gumbel variables is logistic, so the right class wins with probability expit(base).
    even = ClassModel(np.array([10.0, 10.0]), np.array([0.8, 0.8]), TWO.confusion)
    response = Utilities(even, STILL)
    truth = np.arange(10_000) % 2
    share = (answered(response, truth) == truth).mean()
    assert share == pytest.approx(special.expit(0.8), abs=0.013)  # four standard deviations of 20,000 answers
    expected = response.expected(0.0, np.zeros((5, 2)), np.zeros((1, 1)), 0.0)
    assert expected == pytest.approx(special.expit(0.8), abs=0.017)


def test_an_effect_on_a_class_gives_hits_and_false_alarms() -> None:
    response = Utilities(TWO, STILL)
    rng = np.random.default_rng(5)
    truth = np.arange(400) % 2
    shown = response.objects(rng, truth, np.zeros(400), np.arange(400))
    effect = np.zeros((400, 1, 1, 2))
    effect[..., 1] = 60.0
    assert (response.answers(rng, shown, 0.0, effect, np.zeros(400)) == 1).all()

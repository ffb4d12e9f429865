import numpy as np
import pytest

from kilnmix.curation import mislabelled


def judged(count: int, classes: int, sharpness: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """True labels, drawn from probabilities that know what they do not know."""
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.full(classes, sharpness), count)
    truth = (rng.random((count, 1)) > chances.cumsum(axis=1)).sum(axis=1).clip(0, classes - 1)
    return truth, chances


def spoiled(labels: np.ndarray, classes: int, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels of which a share is another class, and which ones."""
    rng = np.random.default_rng(seed)
    bad = rng.random(len(labels)) < share
    return np.where(bad, (labels + rng.integers(1, classes, len(labels))) % classes, labels), bad


@pytest.mark.parametrize("power", [0.6, 1.0, 2.0])
def test_noise_and_overconfidence_are_told_apart(power: float) -> None:
    truth, chances = judged(3000, 6, 0.15, 1)
    shown = chances**power / (chances**power).sum(axis=1, keepdims=True)
    labels, bad = spoiled(truth, 6, 0.1, 2)
    noise = mislabelled.estimate(labels, shown)
    assert noise.rate == pytest.approx(bad.mean(), abs=0.02)
    assert noise.temperature == pytest.approx(power, rel=0.15)
    listed = noise.wrong > 0.5
    exact = 0.1 * (1 - chances) / 5 / (0.9 * chances + 0.1 * (1 - chances) / 5)  # Bayes' rule, both being known
    assert noise.wrong == pytest.approx(exact[np.arange(3000), labels], abs=0.15)
    assert (listed & bad).sum() > 0.5 * bad.sum()
    # The probabilities are what they say: of the labels that are listed, about so many are wrong.
    assert noise.wrong[listed].mean() == pytest.approx(bad[listed].mean(), abs=0.06)


@pytest.mark.parametrize(("sharpness", "power"), [(0.15, 1.0), (0.15, 2.5), (0.6, 1.0), (0.6, 2.5)])
def test_weak_judges_make_no_wrong_labels(sharpness: float, power: float) -> None:
    truth, chances = judged(1000, 4, sharpness, 3)
    shown = chances**power / (chances**power).sum(axis=1, keepdims=True)
    outvoted = (shown.argmax(axis=1) != truth).mean()
    noise = mislabelled.estimate(truth, shown)
    assert outvoted > 0.1
    assert noise.rate < 0.03
    assert (noise.wrong > 0.5).mean() < 0.01


def test_bayes_by_hand() -> None:
    """With the temperature at its limit, probabilities of 0.9 and 0.05 are 1 and 0, so that noise is counted."""
    labels = np.zeros(200, np.int64)
    labels[:4] = 1
    chances = np.tile([0.9, 0.05, 0.05], (200, 1))
    noise = mislabelled.estimate(labels, chances)
    assert noise.rate == pytest.approx(4 / 200, abs=1e-3)
    assert noise.wrong[:4] == pytest.approx(np.ones(4), abs=0.02)
    assert noise.wrong[4:] == pytest.approx(np.zeros(196), abs=1e-3)

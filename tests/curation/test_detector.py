import numpy as np
import pytest

from kilnmix.curation import detector


def test_what_is_told_by_one_feature_among_many() -> None:
    rng = np.random.default_rng(0)
    photographs, spoiled = rng.normal(0, 1, (200, 40)), rng.normal(0, 1, (200, 40))
    spoiled[:, 7] += 8
    found = detector.learn(photographs, spoiled, 0.01)
    assert found is not None
    assert np.abs(found.weights).argmax() == 7
    images = rng.normal(0, 1, (2000, 40))
    # The third highest of 200 photographs is passed by one in a hundred of others: binomial, 2 to 50 of 2,000.
    assert found.told(images).mean() < 0.03
    images[:, 7] += 8
    assert found.told(images).mean() > 0.99


def test_leave_one_out_is_what_is_predicted_without_each() -> None:
    """The threshold is the highest of what each photograph is told by a ridge that has not seen it."""
    rng = np.random.default_rng(1)
    photographs, spoiled = rng.normal(0, 1, (25, 3)), rng.normal(1, 1, (25, 3))
    found = detector.learn(photographs, spoiled, 0.01)
    assert found is not None
    known = (np.concatenate([photographs, spoiled]) - photographs.mean(0)) / photographs.std(0)
    scale = np.sqrt((known**2).sum(1).mean())
    inputs, sought = np.column_stack([known, np.full(50, scale)]), np.repeat([-1.0, 1.0], 25)
    mean = np.linalg.eigvalsh(inputs @ inputs.T).mean()

    def told(penalty: float, left: np.ndarray, row: int) -> float:
        normal = inputs[left].T @ inputs[left] + penalty * np.eye(4)
        return float(inputs[row] @ np.linalg.solve(normal, inputs[left].T @ sought[left]))

    by_penalty = {
        penalty: np.array([told(penalty * mean, np.delete(np.arange(50), row), row) for row in range(50)])
        for penalty in detector.PENALTIES
    }
    best = min(by_penalty.values(), key=lambda values: float(((values - sought) ** 2).mean()))
    assert found.threshold == pytest.approx(max(best[:25].max(), 0.0), rel=1e-6)


def test_nothing_is_learnt_of_a_handful() -> None:
    few = np.zeros((detector.LEAST - 1, 3))
    assert detector.learn(few, np.ones((50, 3)), 0.01) is None
    assert detector.learn(np.ones((50, 3)), few, 0.01) is None

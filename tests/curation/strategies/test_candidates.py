import numpy as np

from kilnmix.curation.strategies.candidates import Candidates, highest, sureness

THREE = Candidates(
    agreement=np.array([0.1, 0.5, 0.5]),
    entropy=np.zeros(3),
    features=np.arange(6.0).reshape(3, 2),
    real=np.zeros((1, 2)),
    groups=np.array([0, 1, 1]),
    real_groups=np.array([0]),
)


def test_a_share_of_each_group_and_at_least_one() -> None:
    assert [(rows.tolist(), count, group) for rows, count, group in THREE.each(0.1)] == [([0], 1, 0), ([1, 2], 1, 1)]
    assert highest(THREE.agreement, THREE, 0.5).tolist() == [True, True, False]


def test_a_part_keeps_all_photographs() -> None:
    part = THREE.part(np.array([2]))
    assert (part.agreement.tolist(), part.features.tolist(), part.groups.tolist()) == ([0.5], [[4, 5]], [1])
    assert part.real.shape == (1, 2)


def test_sureness() -> None:
    labels = np.array([[0, 1], [-1, 0], [-1, -1]])
    first = np.array([[0.5, 0.5], [1.0, 0.0], [1.0, 0.0]])
    second = np.array([[0.25, 0.25, 0.5], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    agreement, entropy = sureness(labels, [first, second])
    assert agreement.tolist() == [0.375, 1.0, 0.0]  # (0.5 + 0.25) / 2
    # Entropies ln 2 / ln 2 = 1, and 1.5 ln 2 / ln 3.
    np.testing.assert_allclose(entropy, [(1 + 1.5 * np.log(2) / np.log(3)) / 2, 0, 0], atol=1e-9)

import numpy as np

from kilnmix.curation.strategies.matched import matching

LINE = np.array([0.0, 1.0, 2.0, 10.0, 4.0, 5.0])[:, None]


def test_matched_takes_what_spreads_as_photographs_do() -> None:
    # Variance 4 about 0. First x^4 - 8 x^2 is least at x = 2 (-16, against 0, -7, 128 at 4, 425 at 5). With S = 4 and
    # t = 2: 2 x^2 (4 - 8) + x^4 is -7 at 1, 128 at 4, 0 at 0. Then S = 5, t = 3: -14 x^2 + x^4 is 32 at 4, 0 at 0.
    assert matching(LINE, np.array([[4.0]]), 3).tolist() == [2, 1, 0]


def test_matching_is_greedy_in_the_frobenius_norm() -> None:
    rng = np.random.default_rng(0)
    features, wanted = rng.normal(size=(12, 3)), np.diag([2.0, 1.0, 0.2])
    picked = matching(features, wanted, 5).tolist()
    for step in range(5):
        before = sum((np.outer(features[row], features[row]) for row in picked[:step]), np.zeros((3, 3)))
        costs = {
            row: np.linalg.norm(before + np.outer(features[row], features[row]) - (step + 1) * wanted)
            for row in range(12)
            if row not in picked[:step]
        }
        assert min(costs, key=lambda row: costs[row]) == picked[step]

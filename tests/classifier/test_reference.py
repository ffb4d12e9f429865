from pathlib import Path

import numpy as np
import pytest

from kilnmix.classifier import reference
from kilnmix.classifier.reference import Folding, Reference
from kilnmix.common.errors import UserError

WIDE = 5000


def collection(objects: int, rng: np.random.Generator, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two photographs of every object, round one of a few directions."""
    kinds = rng.integers(len(centres), size=objects).repeat(2)
    return centres[kinds] + 0.5 * rng.normal(size=(2 * objects, WIDE)), np.arange(objects).repeat(2)


def test_folding_keeps_cosines() -> None:
    rng = np.random.default_rng(0)
    mean, scale = rng.normal(size=WIDE), rng.uniform(1, 3, WIDE)
    one, noise = rng.normal(size=(2, WIDE))
    other = one + noise
    expected = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    # A collection whose mean and deviation are known exactly.
    folding = Folding.of(np.stack([mean - scale, mean + scale]))
    first, second = folding.apply(np.stack([one, other]) * scale + mean)
    assert len(first) == reference.WIDTH
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-5)
    # The deviation of a sketch's product is about 1 / sqrt(512) = 0.044.
    assert first @ second == pytest.approx(expected, abs=0.13)
    # What is not wider than the sketch is only reordered.
    few = rng.normal(size=(2, 8))
    a, b = Folding.of(np.array([[-1.0] * 8, [1.0] * 8])).apply(few)
    assert a @ b == pytest.approx(few[0] @ few[1] / np.linalg.norm(few[0]) / np.linalg.norm(few[1]), abs=1e-5)


def test_a_stated_share_of_new_objects_is_called_unlike_and_strangers_are() -> None:
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(4, WIDE))
    known = Reference.of(*collection(300, rng, centres), [f"p{row}" for row in range(600)])
    new, _ = collection(400, rng, centres)
    share = known.unlike(new).mean()
    assert share == pytest.approx(reference.RATE, abs=0.035)
    assert known.unlike(rng.normal(size=(50, WIDE))).all()


def test_neighbours_are_of_different_objects_the_nearest_first() -> None:
    # Mean 0 and deviation 1 in both features.
    corners = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    known = Reference.of(corners, np.array([5, 5, 2, 9]), ["a", "b", "c", "d"])
    rows = known.nearest(np.array([[1.0, 0.9]]), 2)
    assert [known.ids[row] for row in rows[0]] == ["a", "c"]
    # The mean of 1 - cosine to the nearest photographs of the three objects: 0, 1, 2.
    assert known.distances(np.array([[1.0, 1]]))[0] == pytest.approx(1.0, abs=1e-3)
    # Four photographs of three objects are too few to say that one in twenty lies farther off.
    assert known.threshold == np.inf
    assert not known.unlike(np.array([[-1.0, -1]])).any()


def test_a_photograph_does_not_count_its_own_object() -> None:
    rng = np.random.default_rng(2)
    features = np.repeat(rng.normal(size=(60, 64)), 2, axis=0)
    known = Reference.of(features, np.arange(60).repeat(2), list(map(str, range(120))))
    # Every photograph has a twin of its own object; the threshold is that of the others.
    assert 0.5 < known.threshold < 1


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert reference.read(tmp_path, "Make it anew.") is None
    rng = np.random.default_rng(3)
    known = Reference.of(rng.normal(size=(40, 700)), np.arange(40), [f"图{row}" for row in range(40)])
    known.write(tmp_path)
    again = reference.read(tmp_path, "Make it anew.")
    assert again is not None
    assert (again.ids, again.threshold) == (known.ids, known.threshold)
    asked = rng.normal(size=(5, 700))
    np.testing.assert_array_equal(again.distances(asked), known.distances(asked))
    (tmp_path / reference.NAME).write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"cannot be read.*Make it anew"):
        reference.read(tmp_path, "Make it anew.")

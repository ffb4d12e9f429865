import cv2
import numpy as np
import pytest

from kilnmix.curation import quality

SIDE = quality.SIDE


def scene(*middles: int, width: int = 16) -> np.ndarray:
    """(SIDE, SIDE, 3) uint8: a backdrop that grows lighter downwards, and textured discs at some places across."""
    y, x = np.mgrid[:SIDE, :SIDE]
    picture = np.repeat((80 + 0.4 * y)[..., None], 3, axis=2)
    texture = np.random.default_rng(0).normal(0, 12, (SIDE, SIDE, 1))
    for middle in middles:
        disc = (x - middle) ** 2 + (y - 48) ** 2 < width**2
        picture = np.where(disc[..., None], np.array([200, 180, 120]) + texture, picture)
    return np.clip(picture, 0, 255).astype(np.uint8)


def test_vessels_are_counted() -> None:
    found = quality.measure([scene(), scene(48), scene(24, 72), scene(0)], SIDE)
    assert found.vessels.tolist() == [0, 1, 2, 1]
    assert found.second.tolist() == [0, 0, pytest.approx(1, abs=0.05), 0]
    # A disc at the left edge: 2 * 16 of the 4 * 96 pixels of the border.
    assert found.cut[3] == pytest.approx(32 / 384, abs=0.02)
    assert found.cut[1] == 0


def test_sharpness_and_clipping_by_hand() -> None:
    checks = np.indices((SIDE, SIDE)).sum(0) % 2 * 255
    board = np.repeat(checks[..., None], 3, axis=2).astype(np.uint8)
    found = quality.measure([board, scene(48), cv2.GaussianBlur(scene(48), (0, 0), 3)], SIDE)
    # Every pixel's Laplacian is +-4 * 255 inside, the picture's variance (255 / 2)^2: 64.
    assert found.sharpness[0] == pytest.approx(64, rel=0.05)
    assert found.clipped.tolist() == [1, 0, 0]
    assert found.sharpness[2] < found.sharpness[1] / 5


def test_faults_are_what_photographs_seldom_show() -> None:
    usual = quality.usual(quality.measure([scene(40 + shift) for shift in range(16)], SIDE), 0.01)
    images = [
        scene(48),
        cv2.GaussianBlur(scene(48), (0, 0), 3),
        scene(),
        scene(24, 72),
        scene(4),
        np.full_like(scene(), 255),
    ]
    found = quality.faults(quality.measure(images, SIDE), usual)
    assert tuple(found) == quality.FAULTS
    told = [{name for name in found if found[name][row]} for row in range(len(images))]
    assert told[:2] == [set(), {"blurred"}]
    assert "empty" in told[2] and "doubled" in told[3] and "cut-off" in told[4] and "exposure" in told[5]
    pairs = quality.usual(quality.measure([scene(20 + shift, 70) for shift in range(10)], SIDE), 0.01)
    assert not quality.faults(quality.measure([scene(24, 72)], SIDE), pairs)["doubled"].any()


def test_blocks_one_after_the_other() -> None:
    whole = quality.measure([scene(48), scene()], SIDE)
    parts = quality.joined([quality.measure([scene(48)], SIDE), quality.measure([scene()], SIDE)])
    assert parts.vessels.tolist() == whole.vessels.tolist()
    assert quality.measure([], SIDE).vessels.tolist() == []

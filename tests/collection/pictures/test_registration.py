"""Laying one small picture on another, against scipy and numpy."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

from kilnmix.collection.pictures import registration


def pictures(count: int, side: int = 64, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(count, side, side))
    soft = np.stack([gaussian_filter(one, 2.5) for one in noise])
    return np.clip(128 + 400 * soft, 0, 255).astype(np.float32)


def test_detail_is_what_a_gaussian_blur_takes_away() -> None:
    given = pictures(2)
    expected = [one - gaussian_filter(one, registration.DETAIL, mode="nearest") for one in given]
    assert registration.detail(given) == pytest.approx(np.stack(expected), abs=0.01)


def test_correlation_is_pearsons() -> None:
    a, b = pictures(2, 16), pictures(2, 16, seed=1) + 0.3 * pictures(2, 16)
    expected = [np.corrcoef(x.ravel(), y.ravel())[0, 1] for x, y in zip(a, b, strict=True)]
    assert registration.correlation(a, b) == pytest.approx(expected, abs=1e-4)
    left = np.zeros_like(a)
    left[:, :, :8] = 1
    half = [np.corrcoef(x[:, :8].ravel(), y[:, :8].ravel())[0, 1] for x, y in zip(a, b, strict=True)]
    assert registration.correlation(a, b, left) == pytest.approx(half, abs=1e-4)
    assert registration.correlation(a, np.full_like(a, 7)).tolist() == [0.0, 0.0]


def test_halving_takes_means_of_two_by_two() -> None:
    given = np.array([[[0, 2, 1, 1], [4, 6, 1, 1], [0, 0, 9, 9], [0, 0, 9, 5]]], np.uint8)
    assert registration.halved(given).tolist() == [[[3, 1], [0, 8]]]


def test_warping_is_bilinear() -> None:
    (given,) = pictures(1, 32)
    placed = np.array([[0.1, -0.05, -0.08, 0.04]], np.float32)
    moved, inside = registration.warp(given[None], placed)
    axis = np.linspace(-1, 1, 32)
    x = ((1 + 0.1) * axis - 0.05 + 1) * 31 / 2
    y = ((1 - 0.08) * axis + 0.04 + 1) * 31 / 2
    expected = map_coordinates(given, np.meshgrid(y, x, indexing="ij"), order=1, mode="nearest")
    assert moved[0] == pytest.approx(expected, abs=0.01)
    assert inside[0].astype(bool).tolist() == np.outer((y >= 0) & (y <= 31), (x >= 0) & (x <= 31)).tolist()


def test_the_shift_and_scale_of_a_copy_are_recovered() -> None:
    given = pictures(3)
    truth = np.array([[0.06, 0.03, -0.05, -0.02]] * 3, np.float32)
    copies, _ = registration.warp(given, truth)
    # A point x of the copy lies at (1 + scale) x + shift of the picture.
    assert registration.align(copies, given) == pytest.approx(truth, abs=0.01)
    assert np.abs(registration.align(given, given)).max() < 1e-4


def test_a_cropped_copy_is_the_same_picture_and_another_is_not() -> None:
    given = pictures(2).astype(np.uint8)
    cropped = np.asarray(Image.fromarray(given[0]).resize((64, 64), Image.Resampling.BILINEAR, box=(3, 2, 62, 63)))
    found = registration.same_picture(given, np.stack([cropped, given[0]]), 0.93)
    assert found[0] > 0.9 and abs(found[1]) < 0.5
    assert registration.same_picture(given, given, 0.93) == pytest.approx([1, 1], abs=1e-5)

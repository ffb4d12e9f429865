import dataclasses

import albumentations as A
import numpy as np
import pytest
import torch
from torchvision.transforms import functional as tv

from kilnmix.classifier.data.gpu_augment import augmented, draws, sent
from kilnmix.classifier.data.loader import BatchLoader
from kilnmix.classifier.data.resize import resized
from kilnmix.classifier.data.training_data import resolve
from kilnmix.classifier.run import Extra

PIXELS = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8))
NOTHING = {key: torch.from_numpy(values) for key, values in draws("none", 0, 0, "real", 2).items()}


def test_drawing_nothing_changes_nothing():
    assert torch.equal(augmented(PIXELS, NOTHING, 8), PIXELS)


def test_mirror_and_crop_are_exact_on_pixels():
    mirror = {**NOTHING, "affine": torch.tensor([[[-1.0, 0, 0], [0, 1.0, 0]]] * 2)}
    assert torch.equal(augmented(PIXELS, mirror, 8), PIXELS.flip(2))
    # The left upper quarter: half the side, its centre at (-1/2, -1/2).
    quarter = {**NOTHING, "affine": torch.tensor([[[0.5, 0, -0.5], [0, 0.5, -0.5]]] * 2)}
    assert torch.equal(augmented(PIXELS, quarter, 4), PIXELS[:, :4, :4])


def test_light_contrast_and_colour_by_hand():
    pixels = torch.tensor([100, 50, 200], dtype=torch.uint8).expand(2, 4, 4, 3)
    brighter = augmented(pixels, {**NOTHING, "shift": torch.tensor([0.1, 0.0]), "gain": torch.tensor([1.0, 0.5])}, 4)
    assert brighter[0, 0, 0].tolist() == [126, 76, 226]
    assert brighter[1, 0, 0].tolist() == [50, 25, 100]
    grey = augmented(pixels, {**NOTHING, "colour": torch.zeros(2)}, 4)
    assert grey[0, 0, 0].tolist() == [round(0.299 * 100 + 0.587 * 50 + 0.114 * 200)] * 3


def test_contrast_about_the_mean_grey_by_hand():
    pixels = torch.zeros(2, 4, 4, 3, dtype=torch.uint8)
    pixels[:, :2], pixels[:, 2:] = 40, 160
    drawn = {**NOTHING, "light": torch.tensor([0.5, 1.0]), "gain": torch.tensor([0.5, 1.5]), "pivot": torch.ones(2)}
    first, second = augmented(pixels, drawn, 4)
    # Half as light: 20 and 80, mean 50; half as far from it: 35 and 65. The other: mean 100, 1.5 times 60 from it.
    assert (first[0, 0, 0].item(), first[2, 0, 0].item()) == (35, 65)
    assert (second[0, 0, 0].item(), second[2, 0, 0].item()) == (10, 190)


def test_factors_do_what_color_jitter_does():
    light, gain, colour = 1.2, 0.75, 1.3
    factors = {"light": light, "gain": gain, "pivot": 1.0, "colour": colour}
    ours = augmented(PIXELS, {**NOTHING, **{name: torch.full((2,), value) for name, value in factors.items()}}, 8)
    x = PIXELS.permute(0, 3, 1, 2).float() / 255
    x = tv.adjust_saturation(tv.adjust_contrast(tv.adjust_brightness(x, light), gain), colour)
    assert (ours.permute(0, 3, 1, 2) - 255 * x).abs().max() < 0.6
    jitter = A.ColorJitter((light, light), (gain, gain), (colour, colour), (0, 0), p=1)
    calm = (PIXELS.float() * 0.25 + 90).to(torch.uint8)  # nothing is cut off, so that the order does not matter
    ours = augmented(calm, {**NOTHING, **{name: torch.full((2,), value) for name, value in factors.items()}}, 8)
    # It rounds after each of three steps, and factors above one stretch that.
    assert np.abs(_differences(ours, calm, jitter)).max() <= 3


def test_factors_without_colour_do_what_random_brightness_contrast_does():
    ours = augmented(PIXELS, {**NOTHING, "shift": torch.full((2,), 0.1), "gain": torch.full((2,), 0.9)}, 8)
    assert np.abs(_differences(ours, PIXELS, A.RandomBrightnessContrast((0.1, 0.1), (-0.1, -0.1), p=1))).max() <= 1


def _differences(ours, pixels, transform):
    theirs = np.stack([transform(image=picture)["image"] for picture in pixels.numpy()])
    return (ours.numpy().astype(int) - theirs).ravel()


def test_holes_are_where_they_were_drawn():
    holes = torch.zeros(2, 2, 4)
    holes[0, 1] = torch.tensor([0.0, 0.5, 0.5, 1.0])
    out = augmented(torch.full((2, 8, 8, 3), 9, dtype=torch.uint8), {**NOTHING, "holes": holes}, 8)
    assert (out[0, :4, 4:] == 0).all()
    assert (out[0, 4:] == 9).all()
    assert (out[1] == 9).all()


@pytest.mark.parametrize("name", ["paper", "strong"])
def test_draws_stay_in_range_and_do_not_depend_on_how_many_there_are(name):
    many, few = draws(name, 0, 3, "real", 400), draws(name, 0, 3, "real", 5)
    for key, values in few.items():
        np.testing.assert_array_equal(values, many[key][:5])
    corners = np.array([[-1, -1, 1], [1, 1, 1], [-1, 1, 1], [1, -1, 1]]).T
    reach = np.abs(many["affine"] @ corners).max()
    # A crop stays inside; only a turned one may reach past a corner.
    assert reach <= (1.0 + 1e-6 if name == "paper" else 1.5)
    flipped = many["affine"][:, 0, 0] < 0
    assert 0.4 < flipped.mean() < 0.6
    most = 0.15 if name == "paper" else 0.3
    if name == "paper":
        assert 0.9 * most < np.abs(many["shift"]).max() <= most
        assert (many["light"] == 1).all() and (many["pivot"] == 0).all() and (many["colour"] == 1).all()
    else:
        assert 0.9 * most < np.abs(many["light"] - 1).max() <= most + 1e-6
        assert (many["shift"] == 0).all() and (many["pivot"] == 1).all()
    assert 0.9 * most < np.abs(many["gain"] - 1).max() <= most + 1e-6
    holed = (many["holes"][:, :, 1] > many["holes"][:, :, 0]).any(1)
    assert abs(holed.mean() - (0.0 if name == "paper" else 0.3)) < 0.08
    assert many["holes"].max() <= 1.0
    assert not np.array_equal(many["affine"], draws(name, 0, 4, "real", 400)["affine"])


def _loader(run, device=None):
    return BatchLoader(run, resolve(run), device=device)


def test_batches_take_their_pictures_from_the_device(make_run, shapes):
    rows = shapes.members(0, "train")[:4]
    extra = Extra("repeat", shapes.folder / "pixels.npy", rows[[0, 2, 2, 3]], shapes.label_matrix[rows], share=0.2)
    device = torch.device("cpu")
    bare = list(_loader(make_run(), device))
    mixed = list(_loader(make_run({"extra": extra}, first_size=20), device))
    assert [tuple(batch["pixels"].shape) for batch in mixed] == [(10, 20, 20, 3)] * 3 + [(10, 24, 24, 3)] * 3
    for one, other in zip(bare[3:], mixed[3:], strict=True):
        # The real slots are the same whether or not others stand behind them.
        assert torch.equal(one["pixels"], other["pixels"][:8])
        assert torch.equal(one["labels"], other["labels"][:8])
    settings = {"augment": "none", "mix": "cutmix"}
    lighter = dataclasses.replace(extra, weight=0.5)
    untouched = next(iter(_loader(make_run({"extra": lighter}, **settings), device)))
    plain = next(iter(_loader(make_run({"extra": lighter}, **settings))))
    assert set(untouched) == set(plain)
    for name in ("pixels", "labels", "weights"):
        assert torch.equal(untouched[name], plain[name])
    assert torch.equal(untouched["blend"].partner, plain["blend"].partner)
    assert untouched["blend"][1:] == plain["blend"][1:]
    assert untouched["weights"].tolist() == [1.0] * 8 + [0.5] * 2


def test_numbers_arrive_as_they_were_sent():
    arrays = {
        "a": np.array([[1.5, -2.25], [np.float32(1e-8), 3.0]], np.float32),
        "b": np.array([7, -1, 2**24 + 1], np.int32),
        "c": np.empty((0, 2, 4), np.float32),
    }
    there = sent(arrays, torch.device("cpu"))
    for name, values in arrays.items():
        np.testing.assert_array_equal(there[name].numpy(), values)
    assert there["b"].dtype == torch.int64


def test_pictures_on_the_device_are_made_small_once(make_run, shapes):
    run = make_run(size=8, augment="none")
    batch = next(iter(_loader(run, torch.device("cpu"))))
    whole = resized(shapes.pixels[run.train], 8)
    assert all(any(np.array_equal(picture, other) for other in whole) for picture in batch["pixels"].numpy())

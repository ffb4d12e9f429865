import numpy as np
import pytest

from kilnmix.classifier.data.training_data import resolve
from kilnmix.classifier.run import Extra
from kilnmix.common.errors import UserError


def test_labels_classes_and_counts_are_those_of_the_runs_tasks_in_its_order(make_run, shapes):
    run = make_run({"tasks": ("form", "colour")})
    data = resolve(run)
    assert data.classes == {"form": 2, "colour": 3}
    np.testing.assert_array_equal(data.labels, np.stack([shapes.labels["form"], shapes.labels["colour"]], axis=1))
    np.testing.assert_array_equal(data.labels_of(run.val)["colour"], shapes.labels["colour"][run.val])
    # Sixty training photographs: twenty of each colour.
    assert data.counts[1].tolist() == [20, 20, 20]
    assert data.row_weights is None
    assert len(data.extra_pixels) == 0


def test_extra_images_count_as_often_as_they_are_seen(make_run, shapes):
    rows = np.array([0, 3])
    labels = np.array([[0, 0], [0, -1]])
    extra = Extra("repeat", shapes.folder / "pixels.npy", rows, labels, share=0.25, weight=0.5)
    data = resolve(make_run({"extra": extra}))
    # A share of a quarter of 60 photographs is 20 images, each of two rows ten times, with half the weight.
    assert data.counts[0].tolist() == [20 + 10, 20, 20]
    assert len(data.extra_pixels) == 90


def test_sampling_evens_the_drawn_counts_alone(make_run, shapes):
    train = shapes.members(0, "train")
    colour = shapes.labels["colour"][train]
    some = np.concatenate([train[colour == 0], train[colour == 1][:10]])
    data = resolve(make_run({"train": some}, sampling={"colour": "balanced"}))
    assert data.counts[0].tolist() == [20, 10, 0]
    np.testing.assert_allclose(data.drawn_counts[0], [15, 15, 0])
    assert data.seen["colour"].tolist() == [True, True, False]


def test_a_collection_that_is_not_there_is_a_sentence(make_run, tmp_path):
    with pytest.raises(UserError, match="dvc repro prepare"):
        resolve(make_run({"prepared": tmp_path}))

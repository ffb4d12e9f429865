import dataclasses

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from sklearn.linear_model import LogisticRegression

from kilnmix.classifier import predict
from kilnmix.classifier.data.training_data import resolve
from kilnmix.classifier.network.backbones import pretrained
from kilnmix.classifier.network.multitask import MultiTaskNetwork
from kilnmix.classifier.run import Extra
from kilnmix.classifier.training import probe
from kilnmix.classifier.training.fit import fit
from kilnmix.classifier.training.probe import PENALTY, fit_probe

pytestmark = pytest.mark.usefixtures("one_thread")


def _probe(run):
    torch.manual_seed(0)
    return fit_probe(run, resolve(run), pretrained(run.settings.backbone, None), torch.device("cpu"))


def _logits(network, pixels):
    return predict.outputs(network, pixels, flips=True)[0]


def _right(answers, shapes, task, rows):
    known = shapes.labels[task][rows] >= 0
    return (answers[task][known].argmax(1) == shapes.labels[task][rows][known]).mean()


def test_learns_colours_and_forms_from_a_backbone_that_knows_nothing(make_run, shapes):
    run = make_run(size=48)
    network, test = _probe(run), shapes.members(0, "test")
    answers = _logits(network, predict.resized(shapes.pixels[test], 48))
    assert _right(answers, shapes, "colour", test) > 0.9
    assert _right(answers, shapes, "form", test) > 0.9


def test_heads_are_scikit_learns_regression_on_the_standardised_covariances(make_run, shapes):
    run = make_run(size=48, imbalance="none")
    network, train = _probe(run), shapes.members(0, "train")
    read = predict.outputs(network, predict.resized(shapes.pixels[train], 48), flips=True)[1]
    np.testing.assert_allclose(read.mean(0), 0, atol=1e-3)
    scale = np.concatenate([np.full(width, (width * len(network.widths)) ** -0.5) for width in network.widths])
    theirs = LogisticRegression(C=1 / (PENALTY * len(train)), tol=1e-10, max_iter=20000)
    theirs.fit(read * scale, shapes.labels["colour"][train])
    # Both are almost without a penalty, so that it is directions that are compared.
    ours = (network.heads[0].weight.detach().numpy() / scale).ravel()
    cosine = ours @ theirs.coef_.ravel() / np.linalg.norm(ours) / np.linalg.norm(theirs.coef_)
    assert cosine > 0.98


def test_unknown_labels_teach_nothing(make_run, shapes):
    train = shapes.members(0, "train")
    known = train[shapes.labels["form"][train] >= 0]
    # The axes and the standardisation see all photographs: equal where the photographs are the same.
    network = _probe(make_run(size=48))
    other = _probe(make_run({"train": known}, size=48))
    pixels = predict.resized(shapes.pixels[shapes.members(0, "test")], 48)
    agree = _logits(network, pixels)["form"].argmax(1) == _logits(other, pixels)["form"].argmax(1)
    assert agree.mean() > 0.8


def test_extra_images_count_as_their_share_and_weight_say(make_run, shapes):
    """Eight extra images at a share of 8 in 68 are photographs like the 60 others, if their weight is 1."""
    train = shapes.members(0, "train")
    more = shapes.members(0, "val")[:8]
    labels = shapes.label_matrix[more]
    extra = Extra("synthetic", shapes.folder / "pixels.npy", more, labels, share=8 / 68)
    pixels = predict.resized(shapes.pixels[shapes.members(0, "test")], 24)
    found = {}
    for name, change in {
        "as extra": extra,
        "twice": dataclasses.replace(extra, rows=np.tile(more, 2), labels=np.tile(labels, (2, 1))),
        "without weight": dataclasses.replace(extra, weight=0.0),
        "none": None,
        "masked": dataclasses.replace(extra, labels=np.column_stack([labels[:, 0], np.full(8, -1)])),
    }.items():
        found[name] = _logits(_probe(make_run({"extra": change, "train": train})), pixels)
    for task in ("colour", "form"):
        np.testing.assert_allclose(found["twice"][task], found["as extra"][task], atol=1e-3)
        np.testing.assert_allclose(found["without weight"][task], found["none"][task], atol=1e-3)
        assert abs(found["as extra"][task] - found["none"][task]).max() > 0.05
    np.testing.assert_allclose(found["masked"]["form"], found["none"]["form"], atol=1e-3)
    np.testing.assert_allclose(found["masked"]["colour"], found["as extra"]["colour"], atol=1e-3)


def test_both_answer_together_by_their_weights(make_run, shapes):
    alone, run = fit(make_run(keep="last")), make_run(keep="last", probe=0.25)
    both = fit(run)
    # The steps are those of a run without a probe.
    assert both.metrics.losses == alone.metrics.losses
    model = both.model
    assert model.probe is not None
    pixels = shapes.pixels[run.test]
    own, other = (
        predict.outputs(one, pixels, flips)[0] for one, flips in ((model.network, False), (model.probe, True))
    )
    for task in run.tasks:
        expected = 0.75 * torch.from_numpy(own[task]).log_softmax(1) + 0.25 * torch.from_numpy(other[task]).log_softmax(
            1
        )
        expected = (expected / model.card.temperatures[task]).softmax(1)
        np.testing.assert_allclose(both.test.probabilities[task], expected, atol=1e-5)
    assert abs(both.test.probabilities["colour"] - alone.test.probabilities["colour"]).max() > 1e-3


def test_written_and_read_again(make_run, shapes, tmp_path):
    run = make_run({"keep_model": True}, probe=0.5)
    fitted = fit(run)
    fitted.write(tmp_path, with_model=True)
    answers, _ = predict.apply(predict.load(tmp_path), shapes.pixels[run.test])
    for task in run.tasks:
        np.testing.assert_allclose(answers[task], fitted.test.probabilities[task], rtol=1e-5, atol=1e-7)


def test_validation_scores_are_of_both(make_run, shapes):
    run = make_run(probe=0.5)
    fitted = fit(run)
    best, known = fitted.metrics.best, shapes.labels["form"][run.val] >= 0
    assert best is not None
    answers = fitted.validation.probabilities["form"][known].argmax(1)
    from sklearn.metrics import f1_score

    assert best.f1["form"] == pytest.approx(f1_score(shapes.labels["form"][run.val][known], answers, average="macro"))


def test_blocks_are_the_middle_and_the_last_of_each_resolution():
    network = MultiTaskNetwork(pretrained("squeezenet1_1", None), {"a": 2}, (), 0.0, "covariance")
    assert list(network.taps) == ["3", "4", "6", "7", "10", "12"]
    assert network.widths == [64 * 65 // 2] * 6
    assert network.width == sum(network.widths)


@pytest.fixture
def weights(tmp_path):
    """A file of pretrained weights."""
    file = tmp_path / "backbone.safetensors"
    body = pretrained("squeezenet1_1", None).body
    save_file({f"features.{name}": value for name, value in body.state_dict().items()}, file)
    return str(file)


def test_all_seeds_of_an_arm_have_one_probe(make_run, shapes, weights, monkeypatch):
    fits = []
    monkeypatch.setattr(probe, "fit_probe", lambda *given: (fits.append(1), fit_probe(*given))[1])
    rows = np.arange(8)
    extra = Extra("repeat", shapes.folder / "pixels.npy", rows, np.tile([0, 1], (8, 1)), 0.5)

    def trained(**run):
        return fit(make_run({"extra": extra} | run, weights=weights, probe=0.5))

    first, second = trained(seed=0), trained(seed=1)
    assert len(fits) == 1
    assert first.model.probe is second.model.probe
    assert not np.array_equal(first.test.probabilities["form"], second.test.probabilities["form"])
    # Every other difference is a probe of its own, and what is kept changes no answer.
    trained(seed=1, extra=dataclasses.replace(extra, labels=extra.labels[:, ::-1]))
    trained(seed=1, extra=dataclasses.replace(extra, share=0.25))
    trained(seed=1, test=shapes.members(0, "test")[:5])
    assert len(fits) == 4
    alone = trained(seed=1)
    assert len(fits) == 5
    for part in ("validation", "test"):
        for task in ("colour", "form"):
            kept, anew = (getattr(one, part).probabilities[task] for one in (second, alone))
            np.testing.assert_array_equal(kept, anew)


def test_a_probe_on_random_weights_is_each_seeds_own(make_run):
    one, other = (fit(make_run({"seed": seed}, probe=0.5)).model.probe.state_dict() for seed in (0, 1))
    assert any(not torch.equal(one[name], other[name]) for name in one if name.startswith("backbone."))


def test_photographs_are_read_once_for_all_seeds_of_a_fold(make_run, shapes, weights, monkeypatch):
    pixels, reads = shapes.pixels[shapes.members(0, "test")], []
    fit_axes = probe.fit_axes
    monkeypatch.setattr(probe, "fit_axes", lambda *given: (reads.append(1), fit_axes(*given)))

    def answers(**run):
        own = make_run(run, weights=weights, size=24)
        return _logits(fit_probe(own, resolve(own), pretrained("squeezenet1_1", weights), torch.device("cpu")), pixels)

    first, again = answers(seed=0), answers(seed=1)
    assert len(reads) == 1
    np.testing.assert_array_equal(first["colour"], again["colour"])
    fewer = answers(train=shapes.members(0, "train")[:50])
    assert len(reads) == 2
    assert not np.array_equal(fewer["colour"], first["colour"])
    np.testing.assert_array_equal(answers(seed=0)["form"], first["form"])


def test_class_weights_are_those_of_the_steps(make_run, shapes, monkeypatch):
    """By the images there are, not by how often sampling draws them, which evens the classes out already."""
    train = shapes.members(0, "train")
    colour = shapes.labels["colour"][train]
    some = np.concatenate([train[colour == 0], train[colour == 1][:10], train[colour == 2][:5]])
    given = []

    def regression(x, labels, weights, offset, *_):
        given.append((labels, weights))
        return torch.zeros(len(offset), x.shape[1]), torch.zeros(len(offset))

    monkeypatch.setattr(probe, "logistic_regression", regression)
    _probe(make_run({"train": some}, imbalance={"colour": "effective-number"}, sampling={"colour": "balanced"}))
    labels, weights = given[0]
    # E_n of Cui et al. for 20, 10 and 5 images; balanced sampling draws each class equally often.
    effective = (1 - 0.999 ** np.array([20, 10, 5])) / (1 - 0.999)
    each = 1 / effective / (1 / effective).mean() * (35 / 3) / np.array([20, 10, 5])
    np.testing.assert_allclose(weights, each[labels], rtol=1e-5)


def test_without_weights_the_norms_are_those_of_the_photographs(make_run, shapes):
    run = make_run(backbone="mobilenet_v3_small", size=48)
    network = _probe(run)
    read = predict.outputs(network, predict.resized(shapes.pixels[run.train], 48), flips=True)[1]
    # Features of every block vary as they should, the last ones too: a quarter of all, at least, to within a tenth.
    ends = np.cumsum(network.widths)
    for first, end in zip(np.r_[0, ends[:-1]], ends, strict=True):
        assert np.median(read[:, first:end].std(0)) == pytest.approx(1, abs=0.1)

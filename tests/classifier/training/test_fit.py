import numpy as np
import pytest
import torch

from kilnmix.classifier import predict
from kilnmix.classifier.data.training_data import resolve
from kilnmix.classifier.network.build import build
from kilnmix.classifier.results import Evaluation, read_metrics, read_predictions
from kilnmix.classifier.run import Extra
from kilnmix.classifier.training import checkpoint
from kilnmix.classifier.training.fit import fit
from kilnmix.common import seeds
from kilnmix.statistics.frequency import macro_f1

pytestmark = pytest.mark.usefixtures("one_thread")


def _probabilities(fitted):
    return np.concatenate(list(fitted.test.probabilities.values()), axis=1)


def test_learns_what_there_is_to_learn(make_run, shapes):
    rates = {"learning_rate": 3e-3, "backbone_rate": 3e-3, "ema": 0.9}
    fitted = fit(make_run(backbone="mobilenet_v3_small", size=32, steps=60, batch_size=16, **rates))
    test = shapes.members(0, "test")
    right = fitted.test.probabilities["colour"].argmax(1) == shapes.labels["colour"][test]
    assert right.mean() > 0.8
    assert fitted.metrics.losses[-1][1] < fitted.metrics.losses[0][1]


def test_same_seed_same_bits(make_run):
    first, second, other = fit(make_run()), fit(make_run()), fit(make_run({"seed": 1}))
    np.testing.assert_array_equal(_probabilities(first), _probabilities(second))
    assert not np.array_equal(_probabilities(first), _probabilities(other))


def test_global_random_state_neither_matters_nor_changes(make_run):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = fit(make_run())
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    np.testing.assert_array_equal(_probabilities(fit(make_run())), _probabilities(first))


def test_written_and_read_again(make_run, shapes, tmp_path):
    run = make_run({"keep_model": True}, backbone="mobilenet_v3_small", size=32)
    fitted = fit(run)
    fitted.write(tmp_path, with_model=True)
    test, metrics = read_predictions(tmp_path / "test.npz"), read_metrics(tmp_path / "metrics.json")
    np.testing.assert_array_equal(test.rows, run.test)
    np.testing.assert_array_equal(test.probabilities["form"], fitted.test.probabilities["form"])
    assert metrics == fitted.metrics
    assert [entry.step for entry in metrics.curve] == [3, 6]
    assert metrics.best is not None
    assert metrics.best.score == max(entry.score for entry in metrics.curve)
    model = predict.load(tmp_path)
    answers, features = predict.apply(model, shapes.pixels[run.test])
    np.testing.assert_allclose(answers["colour"], fitted.test.probabilities["colour"], rtol=1e-6, atol=1e-7)
    assert features.shape == (15, 16)
    listed = predict.most_likely(model, answers, count=2)[0]["colour"]
    assert listed[0][1] == answers["colour"][0].max()
    assert listed[0][0] == shapes.tasks[0].classes[answers["colour"][0].argmax()]


def test_validation_decides_which_weights_are_kept(make_run, shapes):
    run = make_run(steps=9, evaluations=3)
    fitted = fit(run)
    best = fitted.metrics.best
    assert best is not None
    known = shapes.labels["form"][run.val] >= 0
    answers = fitted.validation.probabilities["form"][known].argmax(1)
    again = macro_f1(shapes.labels["form"][run.val][known], answers, 2)
    assert again == pytest.approx(best.f1["form"])


def test_validation_is_examined_in_every_way(make_run, shapes):
    run = make_run(ordered=["colour"])
    fitted = fit(run)
    answers = fitted.validation.probabilities["colour"].argmax(1)
    labels = shapes.labels["colour"][run.val]
    found = fitted.metrics.validation
    assert found["colour"]["accuracy"] == pytest.approx((answers == labels).mean())
    assert found["colour"]["distance"] == pytest.approx(np.abs(answers - labels).mean())
    assert "distance" not in found["form"]
    assert np.sum(fitted.metrics.confusion["colour"]) == len(labels)


def test_the_last_weights_are_kept_where_asked(make_run):
    best, last = fit(make_run(evaluations=6)), fit(make_run(evaluations=6, keep="last"))
    assert last.metrics.best_step == 6
    assert [entry.score for entry in last.metrics.curve] == [entry.score for entry in best.metrics.curve]
    # This seed's best is an earlier one, so that there is something to tell apart.
    assert best.metrics.best_step < 6
    assert not np.array_equal(_probabilities(best), _probabilities(last))


@pytest.mark.parametrize(
    ("patience", "scores", "kept"),
    [
        (None, (0.5, 0.4, 0.3, 0.6, 0.9, 0.1), 5),
        # Looks 2 and 3 are no better than look 1; look 4 comes too late.
        (2, (0.5, 0.4, 0.5, 0.6, 0.9, 0.1), 1),
        (3, (0.5, 0.4, 0.5, 0.6, 0.2, 0.1), 4),
        (1, (0.5, 0.6, 0.7, 0.1, 0.9, 0.9), 3),
    ],
)
def test_the_best_weights_are_final_after_so_many_looks_without_a_better_one(
    make_run, monkeypatch, patience, scores, kept
):
    looked = []

    def evaluate(step, *_):
        looked.append(step)
        return Evaluation(step, scores[step - 1], {}, 1.0)

    monkeypatch.setattr(checkpoint, "evaluate", evaluate)
    metrics = fit(make_run(evaluations=6, patience=patience)).metrics
    assert metrics.best_step == kept
    # The budget is the same: all steps are made and looked at.
    assert looked == [1, 2, 3, 4, 5, 6]


def test_without_validation_the_last_weights_are_kept(make_run):
    fitted = fit(make_run({"val": np.empty(0, np.int64)}))
    assert fitted.metrics.curve == ()
    assert fitted.metrics.best_step == 6
    assert set(fitted.metrics.temperatures.values()) == {1.0}
    assert fitted.validation.probabilities["colour"].shape == (0, 3)


def test_extra_images_change_the_training_and_masked_ones_only_their_own_task(make_run, shapes):
    rows = shapes.members(0, "train")[:8]
    labels = shapes.label_matrix[rows].copy()

    def losses(labels):
        extra = None
        if labels is not None:
            extra = Extra("repeat", shapes.folder / "pixels.npy", rows, labels, share=0.2)
        # Batch norm would couple the images of a batch; this network has none.
        plain = {"augment": "none", "dropout": 0.0, "imbalance": "none", "label_smoothing": 0.0}
        return np.array(fit(make_run({"extra": extra}, **plain)).metrics.losses)

    without = losses(None)
    np.testing.assert_allclose(losses(np.full_like(labels, -1)), without, rtol=1e-3)
    assert abs(losses(labels)[-1, 1] - without[-1, 1]) > 1e-3


def test_a_class_without_training_images_has_probability_zero(make_run, shapes):
    train = np.array([row for row in shapes.members(0, "train") if shapes.labels["colour"][row] != 2])
    fitted = fit(make_run({"train": train}))
    assert (fitted.test.probabilities["colour"][:, 2] == 0).all()
    np.testing.assert_allclose(fitted.test.probabilities["colour"].sum(1), 1, rtol=1e-5)


@pytest.mark.parametrize(
    "settings",
    [
        {"mix": "mixup", "mix_alpha": 1.0},
        {"mix": "cutmix", "mix_alpha": 1.0},
        {"task_weighting": "uncertainty"},
        {"task_weighting": "dwa"},
        {"task_weighting": "famo"},
        {"freeze": 0.5},
        {"layer_decay": 0.7},
        {"first_size": 20},
        {"sampling": {"form": "balanced"}, "imbalance": {"form": "focal"}},
        {"precision": "bfloat16"},
        {"pooling": "statistics"},
    ],
)
def test_every_way_of_training_trains_in_its_own_way(make_run, settings):
    plain, other = fit(make_run(flips=True, batch_size=30)), fit(make_run(flips=True, batch_size=30, **settings))
    assert np.isfinite(other.metrics.losses).all()
    assert not np.array_equal(_probabilities(plain), _probabilities(other))


@pytest.mark.parametrize("backbone", ["squeezenet1_1", "mobilenet_v3_small"])
def test_a_probe_leaves_the_backbone_alone(make_run, backbone):
    run = make_run(backbone=backbone, freeze=1.0, steps=3)
    torch.manual_seed(seeds.derive(0, "initialisation"))
    before = build(run.settings, resolve(run).classes).backbone.state_dict()
    after = fit(run).model.network.backbone.state_dict()
    # The statistics of its norms too: the heads learnt from the features that these give.
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_probes_heads_read_features_standardised_on_photographs(make_run, shapes):
    network = fit(make_run(backbone="mobilenet_v3_small", pooling="statistics", freeze=1.0, steps=3)).model.network
    with torch.no_grad():
        pixels = torch.from_numpy(np.asarray(shapes.pixels[shapes.members(0, "train")]))
        pooled = network.pooled(network.normalised(pixels))
    torch.testing.assert_close(network.standardise.running_mean, pooled.mean(0), rtol=1e-4, atol=1e-4)


def test_norms_of_a_backbone_that_moved_are_taken_anew(make_run):
    def variance(freeze):
        settings = {"backbone": "mobilenet_v3_small", "freeze": freeze, "steps": 4, "evaluations": 4, "keep": "last"}
        return fit(make_run(**settings)).model.network.backbone[0][1].running_var

    assert torch.equal(variance(1.0), torch.ones(16))
    assert not torch.equal(variance(0.75), torch.ones(16))


def test_mirror_images_get_the_same_answer(make_run, shapes):
    fitted = fit(make_run(flips=True))
    pixels = np.asarray(shapes.pixels[:4])
    straight, _ = predict.apply(fitted.model, pixels)
    mirrored, _ = predict.apply(fitted.model, pixels[:, :, ::-1])
    np.testing.assert_allclose(straight["form"], mirrored["form"], rtol=1e-4)

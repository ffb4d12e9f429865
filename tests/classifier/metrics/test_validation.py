import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score

from kilnmix.classifier.metrics.validation import evaluate, macro_f1


def test_macro_f1_is_scikit_learns_over_the_classes_present():
    generator = np.random.default_rng(0)
    target = generator.integers(0, 5, 200)
    answers = np.where(generator.random(200) < 0.6, target, generator.integers(0, 7, 200))
    expected = f1_score(target, answers, labels=np.arange(5), average="macro")
    assert macro_f1(torch.from_numpy(answers), torch.from_numpy(target), 7) == pytest.approx(expected)


def test_a_present_class_that_is_never_answered_is_a_zero():
    assert macro_f1(torch.tensor([0, 0]), torch.tensor([0, 1]), 3) == pytest.approx((2 / 3 + 0) / 2)


def test_tasks_without_labels_are_left_out():
    logits = {"a": np.array([[3.0, 0.0], [0.0, 3.0]], np.float32), "b": np.zeros((2, 2), np.float32)}
    labels = {"a": np.array([0, 1]), "b": np.array([-1, -1])}
    everything = np.ones(2, bool)
    entry = evaluate(5, logits, labels, {"a": everything, "b": everything})
    assert (entry.step, entry.score, entry.f1) == (5, 1.0, {"a": 1.0})
    assert entry.loss == pytest.approx(np.log(1 + np.exp(-3.0)))


def test_a_class_that_training_never_saw_is_never_answered():
    logits = {"a": np.array([[0.0, 1.0, 9.0]], np.float32)}
    entry = evaluate(1, logits, {"a": np.array([1])}, {"a": np.array([True, True, False])})
    assert entry.score == 1.0

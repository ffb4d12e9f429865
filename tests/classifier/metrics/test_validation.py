import numpy as np
import pytest

from kilnmix.classifier.metrics.validation import evaluate


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

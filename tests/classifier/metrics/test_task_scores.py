import numpy as np
import pytest
from sklearn import metrics as sk

from kilnmix.classifier.metrics.task_scores import score_task


@pytest.fixture
def answers():
    generator = np.random.default_rng(0)
    labels = generator.choice(6, 300, p=[0.4, 0.25, 0.2, 0.1, 0.05, 0.0])
    labels[:20] = -1
    logits = generator.normal(size=(300, 6)) + 2.0 * np.eye(6)[labels.clip(min=0)]
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return probabilities.astype(np.float32), labels


def test_equals_scikit_learn(answers):
    probabilities, labels = answers
    scores = score_task(probabilities, labels, np.array([90, 50, 45, 20, 10, 7]))
    known = labels >= 0
    truth, given = labels[known], probabilities[known].argmax(1)
    listed = np.arange(5)
    each = sk.f1_score(truth, given, labels=listed, average=None)
    assert scores.labelled == 280
    assert scores.macro_f1 == pytest.approx(each.mean(), abs=1e-6)
    assert scores.weighted_f1 == pytest.approx(sk.f1_score(truth, given, average="weighted"), abs=1e-6)
    assert scores.balanced_accuracy == pytest.approx(sk.balanced_accuracy_score(truth, given), abs=1e-6)
    assert scores.accuracy == pytest.approx(sk.accuracy_score(truth, given), abs=1e-6)
    top = sk.top_k_accuracy_score(truth, probabilities[known], k=5, labels=np.arange(6))
    assert scores.top5 == pytest.approx(top, abs=1e-6)
    np.testing.assert_array_equal(scores.confusion, sk.confusion_matrix(truth, given, labels=np.arange(6)))


def test_groups_are_by_training_counts(answers):
    probabilities, labels = answers
    counts = np.array([90, 50, 45, 20, 10, 7])
    scores = score_task(probabilities, labels, counts)
    known = labels >= 0
    each = sk.f1_score(labels[known], probabilities[known].argmax(1), labels=np.arange(5), average=None)
    # Five classes are present: two in the tail, two in the middle, one in the head.
    assert scores.head_f1 == pytest.approx(each[0], abs=1e-6)
    assert scores.middle_f1 == pytest.approx(each[1:3].mean(), abs=1e-6)
    assert scores.tail_f1 == pytest.approx(each[3:].mean(), abs=1e-6)


def test_calibration_error_by_hand():
    # Ten answers at 0.9 of which seven are right, ten at 0.6 all right: (|0.7 - 0.9| + |1 - 0.6|) / 2.
    sure = np.repeat([[0.9, 0.1], [0.6, 0.4]], 10, axis=0).astype(np.float32)
    labels = np.array([0] * 7 + [1] * 3 + [0] * 10)
    assert score_task(sure, labels, np.array([10, 10])).calibration_error == pytest.approx(0.3, abs=1e-6)


def test_distance_of_an_ordered_task_by_hand():
    probabilities = np.eye(4, dtype=np.float32)[[0, 1, 3, 3]]
    scores = score_task(probabilities, np.array([0, 3, 3, -1]), np.ones(4), ordered=True)
    assert scores.distance == pytest.approx(2 / 3)
    assert score_task(probabilities, np.array([0, 3, 3, -1]), np.ones(4)).distance is None


def test_without_labels_there_are_no_scores():
    assert score_task(np.ones((2, 3), np.float32) / 3, np.array([-1, -1]), np.ones(3)) is None

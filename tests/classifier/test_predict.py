import numpy as np
import pytest

from kilnmix.classifier import predict
from kilnmix.common.errors import UserError


def test_an_ensemble_averages_log_probabilities_by_hand():
    own, other = np.log([[0.5, 0.5]]), np.log([[0.8, 0.2]])
    seen = {"a": np.ones(2, bool)}
    both = predict.ensemble({"a": own}, {"a": other}, 0.25, seen)["a"]
    np.testing.assert_allclose(both, 0.75 * own + 0.25 * other, rtol=1e-6)
    assert both.dtype == np.float32


def test_a_class_that_training_never_saw_cannot_be_answered():
    logits, seen = np.zeros((1, 3)), np.array([True, False, True])
    assert predict.masked(logits, seen).tolist() == [[0.0, -np.inf, 0.0]]
    answers = predict.probabilities({"a": logits}, {"a": 2.0}, {"a": seen})["a"]
    np.testing.assert_allclose(answers, [[0.5, 0.0, 0.5]])
    # Without any training image there is nothing to go by, and nothing is ruled out.
    assert predict.masked(logits, np.zeros(3, bool)).tolist() == [[0.0, 0.0, 0.0]]


def test_a_folder_without_a_model_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match="holds no trained model"):
        predict.load(tmp_path)

import numpy as np
import pytest
from scipy.special import log_softmax

from kilnmix.classifier.metrics.calibration import calibrated, temperature


def test_finds_the_temperature_that_made_the_labels():
    generator = np.random.default_rng(0)
    honest = generator.normal(0, 2, (20000, 4))
    labels = np.array([generator.choice(4, p=p) for p in np.exp(log_softmax(honest, axis=1))])
    assert temperature(honest * 2.5, labels) == pytest.approx(2.5, rel=0.05)


def test_too_few_labels_change_nothing():
    labels = np.full(50, -1)
    labels[:9] = 0
    assert temperature(np.random.default_rng(0).normal(size=(50, 3)), labels) == 1.0


def test_a_class_that_cannot_be_does_not_spoil_it():
    logits = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    labels = logits.argmax(1)
    logits[:, 2] = -np.inf
    assert 0.2 <= temperature(logits, labels) <= 1.0
    probabilities = calibrated(logits, 1.0)
    assert (probabilities[:, 2] == 0).all()
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-6)

"""The result of a training, against a training whose weights are known; whole trainings are in test_fit."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score

from kilnmix.classifier import predict
from kilnmix.classifier.data.resize import resized
from kilnmix.classifier.data.training_data import resolve
from kilnmix.classifier.metrics.calibration import temperature
from kilnmix.classifier.network.build import build
from kilnmix.classifier.results import read_metrics, read_predictions
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.checkpoint import CheckpointSelection
from kilnmix.classifier.training.fitted import Cost, conclude


def test_predictions_are_calibrated_on_validation_and_written(
    make_run: Callable[..., TrainingRun], tmp_path: Path
) -> None:
    run = make_run()
    data = resolve(run)
    torch.manual_seed(0)
    network, average = build(run.settings, data.classes), build(run.settings, data.classes)
    average.load_state_dict(network.state_dict())
    selection = CheckpointSelection(run, data, network, average)
    fitted = conclude(run, data, selection, None, Cost(time.perf_counter(), time.process_time(), 12.5))

    logits = selection.validate()
    labels = data.labels_of(run.val)
    for task in run.tasks:
        found = fitted.metrics.temperatures[task]
        assert found == pytest.approx(temperature(logits[task], labels[task]))
        scaled = torch.softmax(torch.from_numpy(logits[task]) / found, dim=1).numpy()
        np.testing.assert_allclose(fitted.validation.probabilities[task], scaled, atol=1e-5)
        known = labels[task] >= 0
        expected = f1_score(labels[task][known], scaled[known].argmax(1), average="macro", zero_division=0)
        assert fitted.metrics.validation[task]["macro_f1"] == pytest.approx(expected)
        assert int(np.sum(fitted.metrics.confusion[task])) == known.sum()
    answers, _ = predict.apply(fitted.model, resized(data.pixels[run.test], run.settings.size))
    np.testing.assert_allclose(fitted.test.probabilities["colour"], answers["colour"], atol=1e-5)
    assert fitted.metrics.images_per_second == 12.5 and fitted.metrics.device == "cpu"

    for with_model in (False, True):
        folder = tmp_path / str(with_model)
        folder.mkdir()
        fitted.write(folder, with_model)
        assert (folder / "model.safetensors").exists() is with_model
    assert read_predictions(folder / "test.npz").rows.tolist() == run.test.tolist()
    assert read_metrics(folder / "metrics.json").best_step == fitted.metrics.best_step

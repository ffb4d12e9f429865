import numpy as np

from kilnmix.classifier.results import Evaluation, Metrics, Predictions, read_metrics, read_predictions


def test_predictions_are_read_as_they_were_written(tmp_path):
    written = Predictions(np.array([3, 1]), {"glaze": np.array([[0.25, 0.75], [1, 0]], np.float32)})
    written.write(tmp_path / "test.npz")
    read = read_predictions(tmp_path / "test.npz")
    np.testing.assert_array_equal(read.rows, written.rows)
    np.testing.assert_array_equal(read.probabilities["glaze"], written.probabilities["glaze"])


def test_the_best_evaluation_is_that_of_the_kept_weights(tmp_path):
    curve = (Evaluation(3, 0.5, {"glaze": 0.5}, 1.0), Evaluation(6, 0.25, {"glaze": 0.25}, 0.5))
    metrics = Metrics(
        curve=curve, losses=((3, 1.5), (6, 1.0)), best_step=3, temperatures={"glaze": 1.0}, validation={},
        confusion={}, seconds=1.0, cpu_seconds=2.0, images_per_second=3.0, threads=1, device="cpu",
    )  # fmt: skip
    metrics.write(tmp_path / "metrics.json")
    read = read_metrics(tmp_path / "metrics.json")
    assert read == metrics
    assert read.best == curve[0]
    assert read.curves["validation.score"] == [(3, 0.5), (6, 0.25)]

import numpy as np
import pytest
import torch

from kilnmix.classifier.training import resume
from kilnmix.classifier.training.fit import fit
from kilnmix.classifier.training.worker import train_into


class KilledError(RuntimeError):
    pass


@pytest.fixture(autouse=True)
def _one_thread_and_saving_at_every_step(monkeypatch):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(resume, "EVERY_SECONDS", 0.0)
    yield
    torch.set_num_threads(before)


def _stopped(run, path, at):
    def stop(step, _):
        if step == at:
            raise KilledError

    with pytest.raises(KilledError):
        fit(run, stop, path)


@pytest.mark.parametrize(
    "settings",
    [
        {"backbone": "mobilenet_v3_small", "size": 32},
        {"mix": "cutmix", "freeze": 0.4, "first_size": 20},
        {"task_weighting": "uncertainty", "probe": 0.5},
        {"task_weighting": "famo", "pooling": "statistics"},
        {"task_weighting": "dwa", "steps": 20, "batch_size": 16},
    ],
)
def test_a_stopped_training_ends_with_the_same_bits(make_run, tmp_path, settings):
    run, path = make_run(**{"evaluations": 3, **settings}), tmp_path / "state.pt"
    whole, steps = fit(run), []
    _stopped(run, path, at=run.settings.steps - 3)
    _stopped(run, path, at=run.settings.steps - 1)
    again = fit(run, lambda step, _: steps.append(step), path)
    # The last saving was before the step that was stopped.
    assert steps == [run.settings.steps - 1, run.settings.steps]
    for task, expected in whole.test.probabilities.items():
        np.testing.assert_array_equal(again.test.probabilities[task], expected)
    assert again.metrics.curve == whole.metrics.curve
    assert again.metrics.losses == whole.metrics.losses
    assert again.metrics.best_step == whole.metrics.best_step


def test_what_cannot_be_read_or_was_made_otherwise_is_left_alone(make_run, tmp_path):
    run, path, steps = make_run(), tmp_path / "state.pt", []
    path.write_bytes(b"half a file")
    fit(run, lambda step, _: steps.append(step), path)
    path.unlink()
    _stopped(run, path, at=4)
    torch.set_num_threads(2)
    fit(run, lambda step, _: steps.append(step), path)
    assert steps == [1, 2, 3, 4, 5, 6] * 2


def test_a_finished_run_leaves_nothing_to_resume(make_run, tmp_path):
    run, reported = make_run(), []
    _stopped(run, tmp_path / ".resume-run.pt", at=5)
    train_into(run, tmp_path / "run", reported.append)
    assert sum(message.steps for message in reported) == run.settings.steps
    assert [path.name for path in tmp_path.iterdir()] == ["run"]

"""What only a GPU can show; skipped where there is none."""

import numpy as np
import pytest
import torch

from kilnmix.classifier import predict
from kilnmix.classifier.data.loader import BatchLoader
from kilnmix.classifier.data.training_data import resolve
from kilnmix.classifier.network.backbones import pretrained
from kilnmix.classifier.results import read_predictions
from kilnmix.classifier.training import resume
from kilnmix.classifier.training.fit import fit
from kilnmix.classifier.training.parallel import ParallelTrainer
from kilnmix.classifier.training.probe import fit_probe

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")
NETWORK = {"backbone": "mobilenet_v3_small", "size": 32, "device": "cuda"}
# Of a probability: the last bits of a GPU's sums may differ, a forgotten state would show far above that.
CLOSE = 1e-3


class StoppedError(RuntimeError):
    pass


def _close(ours, theirs):
    assert ours.keys() == theirs.keys()
    for task, expected in theirs.items():
        np.testing.assert_allclose(ours[task], expected, rtol=0, atol=CLOSE)


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "auto"])
@pytest.mark.parametrize("mix", ["none", "mixup", "cutmix"])
@pytest.mark.parametrize("weighting", ["static", "uncertainty", "dwa", "famo"])
def test_every_weighting_mix_and_precision_trains(make_run, weighting, mix, precision):
    fitted = fit(make_run(**NETWORK, batch_size=30, task_weighting=weighting, mix=mix, precision=precision))
    assert fitted.metrics.device.startswith("cuda")
    assert np.isfinite(fitted.metrics.losses).all()
    for values in fitted.test.probabilities.values():
        np.testing.assert_allclose(values.sum(1), 1, rtol=1e-5)


@pytest.mark.parametrize("settings", [{"augment": "strong", "mix": "cutmix"}, {"augment": "paper"}])
def test_a_batch_is_the_same_on_every_device(make_run, settings):
    run = make_run(**settings, first_size=20)
    batches = zip(
        *(BatchLoader(run, resolve(run), device=torch.device(device)) for device in ("cuda", "cpu")), strict=True
    )
    for ours, theirs in batches:
        assert all(ours[name].is_cuda for name in ("pixels", "labels", "weights"))
        assert torch.equal(ours["labels"].cpu(), theirs["labels"])
        assert torch.equal(ours["weights"].cpu(), theirs["weights"])
        if "blend" in theirs:
            assert torch.equal(ours["blend"].partner.cpu(), theirs["blend"].partner)
        apart = (ours["pixels"].cpu().int() - theirs["pixels"].int()).abs()
        # At a hole's edge or a crop's a rounding may choose the neighbour.
        assert (apart <= 1).float().mean() > 0.99


def test_a_stopped_training_ends_with_the_same_result(make_run, tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "EVERY_SECONDS", 0.0)
    run, path, steps = make_run(**NETWORK, evaluations=3), tmp_path / "state.pt", []
    whole = fit(run)

    def stop(step, _):
        if step == 4:
            raise StoppedError

    with pytest.raises(StoppedError):
        fit(run, stop, path)
    again = fit(run, lambda step, _: steps.append(step), path)
    assert steps == [4, 5, 6]
    _close(again.test.probabilities, whole.test.probabilities)


def test_what_a_training_asks_of_torch_is_put_back(make_run):
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    fit(make_run(**NETWORK, steps=1))
    assert (torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark) == before


def test_two_runs_side_by_side_give_what_each_gives_alone(make_run, tmp_path):
    runs = [make_run({"seed": seed}, **NETWORK) for seed in (0, 1)]
    with ParallelTrainer(tmp_path / "store", at_once=2) as trainer:
        folders = trainer.train(runs)
    for run in runs:
        beside = read_predictions(folders[run.digest()] / "test.npz").probabilities
        _close(beside, fit(run).test.probabilities)


def test_a_probe_answers_as_one_fitted_on_the_processor(make_run, shapes):
    run, pixels = make_run(), shapes.pixels[shapes.members(0, "test")]

    def answers(device):
        torch.manual_seed(0)
        network = fit_probe(run, resolve(run), pretrained("squeezenet1_1", None), torch.device(device)).cpu()
        return predict.probabilities(predict.outputs(network, pixels, flips=True)[0], {"colour": 1, "form": 1}, seen)

    seen = {task.name: np.ones(len(task.classes), bool) for task in shapes.tasks}
    _close(answers("cuda"), answers("cpu"))
    fitted = fit(make_run(**NETWORK, probe=0.5))
    assert fitted.metrics.device.startswith("cuda")

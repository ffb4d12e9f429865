import multiprocessing

import numpy as np
import pytest
import torch

from kilnmix.classifier.data import gpu_memory
from kilnmix.classifier.results import read_metrics, read_predictions
from kilnmix.classifier.training import parallel
from kilnmix.classifier.training.fit import fit
from kilnmix.classifier.training.parallel import ParallelTrainer
from kilnmix.common.errors import UserError


def test_many_runs_give_what_one_gives_alone(make_run, tmp_path):
    runs = [make_run({"name": "a"}), make_run({"seed": 1, "name": "b"}), make_run({"name": "a again"})]
    reported = []
    with ParallelTrainer(tmp_path / "store", at_once=2) as trainer:
        folders = trainer.train(runs, lambda run, folder, reused: reported.append((run.name, reused)))
        assert sorted(reported) == [("a", False), ("a again", True), ("b", False)]
        assert list(folders) == [runs[0].digest(), runs[1].digest()]
        reported.clear()
        trainer.train(runs, lambda run, folder, reused: reported.append((run.name, reused)))
        assert reported == [("a", True), ("b", True), ("a again", True)]
        with pytest.raises(UserError, match=r"classifier\.weights.* not a safetensors file"):
            broken = tmp_path / "broken.safetensors"
            broken.write_bytes(b"no")
            trainer.train([make_run(weights=str(broken))])
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    alone = fit(runs[1])
    torch.set_num_threads(threads)
    stored = read_predictions(folders[runs[1].digest()] / "test.npz")
    np.testing.assert_array_equal(stored.probabilities["colour"], alone.test.probabilities["colour"])
    assert not list((tmp_path / "store").glob(".partial-*"))


class Listener:
    """Writes down what it hears."""

    def __init__(self):
        self.heard = []

    def began(self, run):
        self.heard.append((run.name, "began"))

    def stepped(self, run, step, figures):
        self.heard += [(run.name, name, step, value) for name, value in figures.items()]

    def ended(self, run, well):
        self.heard.append((run.name, "ended", well))


def test_a_watcher_hears_of_every_look_while_runs_are_trained(make_run, tmp_path):
    listener = Listener()
    with ParallelTrainer(tmp_path / "store", at_once=1, watcher=listener) as trainer:
        (folder,) = trainer.train([make_run({"name": "a"})]).values()
        measured = read_metrics(folder / "metrics.json")
        assert listener.heard[0] == ("a", "began")
        assert listener.heard[-1] == ("a", "ended", True)
        told = [("a", name, step, value) for name, curve in measured.curves.items() for step, value in curve]
        assert sorted(listener.heard[1:-1]) == sorted(told)
        assert {name for _, name, *_ in told} >= {"loss", "validation.score", "validation.loss"}
        listener.heard.clear()
        trainer.train([make_run({"name": "a"})])
        assert listener.heard == []


def test_nothing_is_started_when_all_is_there(make_run, tmp_path):
    run, before = make_run(), multiprocessing.active_children()
    (tmp_path / run.digest()).mkdir()
    with ParallelTrainer(tmp_path) as trainer:
        assert trainer.train([run]) == {run.digest(): tmp_path / run.digest()}
        assert multiprocessing.active_children() == before


def test_as_many_side_by_side_as_there_are_cores_or_as_a_gpu_holds(make_run, monkeypatch):
    monkeypatch.setattr(parallel, "cores", lambda: 16)
    assert parallel.workers_for([make_run()]) == 16
    monkeypatch.setattr(parallel, "resolved", lambda device: "cuda")
    for gigabytes, expected in ((4, 1), (25, 3), (139, 8)):
        monkeypatch.setattr(parallel, "free_cuda_memory", lambda most=gigabytes: most * 2**30)
        assert parallel.workers_for([make_run()]) == expected
    # The pictures of the run that has most of them count: 139 GiB hold four times 8 + 24.
    sizes = {0: 2**30, 1: 24 * 2**30}
    monkeypatch.setattr(gpu_memory, "bytes_of", lambda run: sizes[run.seed])
    assert parallel.workers_for([make_run(), make_run({"seed": 1})]) == 4
    # Two that there are hold 25 + 25: what is left is room for three more of the small ones' size.
    monkeypatch.setattr(parallel, "free_cuda_memory", lambda: 28 * 2**30)
    assert parallel.workers_for([make_run()], begun=2) == 5


def test_a_run_that_is_not_worth_its_end_is_stopped_and_leaves_nothing(make_run, tmp_path):
    long, other = make_run({"name": "long"}, steps=4000, evaluations=400), make_run({"name": "other", "seed": 1})
    asked = []

    def stop(run, step, figures):
        asked.append((run.name, step))
        return run.name == "long" and "validation.score" in figures

    with ParallelTrainer(tmp_path, at_once=1) as trainer:
        assert trainer.train([long, other], stop=stop) == {other.digest(): tmp_path / other.digest()}
        # The same process trains the next run as if nothing had been; what is in the store is not asked about.
        looks = len(asked)
        assert trainer.train([other], stop=stop) == {other.digest(): tmp_path / other.digest()}
        assert len(asked) == looks
    assert {name for name, _ in asked} == {"long", "other"}
    assert max(step for name, step in asked if name == "long") <= 10
    assert sorted(path.name for path in tmp_path.iterdir()) == [other.digest()]
    alone = fit(other)
    stored = read_predictions(tmp_path / other.digest() / "test.npz")
    np.testing.assert_allclose(stored.probabilities["colour"], alone.test.probabilities["colour"], atol=1e-5)

"""The judges' trainings and what they said of the photographs kept from them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from kilnmix.classifier.results import Predictions
from kilnmix.collection.prepared import Prepared, Task
from kilnmix.common.errors import UserError
from kilnmix.curation import judges
from tests.composed import settings

TASK = Task("type", ("bowl", "jar", "vase"), {})
LABELS = np.array([0, 0, 1, 1, 0, 1, 0, 1, 2, -1])
COLLECTION = Prepared(
    folder=Path("prepared"),
    tasks=(TASK,),
    ids=np.array([f"{n}.jpg" for n in range(10)]),
    objects=np.arange(10),
    labels={"type": LABELS},
    parts={0: np.array(["train"] * 8 + ["train", "test"])},
    sources=np.full(10, ""),
)


def test_each_judge_learns_from_the_parts_that_it_does_not_judge() -> None:
    params = settings(curation={"judges": 3})
    runs = judges.trainings(params, COLLECTION, 0)
    assert len(runs) == 3 and len({run.seed for run in runs}) == 3
    assert np.sort(np.concatenate([run.test for run in runs])).tolist() == list(range(9))
    for run in runs:
        assert np.sort(np.concatenate([run.train, run.test])).tolist() == list(range(9))
        assert len(run.val) == 0 and run.keep_model
    # The one vase is unknown to the judge that was not trained on it, and to that judge alone.
    known = judges.seen(COLLECTION, runs)["type"]
    own = next(run for run in runs if 8 in run.test)
    assert not known[own.test, 2].any()
    assert all(known[run.test, 2].all() for run in runs if run is not own)
    assert not known[9].any()  # tested by none


def test_skill_is_balanced_accuracy_above_chance() -> None:
    two = dataclasses.replace(COLLECTION, tasks=(Task("type", ("bowl", "jar"), {}),))
    rows = np.array([5, 0, 1, 2, 3])
    answers = np.array([1, 0, 1, 1, 1])
    held_out = Predictions(rows=rows, probabilities={"type": np.eye(2, dtype=np.float32)[answers]})
    expected = balanced_accuracy_score(LABELS[rows], answers, adjusted=True)
    assert judges.skills(two, held_out) == {"type": pytest.approx(expected)}


def test_parts_are_joined_and_judges_are_found(tmp_path: Path) -> None:
    parts = [
        Predictions(np.array(rows), {"type": np.full((len(rows), 2), share, np.float32)})
        for rows, share in (([4, 1], 0.25), ([0], 0.5))
    ]
    whole = judges.merged(parts)
    assert whole.rows.tolist() == [4, 1, 0] and whole.probabilities["type"][:, 0].tolist() == [0.25, 0.25, 0.5]
    trainings = [tmp_path / "first", tmp_path / "second"]
    for number, training in enumerate(trainings):
        training.mkdir()
        for name in ("model.safetensors", "model.json", "test.npz"):
            (training / name).write_text(f"{name} {number}")
    out = tmp_path / "out"
    out.mkdir()
    judges.save(out, trainings)
    assert (out / "1" / "held_out.npz").read_text() == "test.npz 1"
    assert judges.Judges.load(out).folders == (out / "0", out / "1")
    with pytest.raises(UserError, match="dvc repro judge"):
        judges.Judges.load(tmp_path / "first")
    (out / "0").rename(out / "2")
    with pytest.raises(UserError, match="lacks a judge"):
        judges.Judges.load(out)


def test_a_confusion_matrix_counts_labelled_photographs_alone(tmp_path: Path) -> None:
    tasks = (Task("type", ("bowl", "jar"), {}), Task("glaze", ("white", "red", "blue"), {}))
    labels = {"type": np.array([0, 1, -1, 1, 0]), "glaze": np.array([2, -1, -1, 0, 0])}
    made = Prepared(tmp_path, tasks, np.array(list("abcde")), np.arange(5), labels, {}, np.full(5, ""))
    chances = {
        "type": np.array([[0.9, 0.1], [0.8, 0.2], [0.9, 0.1], [0.1, 0.9]], np.float32),
        "glaze": np.array([[0.1, 0.2, 0.7], [1, 0, 0], [1, 0, 0], [0.1, 0.9, 0]], np.float32),
    }
    found = judges.confusion(made, Predictions(np.array([0, 1, 2, 3]), chances))
    assert found == {"type": [[1, 0], [1, 1]], "glaze": [[0, 1, 0], [0, 0, 0], [0, 0, 1]]}


def test_half_of_the_judges_and_the_others() -> None:
    each = {"type": np.array([[[0.9, 0.1]], [[0.7, 0.3]], [[0.2, 0.8]]], np.float32)}
    opinion = judges.Opinion.of(each, np.zeros((1, 2)))
    assert opinion.probabilities["type"] == pytest.approx(np.array([[0.6, 0.4]]))
    first, second = opinion.parted()
    assert first.probabilities["type"] == pytest.approx(np.array([[0.8, 0.2]]))
    assert second.probabilities["type"] == pytest.approx(np.array([[0.2, 0.8]]))
    twice = judges.Opinion.joined([opinion, opinion])
    assert twice.each["type"].shape == (3, 2, 2) and twice.parted()[1].probabilities["type"].shape == (2, 2)

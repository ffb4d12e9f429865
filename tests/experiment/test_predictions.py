import dataclasses
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kilnmix.classifier.results import Predictions
from kilnmix.classifier.run import TrainingRun
from kilnmix.collection.prepared import Prepared, Task
from kilnmix.common.errors import UserError
from kilnmix.experiment import predictions
from tests import composed


def test_tables_say_who_answered_what_for_which_object(tmp_path: Path) -> None:
    task = Task("glaze", ("white", "red"), {"white": "white", "red": "red"})
    photographs = Prepared(
        folder=tmp_path,
        tasks=(task,),
        ids=np.array(["a", "b", "c"]),
        objects=np.array([4, 4, 7]),
        labels={"glaze": np.array([0, 1, 0])},
        parts={0: np.array(["train", "val", "test"])},
        sources=np.array(["", "", ""]),
    )
    parts = {name: np.array([row]) for row, name in enumerate(("train", "val", "test"))}
    tags = {"arm": "real", "adapter": "0", "seed": "2"}
    run = TrainingRun(tmp_path, ("glaze",), composed.settings().classifier, 0, **parts, tags=tags)
    (tmp_path / "run").mkdir()
    answers = {"validation.npz": [[0.25, 0.75]], "test.npz": [[1.0, 0.0]]}
    for (name, values), rows in zip(answers.items(), (parts["val"], parts["test"]), strict=True):
        Predictions(rows, {"glaze": np.array(values, np.float32)}).write(tmp_path / "run" / name)
    predictions.write(tmp_path, photographs, [run], [tmp_path / "run"])
    entry = {"arm": "real", "adapter": 0, "seed": 2, "task": "glaze"}
    assert pq.read_table(tmp_path / "validation.parquet").to_pylist() == [
        {**entry, "photograph": "b", "object": 4, "probabilities": [0.25, 0.75]}
    ]
    assert pq.read_table(tmp_path / "test.parquet").to_pylist() == [
        {**entry, "photograph": "c", "object": 7, "probabilities": [1.0, 0.0]}
    ]
    read = predictions.read([(0, tmp_path / "test.parquet")], photographs, "glaze")
    np.testing.assert_array_equal(read.probabilities["real"], [[[[1.0, 0.0]]]])
    assert read.seeds == {"real": (2,)}
    assert predictions.outcomes(photographs, read, "glaze", 1).seeds == {}


def prepared(folder: Path) -> Prepared:
    task = Task("glaze", ("white", "red"), {"white": "white", "red": "red"})
    return Prepared(
        folder=folder,
        tasks=(task,),
        ids=np.array(["a", "b", "c"]),
        objects=np.array([4, 5, 7]),
        labels={"glaze": np.array([0, 1, 0])},
        parts={0: np.array(["train", "test", "test"])},
        sources=np.array(["", "", ""]),
    )


def answers(path: Path, *rows: tuple[str, list[float]], task: str = "glaze") -> None:
    """One training's answers for a task."""
    count = len(rows)
    columns = {
        "arm": ["real"] * count,
        "adapter": [0] * count,
        "seed": [0] * count,
        "photograph": [name for name, _ in rows],
        "object": [0] * count,
        "task": [task] * count,
        "probabilities": [values for _, values in rows],
    }
    pq.write_table(pa.table(columns), path)


B, C = ("b", [0.2, 0.8]), ("c", [0.6, 0.4])


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        ((B,), "does not hold all photographs of its part"),
        ((B, C, ("a", [0.5, 0.5])), "does not hold all photographs of its part and no others"),
        ((B, C, C), "does not hold one answer of every training of real"),
        ((B, ("c", [float("nan"), 0.4])), "does not hold one answer"),
        ((B, ("d", [0.5, 0.5])), "answers for photographs that are not prepared"),
        ((), "has no answers for glaze"),
    ],
)
def test_a_table_that_lost_or_doubled_rows_is_refused(
    tmp_path: Path, rows: tuple[tuple[str, list[float]], ...], part: str
) -> None:
    path = tmp_path / "test.parquet"
    answers(path, *rows)
    with pytest.raises(UserError, match=part) as caught:
        predictions.read([(0, path)], prepared(tmp_path), "glaze")
    assert "dvc checkout" in str(caught.value)


def test_a_later_table_may_hold_no_answers_for_a_task(tmp_path: Path) -> None:
    """As `extend` leaves it where every arm that a look left open learns other tasks."""
    first, later = tmp_path / "train" / "test.parquet", tmp_path / "extend" / "test.parquet"
    for path in (first, later):
        path.parent.mkdir()
    answers(first, B, C)
    answers(later, B, C, task="type")
    read = predictions.read([(0, first), (0, later)], prepared(tmp_path), "glaze")
    assert read.rows.tolist() == [1, 2] and read.seeds == {"real": (0,)}
    with pytest.raises(UserError, match=r"train/test.parquet has no answers for form\. .*dvc checkout"):
        predictions.read([(0, first), (0, later)], prepared(tmp_path), "form")


def test_a_cut_or_missing_table_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "test.parquet"
    with pytest.raises(UserError, match="is missing"):
        predictions.read([(0, path)], prepared(tmp_path), "glaze")
    answers(path, B, C)
    assert predictions.read([(0, path)], prepared(tmp_path), "glaze").rows.tolist() == [1, 2]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match="cannot be read as a Parquet table"):
        predictions.read([(0, path)], prepared(tmp_path), "glaze")


def test_objects_keep_the_source_that_one_of_their_photographs_names(tmp_path: Path) -> None:
    task = Task("glaze", ("white", "red"), {"white": "white", "red": "red"})
    photographs = Prepared(
        folder=tmp_path,
        tasks=(task,),
        ids=np.array(["a", "b", "c", "d", "e"]),
        objects=np.array([4, 4, 5, 6, 7]),
        labels={"glaze": np.array([0, 0, 1, 0, 1])},
        parts={0: np.array(["test"] * 5)},
        sources=np.array(["", "west", "west", "", ""]),
    )
    probabilities = {"real": np.tile([1.0, 0.0], (1, 1, 5, 1))}
    answers = predictions.Answers(np.arange(5), np.zeros(5, np.int64), probabilities, {"real": (0,)})
    found = predictions.outcomes(photographs, answers, "glaze", 1)
    # Objects 4 and 5 are of one museum; 6 and 7 have none, so each stands for itself.
    assert found.object_sources is not None
    assert len(set(found.object_sources.tolist())) == 3 and found.object_sources[0] == found.object_sources[1]
    unknown = dataclasses.replace(photographs, sources=np.array([""] * 5))
    assert predictions.outcomes(unknown, answers, "glaze", 1).sources is None


def test_objects_without_any_label_for_a_task_are_told_apart(tmp_path: Path) -> None:
    # Object 4 has one labelled view and one without a label, so it is labelled; object 7 has two views and none.
    photographs = dataclasses.replace(
        prepared(tmp_path),
        ids=np.array(["a", "b", "c", "d"]),
        objects=np.array([4, 4, 7, 7]),
        labels={"glaze": np.array([0, -1, -1, -1])},
    )
    right, wrong = [1.0, 0.0], [0.2, 0.8]
    blocks = {
        "real": np.array([[[right, wrong, wrong, right]]], np.float32),
        "mix": np.array([[[wrong, wrong, wrong, wrong]]], np.float32),
    }
    answers = predictions.Answers(np.arange(4), np.zeros(4, np.int64), blocks, {"real": (0,), "mix": (0,)})
    others = predictions.unlabelled(photographs, answers, "glaze")
    assert others is not None
    assert others.objects.tolist() == [7, 7] and others.weights.tolist() == [0.5, 0.5]
    assert others.predicted["real"].tolist() == [[[1, 0]]] and others.predicted["mix"].tolist() == [[[1, 1]]]
    np.testing.assert_allclose(others.chances, [[0.2, 0.8], [0.6, 0.4]], rtol=1e-6)
    np.testing.assert_allclose(others.known, [[0.6, 0.4]], rtol=1e-6)
    # Seeds that came later do not guess where they are not asked to.
    later = {arm: np.concatenate([block, 1 - block], axis=1) for arm, block in blocks.items()}
    more = predictions.Answers(answers.rows, answers.folds, later, {"real": (0, 1), "mix": (0, 1)})
    first, both = (predictions.unlabelled(photographs, more, "glaze", seeds) for seeds in ((0,), None))
    assert first is not None and both is not None
    np.testing.assert_allclose(first.chances, others.chances)
    np.testing.assert_allclose(both.chances, 0.5)
    known = dataclasses.replace(photographs, labels={"glaze": np.array([0, -1, 1, -1])})
    assert predictions.unlabelled(known, answers, "glaze") is None

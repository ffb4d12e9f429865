from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from kilnmix.classifier.results import Predictions
from kilnmix.classifier.run import TrainingRun
from kilnmix.collection.prepared import Prepared, Task
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

"""What `mlflow models serve` answers: its own handler, on a tiny model."""

from __future__ import annotations

import ast
import io
import json
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from kilnmix.collection.prepared import Task
from kilnmix.common.code import sources
from kilnmix.tracking import mlflow_model
from tests.untrained import untrained_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two tasks with random weights."""
    tasks = (Task("glaze", ("celadon", "white"), {}), Task("type", ("bowl", "jar", "vase"), {}))
    made = tmp_path_factory.mktemp("model")
    untrained_model(tasks, "mobilenet_v3_small", 8).write(made)
    return made


@pytest.fixture
def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "PNG")
    return file.getvalue()


def test_a_served_model_answers_for_a_photograph_in_base64(folder: Path, picture: bytes, tmp_path: Path) -> None:
    from fastapi.testclient import TestClient
    from mlflow.pyfunc import load_model
    from mlflow.pyfunc.scoring_server import init

    mlflow_model.save(folder, tmp_path / "model")
    server = TestClient(init(load_model(str(tmp_path / "model"))))

    def send(body: str) -> tuple[int, dict[str, Any]]:
        answer = server.post("/invocations", content=body, headers={"Content-Type": "application/json"})
        return answer.status_code, answer.json()

    def ask(content: bytes, **more: object) -> tuple[int, dict[str, Any]]:
        return send(json.dumps({**json.loads(mlflow_model.request(content)), **more}))

    status, answer = ask(picture)
    assert status == 200
    (row,) = answer["predictions"]
    assert row["glaze"] in ("celadon", "white")
    assert 0.5 <= row["glaze_probability"] <= 1.0
    assert row["type_top"].startswith(f"{row['type']} ")
    assert len(row["type_top"].split(", ")) == 3
    (few,) = ask(picture, params={"top": 1})[1]["predictions"]
    assert len(few["type_top"].split(", ")) == 1

    status, answer = ask(b"these bytes are no picture")
    assert status == 400
    assert "Row 0 of `image` is no picture that can be read" in str(answer["message"])
    assert "stack_trace" not in answer
    # Nothing is pickled, and the example is there to be sent.
    assert not list((tmp_path / "model").rglob("*.pkl"))
    assert send((tmp_path / "model" / "example.json").read_text())[0] == 200


def test_bytes_are_asked_for(folder: Path) -> None:
    from mlflow.exceptions import MlflowException

    with pytest.raises(MlflowException, match="holds no bytes"):
        mlflow_model.Classifier(folder).predict(pd.DataFrame({"image": ["a path"]}))


def test_what_answering_imports_is_required() -> None:
    """Every distribution that the modules behind an answer import at their top is in the list, or is MLflow's own."""
    modules = ("kilnmix.tracking.mlflow_model", "kilnmix.classifier.predict", "kilnmix.collection.pictures.picture")
    known = packages_distributions()
    needed = set()
    for path in sources(*modules):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) and not node.level else []
            tops = (name.partition(".")[0] for name in names)
            needed |= {known[top][0].lower() for top in tops if top in known and top != "kilnmix"}
    assert needed <= {name.lower() for name in mlflow_model.REQUIREMENTS} | {"mlflow", "mlflow-skinny"}

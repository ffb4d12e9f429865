"""The ONNX file answers as torch does, for one picture or several."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kilnmix.classifier import exported, predict
from kilnmix.classifier.export import export
from kilnmix.collection.prepared import Task
from kilnmix.common.errors import UserError
from tests.untrained import untrained_model

TASKS = (Task("glaze", ("black", "celadon", "white"), {}), Task("type", ("bowl", "jar"), {}))
SIDE = 64


@pytest.fixture(scope="module")
def model() -> predict.Model:
    """Both parts of an answer: a network with statistics and a probe of covariances; a class never seen."""
    seen = {"glaze": np.array([True, False, True]), "type": np.array([False, False])}
    warm = {"glaze": 1.3, "type": 0.7}
    return untrained_model(TASKS, "mobilenet_v3_small", 16, SIDE, temperatures=warm, seen=seen, probe=0.5)


def test_onnx_and_torch_answer_alike(model: predict.Model, tmp_path: Path) -> None:
    model.write(tmp_path)
    assert exported.load(tmp_path) is None
    assert export(model, tmp_path) == ""
    loaded = exported.load(tmp_path)
    assert loaded is not None
    assert (loaded.size, loaded.fit, loaded.classes["type"]) == (SIDE, "pad", ("bowl", "jar"))
    pixels = np.random.default_rng(0).integers(0, 256, (5, SIDE, SIDE, 3), np.uint8)
    expected, _, compared = predict.answer(model, pixels)
    for count in (1, 5):
        answers, features = loaded.apply(pixels[:count])
        assert features is not None
        np.testing.assert_allclose(features, compared[:count], atol=1e-3)
        for task in TASKS:
            np.testing.assert_allclose(answers[task.name], expected[task.name][:count], atol=1e-4)
    assert (answers["glaze"][:, 1] == 0).all()

    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(UserError, match=r"model\.onnx cannot be read"):
        exported.load(tmp_path)

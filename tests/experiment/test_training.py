from pathlib import Path

import pytest

from kilnmix.collection.prepared import Prepared
from kilnmix.common.errors import UserError
from kilnmix.config import load
from kilnmix.experiment.training import train_only
from tests.classifier.conftest import shapes  # noqa: F401

REPOSITORY = Path(__file__).parents[2]


def test_only_photographs_need_no_pool_and_no_output(
    shapes: Prepared,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "prepare").symlink_to(shapes.folder)
    params = load(REPOSITORY / "params.yaml")
    quick = {
        "backbone": "squeezenet1_1",
        "weights": None,
        "size": 24,
        "steps": 2,
        "batch_size": 4,
        "neck": (8,),
        "probe": 0.0,
    }
    small = params.classifier.model_copy(update={**quick, "device": "cpu", "evaluations": 1})
    params = params.model_copy(update={"classifier": small})
    lines = train_only(params, 0, ["real"]).splitlines()
    assert [line.split(":")[0] for line in lines] == [f"real 0/0/{seed}" for seed in params.experiment.seeds]
    assert all("colour 0." in line and "form 0." in line for line in lines)
    assert len(list((tmp_path / ".kilnmix" / "runs").iterdir())) == len(lines)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["prepare"]
    with pytest.raises(UserError, match="no arm 'unreal'"):
        train_only(params, 0, ["unreal"])

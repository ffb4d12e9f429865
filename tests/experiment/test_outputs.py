"""What train, search and confirm leave for the later stages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kilnmix.common import manifest
from kilnmix.common.errors import UserError
from kilnmix.config import Arm
from kilnmix.experiment import outputs
from tests import composed

FOUND = {"searched": {"source": "synthetic", "share": {"type": 0.1}}, "real-searched": {"task_weights": {"type": 2.0}}}


@pytest.fixture
def search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("out/search/0")
    folder.mkdir(parents=True)
    return folder


def test_where_predictions_lie() -> None:
    looks = {"seeds": [1, 3], "alpha": [0.02, 0.03], "futility": 0.0}
    study = composed.settings(
        folds=[0, 1],
        pool_folds=[0, 1, "all"],
        looks=[{"number": 0, "after": "conf/looks"}],
        extended="out/extend",
        experiment={"looks": looks},
    )
    plain = composed.settings(folds=[0, 1], pool_folds=[0, 1, "all"])
    assert outputs.tables(plain, "val", [1]) == [
        (1, Path("out/train/1/validation.parquet")),
        (1, Path("out/confirm/1/validation.parquet")),
    ]
    assert outputs.tables(study, "test", [0])[2:] == [(0, Path("out/extend/0/0/test.parquet"))]
    assert len(outputs.tables(study, "test", looks=0)) == 4


def test_the_arms_that_were_found_and_the_control_of_the_first(search: Path) -> None:
    outputs.write_found(search, {name: Arm.model_validate(arm) for name, arm in FOUND.items()})
    manifest.write(search)
    assert "share:\n    type: 0.1\n" in (search / "best.yaml").read_text(), "what an arm has by itself is left out"
    arms = outputs.confirmed(0)
    assert list(arms) == ["searched", "real-searched", "repeat-searched"]
    assert arms["repeat-searched"] == Arm(source="repeat", share={"type": 0.1})
    assert outputs.found(0) == {name: arms[name] for name in FOUND}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"searched": FOUND["searched"]}, "lacks the arm real-searched"),
        ({**FOUND, "searched": {"source": "magic"}}, "a setting that is none"),
        ([], "a setting that is none"),
    ],
)
def test_damaged_and_missing(search: Path, content: object, said: str) -> None:
    with pytest.raises(UserError, match="dvc repro search"):
        outputs.found(0)
    (search / outputs.BEST).write_text(json.dumps(content))
    manifest.write(search)
    with pytest.raises(UserError, match=said):
        outputs.found(0)

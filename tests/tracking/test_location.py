"""Where the MLflow store is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.config import Params
from kilnmix.tracking.location import address, artifact_location, artifacts_uri, shown, store_uri


def test_a_tracking_folder_that_no_address_can_hold_is_refused(settings: Callable[..., Params]) -> None:
    with pytest.raises(UserError, match="Set it to a folder without them"):
        store_uri(settings(tracking={"folder": "runs?"}))


def test_a_password_is_not_shown() -> None:
    assert shown("https://a:b@host:1/x?y") == "https://a:***@host:1/x?y"
    assert shown("http://host:1") == "http://host:1"


def test_a_database_and_its_artifacts_have_whole_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Callable[..., Params]
) -> None:
    monkeypatch.chdir(tmp_path)
    params = settings(tracking={"uri": None, "folder": "my runs"})
    assert store_uri(params) == f"sqlite:///{tmp_path.resolve()}/my runs/mlflow.db"
    assert artifacts_uri(params) == f"{tmp_path.resolve().as_uri()}/my%20runs/artifacts"
    assert store_uri(settings(tracking={"uri": "http://host:1", "folder": "x"})) == "http://host:1"


def test_below_a_folder_with_odd_signs_the_address_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "50 % #1"
    place.mkdir()
    monkeypatch.chdir(place)
    assert address(Path("mlruns/mlflow.db")) == "sqlite:///mlruns/mlflow.db"
    with pytest.raises(UserError, match="such as mlruns"):
        address(place / "mlruns" / "mlflow.db")


@pytest.mark.parametrize(
    ("uri", "here"),
    [
        (None, True),
        ("sqlite:////shared/runs.db", True),
        ("postgresql+psycopg2://user@host/runs", True),
        ("http://host:1", False),
        ("https://host", False),
        ("file:///shared/runs", False),
    ],
)
def test_artifacts_of_a_database_lie_in_the_tracking_folder(
    uri: str | None, here: bool, settings: Callable[..., Params]
) -> None:
    params = settings(tracking={"uri": uri, "folder": "x"})
    assert artifact_location(params) == (artifacts_uri(params) if here else None)

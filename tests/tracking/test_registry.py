import json
import math
from pathlib import Path

import pytest

from kilnmix.config import Params
from kilnmix.tracking import mlflow_model, registry
from kilnmix.tracking.cards import markdown
from kilnmix.tracking.store import open_store


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saving a model takes this package's code along; here the registry is looked at."""

    def save(folder: Path, target: Path) -> None:
        target.mkdir()
        (target / "MLmodel").write_text("{}")

    monkeypatch.setattr(mlflow_model, "save", save)


def made(params: Params, score: float | None, photographs: str = "ab", named: bool = False) -> str:
    """Registers a model whose arm validation scores so; returns its version."""
    folder = Path(f"refit-{score}")
    folder.mkdir(exist_ok=True)
    scores = {} if score is None else {"real": score}
    (folder / "card.json").write_text(json.dumps({"arm": "real", "named": named, "validation_macro_f1": scores}))
    client, experiment = open_store(params)
    run = client.create_run(experiment)
    registry.register(client, params, run.info.run_id, folder, photographs)
    registry.register(client, params, run.info.run_id, folder, photographs)
    (version,) = client.search_model_versions(f"run_id = '{run.info.run_id}'")
    return str(version.version)


def aliases(params: Params) -> dict[str, str]:
    client, _ = open_store(params)
    return {name: str(version) for name, version in client.get_registered_model("kilnmix").aliases.items()}


@pytest.mark.usefixtures("saved")
def test_a_version_becomes_champion_only_if_validation_says_so(params: Params) -> None:
    first = made(params, 0.5)
    assert aliases(params) == {"champion": first}
    made(params, 0.4)
    assert aliases(params) == {"champion": first}
    third = made(params, 0.6)
    assert aliases(params) == {"champion": third, "previous": first}
    # Of other photographs: the scores say nothing about each other.
    fourth = made(params, 0.3, photographs="cd")
    assert aliases(params) == {"champion": fourth, "previous": third}
    client, _ = open_store(params)
    # An arm that a person named is meant, though validation prefers another.
    fifth = made(params, 0.2, photographs="cd", named=True)
    assert aliases(params) == {"champion": fifth, "previous": fourth}
    made(params, 0.1, photographs="cd")
    assert aliases(params)["champion"] == fifth
    client.set_registered_model_alias("kilnmix", "previous", third)
    described = client.get_model_version_by_alias("kilnmix", "previous")
    assert "**validation macro f1**: real 0.6" in described.description


def test_without_a_score_the_newer_one_is_meant() -> None:
    assert math.isnan(registry.score({"arm": "real"}))
    new = {"photographs.digest": "ab", "validation.macro_f1": "nan"}
    assert registry.takes_over(new, {"photographs.digest": "ab", "validation.macro_f1": "0.5"})


def test_a_card_as_markdown() -> None:
    assert markdown({"test_macro_f1": {"glaze": 0.51234}, "classes": ["a", "b"], "steps": 500}) == (
        "**test macro f1**: glaze 0.512\n\n**classes**: a, b\n\n**steps**: 500"
    )

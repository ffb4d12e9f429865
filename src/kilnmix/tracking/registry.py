"""The refitted classifier among MLflow's registered models: `models:/NAME@champion`, and `@previous`.

A new version becomes champion unless validation scores the champion's recipe higher on the same photographs, or where a
person named its arm (`refit_arm`).
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kilnmix.config import Params
from kilnmix.tracking.cards import markdown

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, PREVIOUS = "champion", "previous"
_SCORE, _PHOTOGRAPHS, _ARM, _NAMED = "validation.macro_f1", "photographs.digest", "arm", "named"


def register(client: MlflowClient, params: Params, run_id: str, folder: Path, photographs: str = "") -> None:
    """Makes a trained model a version of the registered model of the experiment's name, once a run.

    Args:
        folder: as `refit` leaves it.
        photographs: digest of the collection that it was trained on.
    """
    from kilnmix.tracking import mlflow_model

    name = params.experiment.name
    versions = client.search_model_versions(f"run_id = '{run_id}'")
    if versions:
        version = versions[0]
    else:
        with tempfile.TemporaryDirectory() as draft:
            mlflow_model.save(folder, Path(draft) / "model")
            client.log_artifacts(run_id, str(Path(draft) / "model"), "model")
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name, description="The classifier that kilnmix's stage `refit` trains.")
        card = _card(folder)
        uri = client.get_run(run_id).info.artifact_uri
        tags = {_SCORE: repr(score(card)), _PHOTOGRAPHS: photographs, _ARM: str(card.get("arm", ""))}
        tags[_NAMED] = str(bool(card.get("named"))).lower()
        version = client.create_model_version(
            name, source=f"{uri}/model", run_id=run_id, tags=tags, description=markdown(card)
        )
    promote(client, name, str(version.version))


def promote(client: MlflowClient, name: str, version: str) -> bool:
    """Makes a version champion if validation does not say otherwise; the one before is then `@previous`.

    Returns:
        Whether it is champion now.
    """
    held = client.get_registered_model(name).aliases.get(CHAMPION)
    held = None if held is None else str(held)  # some stores give numbers
    if held == version:
        return True
    if held is not None:
        new, old = (client.get_model_version(name, number).tags for number in (version, held))
        if not takes_over(new, old):
            return False
        client.set_registered_model_alias(name, PREVIOUS, held)
    client.set_registered_model_alias(name, CHAMPION, version)
    return True


def takes_over(new: Mapping[str, str], old: Mapping[str, str]) -> bool:
    """Whether a version with the tags `new` replaces the champion.

    Validation scores of different photographs, or none, cannot be compared; then the newer model is the one that is
    meant. So is one whose arm a person named, whatever validation says of it.
    """
    if new.get(_NAMED) == "true" or new.get(_PHOTOGRAPHS) != old.get(_PHOTOGRAPHS):
        return True
    scores = [float(tags.get(_SCORE, "nan")) for tags in (new, old)]
    return not scores[0] < scores[1]


def score(card: Mapping[str, Any]) -> float:
    """Mean validation macro-F1 of the model's arm; NaN where the card has none."""
    value = card.get("validation_macro_f1", {}).get(card.get("arm"))
    return float(value) if value is not None else math.nan


def _card(folder: Path) -> dict[str, Any]:
    path = folder / "card.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

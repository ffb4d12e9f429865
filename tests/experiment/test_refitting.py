"""What the model card says of the model that a person takes away."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kilnmix.classifier.consistency import Rule
from kilnmix.collection.prepared import Task
from kilnmix.config import Arm
from kilnmix.experiment.refitting import known, limit, notes, rules
from tests import composed
from tests.untrained import untrained_model

ARMS = {"real": Arm(), "mix": Arm(source="synthetic", share=0.1)}


def said(name: str, folds: int, pool: object, drawn: bool = True) -> str:
    params = composed.settings(
        folds=list(range(folds)),
        pool_folds=[*range(folds), "all"],
        refit_pool=pool,
        arms=ARMS,
        experiment={"primary": [], "control": {}},
    )
    return " ".join(notes(params, name, drawn))


def test_an_average_of_folds_says_whose_scores_are_quoted() -> None:
    several = said("searched", 3, "all")
    assert "their average, which no fold has tried" in several
    assert "those of the 3 folds' own settings" in several
    assert "of the same recipe" not in several
    assert "of the same recipe" in said("searched", 1, "all")
    assert "of the same recipe" in said("mix", 3, "all")


def test_an_arm_that_a_person_named_is_said_to_be() -> None:
    params = composed.settings(refit_arm="mix-40-60")
    assert "named by a person (refit_arm)" in " ".join(notes(params, "mix-40-60", drawn=True))
    assert "named by a person" not in said("mix", 1, 0)


def test_an_arm_that_a_report_may_have_chosen_has_flattered_test_scores() -> None:
    named = " ".join(notes(composed.settings(refit_arm="searched"), "searched", drawn=True))
    assert "its test scores were chosen among others and flatter it a little" in named
    assert "test scores do not" not in named and "validation score here is from" in named
    assert "test scores do not" in said("searched", 1, 0)


def test_a_folds_pool_is_named() -> None:
    assert "the pool of fold 0: their generator was tuned on the training part of that fold alone" in said("mix", 1, 0)
    assert "pool of fold" not in said("mix", 1, "all")
    assert "pool of fold" not in said("real", 1, 0, drawn=False)


def test_only_what_was_searched_is_flattered_by_validation() -> None:
    assert "flatters" in said("real-searched", 1, 0, drawn=False)
    assert "flatters" not in said("mix", 1, 0)


TASKS = (Task("glaze", ("celadon", "blue"), {}), Task("dynasty", ("song", "ming"), {}))


@pytest.fixture(scope="module")
def photographs() -> SimpleNamespace:
    """Forty pictures of forty objects, as far as they are read here."""
    pixels = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), np.uint8)
    return SimpleNamespace(
        tasks=TASKS, pixels=pixels, objects=np.arange(40), ids=np.array([f"p{n}" for n in range(40)])
    )


def test_the_model_keeps_the_photographs_that_it_learnt_from_and_says_its_limit(photographs: Any) -> None:
    model = untrained_model(TASKS)
    reference = known(model, photographs, np.arange(0, 40, 2))
    assert reference.ids == tuple(f"p{n}" for n in range(0, 40, 2))
    assert "at least 5%" in str(limit(model, reference)["unlike"])
    assert "20 objects are too few" not in str(limit(model, reference))
    assert "3 objects are too few" in str(limit(model, known(model, photographs, np.arange(3))))


RULE = "  {}: {{if: {{glaze: [blue]}}, then: {{dynasty: [ming]}}, strength: {}, source: 'A, B, 1999'}}\n"


def test_the_rules_of_drawing_are_the_rules_of_answers(photographs: Any, tmp_path: Path) -> None:
    assert rules(composed.settings(), photographs) == []
    path = tmp_path / "rules.yaml"
    path.write_text("rules:\n" + RULE.format("a", "never") + RULE.format("b", "seldom"))
    params = composed.settings(collection={"rules": str(path)})
    assert rules(params, photographs) == [Rule({"glaze": frozenset({"blue"})}, "dynasty", frozenset({"ming"}))]

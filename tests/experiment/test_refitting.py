"""What the model card says of the model that a person takes away."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kilnmix.classifier.consistency import Rule
from kilnmix.collection.prepared import Prepared, Task
from kilnmix.config import Arm
from kilnmix.experiment import refitting
from kilnmix.experiment.refitting import Choice, card, choose, known, limit, notes, rules
from kilnmix.statistics.scores import TaskOutcomes
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


RIGHT, WRONG = [0, 0, 1, 1], [1, 1, 1, 1]


def chosen(monkeypatch: pytest.MonkeyPatch, arms: dict[str, Any], **changes: Any) -> Choice:
    """What validation chooses of `real`, which is wrong about every second object, and of arms that are always right.

    The collection has twelve photographs of as many objects, eight of them in the fold's training part.
    """
    params = composed.settings(
        folds=[0],
        pool_folds=[0],
        adapters=[0],
        refit_pool=0,
        arms={"real": {}, **arms},
        experiment={"primary": [], "control": {}, "seeds": [0, 1]},
        classifier={"steps": 100},
        **changes,
    )
    truth, task = np.array(RIGHT), Task("glaze", ("celadon", "blue"), {})
    seeds = {name: arm.seeds or params.experiment.seeds for name, arm in params.arms.items()}
    outcomes = TaskOutcomes(
        task="glaze",
        classes=task.classes,
        scored=(0, 1),
        truth=truth,
        objects=np.arange(4),
        folds=np.zeros(4, np.int64),
        weights=np.ones(4),
        predicted={name: np.array([[WRONG if name == "real" else RIGHT] * len(own)]) for name, own in seeds.items()},
        seeds=seeds,
    )
    photographs = Prepared(
        folder=Path("out/prepare"),
        tasks=(task,),
        ids=np.array([f"p{number}" for number in range(12)]),
        objects=np.arange(12),
        labels={"glaze": np.array([0, 1] * 6)},
        parts={0: np.array(["train"] * 8 + ["val"] * 2 + ["test"] * 2)},
        sources=np.array([""] * 12),
    )
    monkeypatch.setattr(refitting, "validation_outcomes", lambda *_: [[outcomes]])
    monkeypatch.setattr(refitting.accepted, "load", lambda *_: None)
    choice = choose(params, photographs)
    assert choice.left_out in str(card(params, choice, photographs)["note"])
    return choice


def test_an_arm_without_a_seed_of_reals_is_left_out_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    # Runs of other seeds are no pairs: nothing says how far they lie apart.
    alone = chosen(monkeypatch, {"apart": {"seeds": [7, 8]}})
    assert (alone.name, alone.unpaired) == ("real", ("apart",))
    assert alone.left_out == (
        "Validation left out apart, which has no classifier seed in common with real: see arms.apart.seeds"
    )
    beside = chosen(monkeypatch, {"apart": {"seeds": [7, 8]}, "shares": {"seeds": [1, 8]}})
    assert (beside.name, beside.unpaired) == ("shares", ("apart",))
    named = chosen(monkeypatch, {"apart": {"seeds": [7, 8]}}, refit_arm="apart")
    assert named.name == "apart" and named.training.tags["seed"] == "7"
    assert chosen(monkeypatch, {"shares": {"seeds": [1, 8]}}).left_out == ""


def test_an_arms_own_steps_grow_with_the_collection_too(monkeypatch: pytest.MonkeyPatch) -> None:
    # Twelve photographs are 1.5 times the eight that a training had.
    assert chosen(monkeypatch, {"other": {}}).training.settings.steps == 150
    longer = chosen(monkeypatch, {"longer": {"classifier": {"steps": 300, "ema": 0.5}}})
    assert longer.training.settings.steps == 450 and longer.training.settings.ema == 0.5
    assert longer.arm.classifier["steps"] == 300, "the card names the recipe as params.yaml does"

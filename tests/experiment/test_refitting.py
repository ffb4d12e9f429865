"""What the model card says of the model that a person takes away."""

from __future__ import annotations

from kilnmix.config import Arm
from kilnmix.experiment.refitting import notes
from tests import composed

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


def test_a_folds_pool_is_named() -> None:
    assert "the pool of fold 0: their generator was tuned on the training part of that fold alone" in said("mix", 1, 0)
    assert "pool of fold" not in said("mix", 1, "all")
    assert "pool of fold" not in said("real", 1, 0, drawn=False)


def test_only_what_was_searched_is_flattered_by_validation() -> None:
    assert "flatters" in said("real-searched", 1, 0, drawn=False)
    assert "flatters" not in said("mix", 1, 0)

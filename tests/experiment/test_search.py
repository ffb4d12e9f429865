from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kilnmix.common.errors import UserError
from kilnmix.config import Arm, SearchSettings
from kilnmix.experiment.search import Search, write_trials
from tests import composed

TASKS = ("glaze", "type")
USUAL = composed.settings().classifier


def settings(folder: Path, **changes: object) -> SearchSettings:
    fixed = {"trials": 5, "parallel": 2, "storage": f"journal:{folder}/studies.journal", **changes}
    return composed.settings(search=fixed).search


def score(trials: Sequence[tuple[int, Arm]]) -> list[float]:
    """Best with no synthetic images for glaze and many for type."""
    values = []
    for _, arm in trials:
        share = arm.share if isinstance(arm.share, dict) else dict.fromkeys(TASKS, 0.0)
        values.append(share["type"] - share["glaze"] - abs(arm.task_weights["type"] - 1))
    return values


def finish(search: Search) -> Search:
    while search.round(score):
        pass
    return search


def test_a_study_spends_its_budget_and_begins_with_the_baseline(tmp_path: Path) -> None:
    search = finish(Search("searched", "s", TASKS, settings(tmp_path), 1, USUAL))
    assert [trial.number for trial in search.finished] == [0, 1, 2, 3, 4]
    # The first trial is the baseline: equal weights, ten percent for all tasks.
    first = search.finished[0].arm
    assert first.share == {"glaze": 0.1, "type": 0.1}
    assert first.task_weights == {"glaze": 1.0, "type": 1.0}


def test_the_study_without_synthetic_images_has_none(tmp_path: Path) -> None:
    search = finish(Search("real-searched", "r", TASKS, settings(tmp_path), 1, USUAL))
    assert {trial.arm.source for trial in search.finished} == {"none"}
    assert len({trial.arm.task_weights["type"] for trial in search.finished}) == 5
    assert {trial.arm.task_weights["glaze"] for trial in search.finished} == {1.0}


def test_the_augmentation_is_searched_in_both_studies(tmp_path: Path) -> None:
    usual = composed.settings(classifier={"augment": "strong", "mix": "cutmix", "mix_alpha": 1.0}).classifier

    def no_policy_but_mixup(trials: Sequence[tuple[int, Arm]]) -> list[float]:
        return [(arm.classifier["augment"] == "none") + (arm.classifier["mix"] == "mixup") for _, arm in trials]

    for study in ("searched", "real-searched"):
        wanted = settings(tmp_path, augment=True).model_copy(update={"trials": 12})
        search = Search(study, study, TASKS, wanted, 1, usual)
        while search.round(no_policy_but_mixup):
            pass
        trials = search.finished
        assert trials[0].arm.classifier == {"augment": "strong", "mix": "cutmix", "mix_alpha": 1.0}
        assert {trial.arm.source for trial in trials} == ({"none"} if study == "real-searched" else {"synthetic"})
        assert max(trial.score for trial in trials) == 2
        assert all(0.1 <= trial.arm.classifier["mix_alpha"] <= 1 for trial in trials)
        # An arm's recipe takes them over.
        assert trials[-1].arm.recipe(USUAL).mix == trials[-1].arm.classifier["mix"]
        write_trials(tmp_path / "trials.csv", TASKS, trials)
        lines = (tmp_path / "trials.csv").read_text(encoding="utf-8").splitlines()
        assert lines[0].endswith("weight.glaze,weight.type,augment,mix,mix_alpha")
        assert lines[1].endswith("1,1,strong,cutmix,1.0")


def test_a_study_that_was_broken_off_tries_the_same_settings(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    whole = finish(Search("searched", "s", TASKS, settings(tmp_path / "one"), 1, USUAL))
    broken = Search("searched", "s", TASKS, settings(tmp_path / "two"), 1, USUAL)
    broken.round(score)

    def fails(trials: Sequence[tuple[int, Arm]]) -> list[float]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken.round(fails)
    again = finish(Search("searched", "s", TASKS, settings(tmp_path / "two"), 1, USUAL))
    assert [trial.arm for trial in again.finished] == [trial.arm for trial in whole.finished]


def test_a_stop_between_two_tells_of_a_round_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    whole = finish(Search("searched", "s", TASKS, settings(tmp_path / "one"), 1, USUAL))
    broken = Search("searched", "s", TASKS, settings(tmp_path / "two"), 1, USUAL)
    tell, told = broken._study.tell, []

    def tell_once(*arguments: Any) -> None:
        if told:
            raise KeyboardInterrupt
        told.append(tell(*arguments))

    monkeypatch.setattr(broken._study, "tell", tell_once)
    with pytest.raises(KeyboardInterrupt):
        broken.round(score)
    assert len(broken.finished) == 1
    again = finish(Search("searched", "s", TASKS, settings(tmp_path / "two"), 1, USUAL))
    assert [(trial.arm, trial.score) for trial in again.finished] == [
        (trial.arm, trial.score) for trial in whole.finished
    ]


def test_a_stop_before_the_first_trial_is_asked_for_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    whole = finish(Search("searched", "s", TASKS, settings(tmp_path / "one"), 1, USUAL))
    broken = Search("searched", "s", TASKS, settings(tmp_path / "two"), 1, USUAL)

    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(broken._study, "ask", stopped)
    with pytest.raises(KeyboardInterrupt):
        broken.round(score)  # the baseline waits in the storage
    again = finish(Search("searched", "s", TASKS, settings(tmp_path / "two"), 1, USUAL))
    assert [trial.arm for trial in again.finished] == [trial.arm for trial in whole.finished]


def test_the_trials_as_a_table(tmp_path: Path) -> None:
    search = Search("real-searched", "r", TASKS, settings(tmp_path), 1, USUAL)
    search.round(score)
    write_trials(tmp_path / "trials.csv", TASKS, search.finished)
    lines = (tmp_path / "trials.csv").read_text().splitlines()
    assert lines[0] == "study,trial,score,share.glaze,share.type,weight.glaze,weight.type"
    assert lines[1] == "real-searched,0,0.000000,0.0,0.0,1,1"


def test_a_storage_that_does_not_open_is_one_sentence(tmp_path: Path) -> None:
    bad = composed.settings(search={"storage": "sqlite:////nowhere/at/all/studies.db"}).search
    with pytest.raises(UserError, match=r"search\.storage"):
        Search("searched", "s", TASKS, bad, 1, USUAL)

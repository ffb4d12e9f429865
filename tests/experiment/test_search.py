from collections.abc import Sequence
from pathlib import Path
from typing import Any

import optuna
import pytest

from kilnmix.common.errors import UserError
from kilnmix.config import Arm, SearchSettings
from kilnmix.experiment.search import Scored, Search
from kilnmix.experiment.search_tables import write_trials
from kilnmix.experiment.storage import open_storage
from tests import composed

TASKS = ("glaze", "type")
USUAL = composed.settings().classifier


def settings(folder: Path, **changes: object) -> SearchSettings:
    fixed = {"trials": 5, "parallel": 2, "storage": f"journal:{folder}/studies.journal", **changes}
    return composed.settings(search=fixed).search


def score(trials: Sequence[tuple[int, Arm]]) -> list[Scored]:
    """Best with no synthetic images for glaze and many for type."""
    values = []
    for _, arm in trials:
        share = arm.share if isinstance(arm.share, dict) else dict.fromkeys(TASKS, 0.0)
        value = share["type"] - share["glaze"] - abs(arm.task_weights["type"] - 1)
        values.append(
            Scored(value, {"glaze": 1 - share["glaze"], "type": share["type"]}, [(10, value - 1), (20, value)])
        )
    return values


def finish(search: Search) -> Search:
    while search.round(score):
        pass
    return search


def test_a_study_spends_its_budget_and_begins_with_the_baseline(tmp_path: Path) -> None:
    search = finish(Search("searched", "s", TASKS, settings(tmp_path), 1, USUAL))
    assert [trial.number for trial in search.finished] == [0, 1, 2, 3, 4]
    # The first trial is the baseline: equal weights, ten percent for all tasks. Then none, five and forty percent.
    starts = [trial.arm for trial in search.finished[:4]]
    assert [arm.share for arm in starts] == [
        {"glaze": 0.1, "type": 0.1},
        0.0,
        {"glaze": 0.05, "type": 0.05},
        {"glaze": 0.4, "type": 0.4},
    ]
    assert [arm.source for arm in starts] == ["synthetic", "none", "synthetic", "synthetic"]
    assert all(arm.task_weights == {"glaze": 1.0, "type": 1.0} for arm in starts)


def test_the_storage_shows_what_every_look_at_validation_gave_and_what_was_adopted(tmp_path: Path) -> None:
    search = finish(Search("searched", "s", TASKS, settings(tmp_path), 1, USUAL))
    search.note({"best": 3, "adopted": "real"})
    stored = optuna.load_study(study_name="s", storage=open_storage(f"journal:{tmp_path}/studies.journal"))
    assert {trial.state.name for trial in stored.trials} == {"COMPLETE"}
    assert stored.trials[3].value == pytest.approx(0.0)
    assert stored.trials[3].intermediate_values == pytest.approx({10: -1.0, 20: 0.0})
    assert stored.trials[3].user_attrs["f1"] == pytest.approx({"glaze": 0.6, "type": 0.4})
    assert stored.user_attrs["adopted"] == {"best": 3, "adopted": "real"}
    assert search.finished[3].f1 == stored.trials[3].user_attrs["f1"]


def test_what_decides_is_what_matters(tmp_path: Path) -> None:
    few = finish(Search("searched", "few", TASKS, settings(tmp_path), 1, USUAL))
    assert few.importances() == {}, "five trials tell nothing"
    search = Search("searched", "s", TASKS, settings(tmp_path, trials=24, parallel=4), 1, USUAL)

    def type_alone(trials: Sequence[tuple[int, Arm]]) -> list[Scored]:
        return [Scored(arm.share["type"] if isinstance(arm.share, dict) else 0.0) for _, arm in trials]

    while search.round(type_alone):
        pass
    shares = search.importances()
    assert sum(shares.values()) == pytest.approx(1)
    assert max(shares, key=lambda name: shares[name]) == "share.type"


def test_the_study_without_synthetic_images_has_none(tmp_path: Path) -> None:
    search = finish(Search("real-searched", "r", TASKS, settings(tmp_path), 1, USUAL))
    assert {trial.arm.source for trial in search.finished} == {"none"}
    assert len({trial.arm.task_weights["type"] for trial in search.finished}) == 5
    assert {trial.arm.task_weights["glaze"] for trial in search.finished} == {1.0}


def test_the_augmentation_is_searched_in_both_studies(tmp_path: Path) -> None:
    usual = composed.settings(classifier={"augment": "strong", "mix": "cutmix", "mix_alpha": 1.0}).classifier

    def no_policy_but_mixup(trials: Sequence[tuple[int, Arm]]) -> list[Scored]:
        return [Scored((arm.classifier["augment"] == "none") + (arm.classifier["mix"] == "mixup")) for _, arm in trials]

    for study in ("searched", "real-searched"):
        wanted = settings(tmp_path, augment=True).model_copy(update={"trials": 20, "parallel": 4})
        search = Search(study, study, TASKS, wanted, 1, usual)
        while search.round(no_policy_but_mixup):
            pass
        trials = search.finished
        assert trials[0].arm.classifier == {"augment": "strong", "mix": "cutmix", "mix_alpha": 1.0}
        sources = [trial.arm.source for trial in trials]
        assert sources.count("synthetic") == (0 if study == "real-searched" else 19), "one start has no images"
        assert max(trial.score for trial in trials) == 2
        assert all(0.1 <= trial.arm.classifier["mix_alpha"] <= 1 for trial in trials)
        # An arm's recipe takes them over.
        assert trials[-1].arm.recipe(USUAL).mix == trials[-1].arm.classifier["mix"]
        write_trials(tmp_path / "trials.csv", search.space, trials)
        lines = (tmp_path / "trials.csv").read_text(encoding="utf-8").splitlines()
        assert lines[0].endswith("weight.glaze,weight.type,synthetic_weight,augment,mix,mix_alpha")
        assert lines[1].endswith("1,1,1.0,strong,cutmix,1.0")


def test_a_study_that_was_broken_off_tries_the_same_settings(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    whole = finish(Search("searched", "s", TASKS, settings(tmp_path / "one"), 1, USUAL))
    broken = Search("searched", "s", TASKS, settings(tmp_path / "two"), 1, USUAL)
    broken.round(score)

    def fails(trials: Sequence[tuple[int, Arm]]) -> list[Scored]:
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
    write_trials(tmp_path / "trials.csv", search.space, search.finished)
    lines = (tmp_path / "trials.csv").read_text().splitlines()
    head = "study,trial,score,f1.glaze,f1.type,share.glaze,share.type,weight.glaze,weight.type,synthetic_weight"
    assert lines[0] == head
    assert lines[1] == "real-searched,0,0.000000,1.000000,0.000000,0.0,0.0,1,1,1.0"


def test_a_storage_that_does_not_open_is_one_sentence(tmp_path: Path) -> None:
    bad = composed.settings(search={"storage": "sqlite:////nowhere/at/all/studies.db"}).search
    with pytest.raises(UserError, match=r"search\.storage"):
        Search("searched", "s", TASKS, bad, 1, USUAL)

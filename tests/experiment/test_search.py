import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import optuna
import pytest

from kilnmix.common.errors import UserError
from kilnmix.config import SearchSettings
from kilnmix.experiment.search import Search
from kilnmix.experiment.search_tables import write_trials
from kilnmix.experiment.storage import open_storage
from kilnmix.experiment.trials import Asked, Scored, front
from tests import composed

TASKS = ("glaze", "type")
USUAL = composed.settings().classifier


def settings(folder: Path, **changes: object) -> SearchSettings:
    fixed = {"trials": 5, "parallel": 2, "storage": f"journal:{folder}/studies.journal", "pruner": "none", **changes}
    return composed.settings(search=fixed).search


def score(trials: Sequence[Asked]) -> list[Scored]:
    """Best with no synthetic images for glaze and many for type; the looks are a line to the score."""
    return [scored(trial) for trial in trials]


def scored(trial: Asked) -> Scored:
    share = trial.arm.share if isinstance(trial.arm.share, dict) else dict.fromkeys(TASKS, 0.0)
    value = share["type"] - share["glaze"] - abs(trial.arm.task_weights["type"] - 1)
    f1 = {"glaze": 1 - share["glaze"], "type": share["type"]}
    for step in (10, 20, 30):
        look = value - 1 + step / 30
        if trial.report(step, look):
            return Scored(look, f1, 0, pruned=True)
    return Scored(value, f1)


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
    assert stored.trials[3].intermediate_values == pytest.approx({10: -2 / 3, 20: -1 / 3, 30: 0.0})
    assert stored.trials[3].user_attrs["f1"] == pytest.approx({"glaze": 0.6, "type": 0.4})
    assert stored.user_attrs["adopted"] == {"best": 3, "adopted": "real"}
    assert search.finished[3].f1 == stored.trials[3].user_attrs["f1"]


def test_what_decides_is_what_matters(tmp_path: Path) -> None:
    few = finish(Search("searched", "few", TASKS, settings(tmp_path), 1, USUAL))
    assert few.importances() == {}, "five trials tell nothing"
    search = Search("searched", "s", TASKS, settings(tmp_path, trials=24, parallel=4), 1, USUAL)

    def type_alone(trials: Sequence[Asked]) -> list[Scored]:
        return [Scored(trial.arm.share["type"] if isinstance(trial.arm.share, dict) else 0.0) for trial in trials]

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

    def no_policy_but_mixup(trials: Sequence[Asked]) -> list[Scored]:
        recipes = [trial.arm.classifier for trial in trials]
        return [Scored((each["augment"] == "none") + (each["mix"] == "mixup")) for each in recipes]

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


BROKEN_OFF = """
import os, sys
from pathlib import Path
from kilnmix.experiment.search import Search
from tests.experiment.test_search import TASKS, USUAL, score, scored, settings

left = int(sys.argv[1])

def dies(trials):
    global left
    told = []
    for trial in trials:
        if not left:
            os._exit(9)
        left -= 1
        told.append(scored(trial))
    return told

search = Search("searched", "s", TASKS, settings(Path("."), trials=12, pruner="halving"), 1, USUAL, steps=30)
while search.round(dies):
    pass
"""


def tried(search: Search) -> list[tuple[object, ...]]:
    return [(each.number, each.arm, each.score, each.state, each.seeds) for each in search.finished]


@pytest.mark.parametrize("trained", [0, 1, 2, 5, 7])
def test_a_search_that_is_killed_tries_the_same_and_stops_the_same(trained: int, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()

    def new(folder: str) -> Search:
        wanted = settings(tmp_path / folder, trials=12, pruner="halving")
        return Search("searched", "s", TASKS, wanted, 1, USUAL, steps=30)

    whole = finish(new("one"))
    command = [sys.executable, "-c", BROKEN_OFF, str(trained)]
    paths = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
    killed = subprocess.run(command, cwd=tmp_path / "two", env={**os.environ, "PYTHONPATH": paths}, check=False)
    assert killed.returncode == 9
    again = finish(new("two"))
    assert tried(again) == tried(whole)
    assert {each.state for each in whole.finished} == {"complete", "pruned"}
    stored = optuna.load_study(study_name="s", storage=open_storage(f"journal:{tmp_path}/two/studies.journal"))
    states = [trial.state.name for trial in stored.trials]
    assert states.count("FAIL") == 2, "the two that the killed process was at"
    assert len(states) == 12 + 2
    assert not list((tmp_path / "two").glob("*.lease"))


def test_what_falls_behind_is_stopped_and_the_storage_says_so(tmp_path: Path) -> None:
    wanted = settings(tmp_path, trials=12, pruner="halving", reduction=3, min_share=1 / 3)
    search = finish(Search("searched", "s", TASKS, wanted, 1, USUAL, steps=30))
    stored = optuna.load_study(study_name="s", storage=open_storage(f"journal:{tmp_path}/studies.journal")).trials
    looks = [trial.intermediate_values[10] for trial in stored]
    for place, trial in enumerate(search.finished):
        # The first rung is at ten steps, the second would be at thirty, where the training ends anyway. A trial goes on
        # where it is among the best third of those of the earlier rounds and itself, and at least when it is the best.
        rivals = sorted([*looks[: place // 2 * 2], looks[place]], reverse=True)
        goes_on = looks[place] >= rivals[max(len(rivals) // 3 - 1, 0)]
        assert trial.state == ("complete" if goes_on else "pruned")
        assert list(stored[place].intermediate_values) == ([10, 20, 30] if goes_on else [10])
        assert stored[place].state.name == trial.state.upper()
    assert [trial.state for trial in search.finished[:2]] == ["complete", "complete"], "nothing to hold them against"
    assert 2 < sum(trial.state == "pruned" for trial in search.finished) < 10


@pytest.mark.parametrize("pruner", ["hyperband", "median"])
def test_the_other_pruners_stop_some_too(pruner: str, tmp_path: Path) -> None:
    wanted = settings(tmp_path, trials=16, pruner=pruner, min_share=0.3)
    search = finish(Search("searched", "s", TASKS, wanted, 1, USUAL, steps=30))
    assert {trial.state for trial in search.finished} == {"complete", "pruned"}


def test_a_trial_that_fails_is_told_so_with_its_cause(tmp_path: Path) -> None:
    search = Search("searched", "s", TASKS, settings(tmp_path), 1, USUAL)

    def fails(trials: Sequence[Asked]) -> list[Scored]:
        raise UserError("no memory is left")

    with pytest.raises(UserError, match="no memory is left"):
        search.round(fails)
    stored = optuna.load_study(study_name="s", storage=open_storage(f"journal:{tmp_path}/studies.journal"))
    assert [trial.state.name for trial in stored.trials] == ["FAIL", "FAIL"]
    assert stored.trials[0].user_attrs["cause"] == "UserError: no memory is left"
    assert search.finished == []
    assert len(finish(search).finished) == 5


def test_one_task_or_several_as_objectives(tmp_path: Path) -> None:
    wanted = settings(tmp_path, objective=["glaze", "type"], trials=8)
    search = finish(Search("searched", "several", TASKS, wanted, 1, USUAL))
    stored = optuna.load_study(study_name="several", storage=open_storage(wanted.storage))
    assert len(stored.directions) == 2
    assert stored.metric_names == ["F1 glaze", "F1 type"]
    for trial, place in zip(stored.trials, search.finished, strict=True):
        assert trial.values == pytest.approx([place.f1["glaze"], place.f1["type"]])
    assert front(search.finished, TASKS) == {trial.number for trial in stored.best_trials}
    write_trials(tmp_path / "trials.csv", search.space, search.finished)
    head, *lines = (tmp_path / "trials.csv").read_text(encoding="utf-8").splitlines()
    assert head.endswith(",front")
    assert {n for n, line in enumerate(lines) if line.endswith(",1")} == {trial.number for trial in stored.best_trials}
    with pytest.raises(UserError, match=r"search\.objective names shape, which is no task"):
        Search("searched", "none", TASKS, settings(tmp_path, objective="shape"), 1, USUAL)
    with pytest.raises(UserError, match=r"set search\.pruner=none"):
        settings(tmp_path, objective=["glaze", "type"], pruner="halving")


def test_the_trials_as_a_table(tmp_path: Path) -> None:
    search = Search("real-searched", "r", TASKS, settings(tmp_path), 1, USUAL)
    search.round(score)
    write_trials(tmp_path / "trials.csv", search.space, search.finished)
    lines = (tmp_path / "trials.csv").read_text().splitlines()
    head = "study,trial,state,seeds,score,f1.glaze,f1.type,"
    head += "share.glaze,share.type,weight.glaze,weight.type,synthetic_weight"
    assert lines[0] == head
    assert lines[1] == "real-searched,0,complete,1,0.000000,1.000000,0.000000,0.0,0.0,1,1,1.0"


def test_a_storage_that_does_not_open_is_one_sentence(tmp_path: Path) -> None:
    bad = composed.settings(search={"storage": "sqlite:////nowhere/at/all/studies.db"}).search
    with pytest.raises(UserError, match=r"search\.storage"):
        Search("searched", "s", TASKS, bad, 1, USUAL)

import pytest

from kilnmix.common.errors import UserError
from kilnmix.config import Arm
from kilnmix.experiment.trials import Objective, Scored, Trial, front

F1 = {"glaze": 0.4, "type": 0.8, "kiln": 0.3}


def test_the_objective_is_a_mean_one_task_or_several() -> None:
    tasks = ("glaze", "type", "kiln")
    assert Objective.of("mean", tasks).score(F1) == pytest.approx(0.5)
    assert Objective.of("type", tasks).score(F1) == 0.8
    several = Objective.of(["glaze", "type"], tasks)
    assert several.score(F1) == pytest.approx(0.6)
    assert [Objective.of(setting, tasks).labels for setting in ("mean", "type", ["glaze", "type"])] == [
        ("mean",),
        ("type",),
        ("glaze", "type"),
    ]
    scored = Scored(several.score(F1), F1)
    assert several.values(scored) == [0.4, 0.8]
    assert Objective.of(["type"], tasks).values(Scored(0.8, F1)) == [0.8]
    # A task without a label in validation is left out of a mean; alone it is nothing to maximise.
    assert several.score({"type": 0.8}) == 0.8
    with pytest.raises(UserError, match=r"No photograph .* label for kiln"):
        Objective.of("kiln", tasks).score({"type": 0.8})


def test_the_front_holds_what_nothing_dominates() -> None:
    values = [(0.5, 0.5), (0.6, 0.4), (0.4, 0.4), (0.5, 0.5), (0.6, 0.3)]
    trials = [Trial("s", n, Arm(), 0.0, {"a": a, "b": b}) for n, (a, b) in enumerate(values)]
    # The third is behind the first, the fifth behind the second; equal ones stand beside each other.
    assert front(trials, ("a", "b")) == {0, 1, 3}
    stopped = Trial("s", 5, Arm(), 0.0, {"a": 0.9, "b": 0.9}, 0, "pruned")
    assert front([*trials, stopped], ("a", "b")) == {0, 1, 3}

import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from kilnmix.experiment.proposals import Stopping, proposed
from kilnmix.experiment.space import Space
from tests import composed

MADE = composed.settings()
TASKS = ("glaze", "type")


def told(**changes: object) -> list[FrozenTrial]:
    """Two rounds of two, the better the more images there are."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = Space(True, TASKS, composed.settings(search={"trials": 12, **changes}).search, MADE.classifier)
    trials: list[FrozenTrial] = []
    for _ in range(2):
        trials += [
            create_trial(value=trial.params["share.type"], params=trial.params, distributions=trial.distributions)
            for trial in proposed(space, trials, 2, seed=1)
        ]
    return trials


def test_the_next_settings_follow_from_seed_and_scores_alone() -> None:
    space = Space(True, TASKS, composed.settings(search={"trials": 12}).search, MADE.classifier)
    before = told()
    assert [trial.params["share.type"] for trial in before] == [0.1, 0.0, 0.05, 0.4], "the space's starts"
    one, again = (proposed(space, before, 3, seed=1) for _ in range(2))
    assert [trial.params for trial in one] == [trial.params for trial in again]
    assert len({str(trial.params) for trial in one}) == 3
    assert [trial.params for trial in proposed(space, before, 3, seed=2)] != [trial.params for trial in one]
    assert all(trial.state == TrialState.RUNNING for trial in one)


def looked(*values: float) -> FrozenTrial:
    return create_trial(value=values[-1], intermediate_values={10 * (n + 1): value for n, value in enumerate(values)})


def test_further_seeds_are_for_the_best_third() -> None:
    search = composed.settings(
        search={"pruner": "halving", "reduction": 3, "min_share": 1 / 3, "seeds": [0, 5, 6], "playoff": []}
    ).search
    # Rungs at a third of a training and at its end, of thirty steps; there are three seeds.
    before = [looked(0.5, 0.5, value) for value in (0.3, 0.4, 0.5, 0.6, 0.7)]
    for last, stops in ((0.65, False), (0.55, True), (0.8, False)):
        stopping = Stopping(search, before, steps=30, place=5)
        assert not stopping.stops(10, 0.9)
        assert not stopping.stops(20, 0.9)
        assert stopping.stops(30, last) is stops
    # At the last step of the last seed there is nothing left to stop.
    one = Stopping(search.model_copy(update={"seeds": (0,)}), before, steps=30, place=5)
    assert not one.stops(10, 0.9)
    assert not one.stops(30, 0.0)


@pytest.mark.parametrize("pruner", ["halving", "hyperband", "median"])
def test_the_first_trial_is_never_stopped(pruner: str) -> None:
    search = composed.settings(search={"pruner": pruner, "min_share": 0.1}).search
    stopping = Stopping(search, [], steps=30, place=0)
    assert not any(stopping.stops(step, -1.0) for step in range(1, 31))


def test_the_trials_of_a_round_are_in_brackets_of_their_own() -> None:
    search = composed.settings(search={"pruner": "hyperband", "reduction": 3, "min_share": 1 / 9}).search
    before = [looked(*[0.9] * 9) for _ in range(20)]
    # A bracket that begins later lets a bad trial be at the first rung, after ten of ninety steps.
    first = [Stopping(search, before, steps=90, place=place).stops(10, 0.0) for place in range(20, 40)]
    assert set(first) == {True, False}

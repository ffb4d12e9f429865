"""Which settings a search tries next, and which trials it stops: functions of the trials that were told before.

Both ask Optuna's samplers and pruners on a copy of the study in memory, in which the trials stand in their order. So
what is tried follows from the seed and from the scores alone, not from who trained what, how many attempts were killed,
or how the storage numbers them.

Successive halving: Jamieson and Talwalkar 2016 (1502.07943), in the asynchronous form of Li et al. 2020 (1810.05934);
Hyperband: Li et al. 2018 (1603.06560); TPE: Bergstra et al. 2011.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kilnmix.common.seeds import derive
from kilnmix.config import SearchSettings
from kilnmix.experiment.space import Space

if TYPE_CHECKING:
    import optuna
    from optuna.pruners import BasePruner
    from optuna.trial import FrozenTrial


def proposed(
    space: Space, told: Sequence[FrozenTrial], count: int, seed: int, objectives: int = 1
) -> list[FrozenTrial]:
    """The next trials, as running ones: the space's starts first, then what TPE asks for.

    Args:
        told: complete and pruned trials, in order.
        seed: the sampler's is derived from it and the number of trials told.
    """
    import optuna

    trials = space.settings.trials
    sampler = optuna.samplers.TPESampler(
        seed=derive(seed, "round", len(told)) % 2**32,
        n_startup_trials=max(trials // 4, 2),
        multivariate=True,
        constant_liar=True,
    )
    study = optuna.create_study(directions=["maximize"] * objectives, sampler=sampler)
    for trial in told:
        study.add_trial(_plain(trial, looks=objectives == 1))
    for start in space.starts()[len(told) : len(told) + count]:
        study.enqueue_trial(start)
    for _ in range(count):
        space.suggest(study.ask())
    return study.get_trials()[len(told) :]


class Stopping:
    """Whether a pruner stops one trial.

    Args:
        told: the complete and pruned trials of earlier rounds, in order. Those of the trial's own round do not count,
            since which of them ends first is chance.
        steps: of a training. A trial has as many for each seed.
        place: of the trial in the study, from which Hyperband takes its bracket.
    """

    def __init__(self, settings: SearchSettings, told: Sequence[FrozenTrial], steps: int, place: int) -> None:
        import optuna

        self._last = steps * len(settings.seeds)
        study = optuna.create_study(
            direction="maximize",
            # Hyperband's brackets follow from a study's name and a trial's number.
            study_name="search",
            sampler=optuna.samplers.RandomSampler(seed=0),
            pruner=pruner(settings, steps),
        )
        for before in told:
            trial = study.ask()
            for step, value in sorted(before.intermediate_values.items()):
                trial.report(value, step)
                trial.should_prune()  # pruners note in the study how far a trial came
            study.tell(trial, before.value if before.state.name == "COMPLETE" else None, state=before.state)
        for _ in range(len(told), place):
            study.ask()  # those of its round before it, of which nothing is known
        self._trial = study.ask()

    def stops(self, step: int, value: float) -> bool:
        """Reports a score; at the last step of the last seed no pruner is asked."""
        self._trial.report(value, step)
        return step < self._last and self._trial.should_prune()


def pruner(settings: SearchSettings, steps: int) -> BasePruner:
    """Optuna's pruner of `search.pruner`; its resource is a step, counted on over the seeds."""
    import optuna

    least = max(round(settings.min_share * steps), 1)
    if settings.pruner == "halving":
        return optuna.pruners.SuccessiveHalvingPruner(min_resource=least, reduction_factor=settings.reduction)
    if settings.pruner == "hyperband":
        return optuna.pruners.HyperbandPruner(
            min_resource=least, max_resource=steps * len(settings.seeds), reduction_factor=settings.reduction
        )
    if settings.pruner == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=settings.parallel, n_warmup_steps=least - 1)
    return optuna.pruners.NopPruner()


def _plain(trial: FrozenTrial, looks: bool) -> optuna.trial.FrozenTrial:
    from optuna.trial import create_trial

    return create_trial(
        state=trial.state,
        values=trial.values,
        params=trial.params,
        distributions=trial.distributions,
        intermediate_values=trial.intermediate_values if looks else None,
    )

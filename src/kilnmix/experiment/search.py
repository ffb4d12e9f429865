"""Optuna studies over shares of synthetic images and loss weights, read on validation alone.

Two studies with one budget: `searched` may mix in synthetic images, each task at a share of its own; `real-searched`
may not. Where the settings say so both tune the classical augmentation as well, so that what synthetic images add is
held against tuned augmentation.

Trials come in rounds. A round's settings follow from the seed and from the trials of all earlier rounds, and so does
where a trial is stopped (`proposals`). So neither the number of processes nor a stop in between changes what is tried.
Any number of processes may be at one study: each takes trials of the round under a lease, and a trial of a process that
was killed is tried again.
"""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kilnmix.config import ClassifierSettings, SearchSettings
from kilnmix.experiment.proposals import Stopping, proposed
from kilnmix.experiment.space import Space
from kilnmix.experiment.storage import leases_of, open_storage, turn
from kilnmix.experiment.trials import Asked, Objective, Scored, State, Trial

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

STUDIES = ("searched", "real-searched")
Score = Callable[[Sequence[Asked]], Sequence[Scored]]
_WAIT_SECONDS = 0.5


class Search:
    """One study, asked and told in rounds.

    Args:
        study: `searched` or `real-searched`.
        name: of the study in the storage; holds a digest of what its trials follow from.
        seed: the samplers' seeds are derived from it and the round.
        usual: the classifier's settings, whose augmentation the first trial has.
        steps: of a training.
        at_once: how many trials this process takes at a time; None for a whole round.
    """

    # Eight parameters: a study is all of these.
    def __init__(
        self,
        study: str,
        name: str,
        tasks: Sequence[str],
        settings: SearchSettings,
        seed: int,
        usual: ClassifierSettings,
        steps: int | None = None,
        at_once: int | None = None,
    ) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.label, self.name, self.tasks, self.settings, self.seed = study, name, tuple(tasks), settings, seed
        self.objective = Objective.of(settings.objective, tasks)
        self.space = Space(study == "searched", self.tasks, settings, usual)
        self._steps, self._at_once = steps or usual.steps, at_once or settings.parallel
        self._storage = open_storage(settings.storage)
        self._study = optuna.create_study(
            storage=self._storage,
            study_name=name,
            directions=["maximize"] * len(self.objective.labels),
            load_if_exists=True,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            # For dashboards, which would call them objectives 0 and 1.
            if self._study.metric_names is None:
                self._study.set_metric_names([f"F1 {label}" for label in self.objective.labels])
        self._leases = leases_of(settings.storage, self._storage, name)

    @property
    def finished(self) -> list[Trial]:
        """The trials that have been told, by their places."""
        return [self._trial(trial) for _, trial in sorted(self._told().items())]

    def _told(self) -> dict[int, FrozenTrial]:
        """Place -> its trial, of those that were told. Should a place have been told twice, the first counts."""
        return self._read()[0]

    def _read(self) -> tuple[dict[int, FrozenTrial], list[FrozenTrial]]:
        """What was told, and the trials that wait or are trained, by their numbers.

        Read at once: of a trial that another process tells between two looks neither would know.
        """
        from optuna.trial import TrialState

        told: dict[int, FrozenTrial] = {}
        alive: list[FrozenTrial] = []
        for trial in sorted(self._study.get_trials(deepcopy=False), key=lambda trial: trial.number):
            if "place" not in trial.user_attrs:
                continue
            if trial.state in (TrialState.COMPLETE, TrialState.PRUNED):
                told.setdefault(trial.user_attrs["place"], trial)
            elif trial.state in (TrialState.WAITING, TrialState.RUNNING):
                alive.append(trial)
        return told, alive

    def _trial(self, trial: FrozenTrial) -> Trial:
        own = trial.user_attrs
        state: State = "complete" if trial.state.name == "COMPLETE" else "pruned"
        arm = self.space.arm(trial.params)
        looks = dict(sorted(trial.intermediate_values.items()))
        return Trial(self.label, own["place"], arm, own["score"], own["f1"], own["seeds"], state, looks)

    def round(self, score: Score) -> list[Trial]:
        """Takes trials of the round, has them scored together, and tells their scores; empty when all trials of the
        study are told. Waits where other processes are at all that is left of the round.

        Raises:
            UserError: the objective cannot be scored.
        """
        from optuna.trial import TrialState

        while True:
            with turn(self.settings.storage, self._storage, self._study.study_name):
                self._leases.fail_left(self._study)
                told, alive = self._read()
                if len(told) >= self.settings.trials:
                    return []
                before = self._add_round(told, alive)
            taken = self._take()
            if taken:
                break
            time.sleep(_WAIT_SECONDS)
        done: list[Trial] = []
        try:
            with self._leases.kept():
                scores = score([self._asked(trial, before) for trial in taken])
                for trial, scored in zip(taken, scores, strict=True):
                    if self._tell(trial, scored):
                        done.append(self._trial(self._study.get_trials(deepcopy=False)[trial.number]))
        except BaseException as error:
            for trial in taken:
                # Those that were told before stay so, and one that another process has is that one's.
                with contextlib.suppress(Exception):
                    if not self._leases.has(trial.number, trial._trial_id):
                        continue
                    self._storage.set_trial_user_attr(trial._trial_id, "cause", f"{type(error).__name__}: {error}")
                    self._study.tell(trial.number, state=TrialState.FAIL)
            raise
        finally:
            for trial in taken:
                self._leases.give_back(trial.number)
        return done or self.round(score)

    def _add_round(self, told: Mapping[int, FrozenTrial], alive: Sequence[FrozenTrial]) -> list[FrozenTrial]:
        """Adds to the storage what the round that is under way lacks; returns the trials of the rounds before it."""
        from optuna.trial import TrialState, create_trial

        begun = 0
        while all(place in told for place in self._places(begun)):
            begun += self.settings.parallel
        before = [told[place] for place in range(begun)]
        there = {trial.user_attrs["place"] for trial in alive} | told.keys()
        if any(place not in there for place in self._places(begun)):
            objectives = len(self._study.directions)
            places = self._places(begun)
            for place, trial in zip(
                places, proposed(self.space, before, len(places), self.seed, objectives), strict=True
            ):
                if place not in there:
                    self._study.add_trial(
                        create_trial(
                            state=TrialState.WAITING,
                            params=trial.params,
                            distributions=trial.distributions,
                            user_attrs={"place": place},
                        )
                    )
        return before

    def _places(self, begun: int) -> range:
        return range(begun, min(begun + self.settings.parallel, self.settings.trials))

    def _take(self) -> list[FrozenTrial]:
        """Takes some of the trials that wait, as many as this process trains at a time."""
        from optuna.trial import TrialState

        taken: list[FrozenTrial] = []
        told, alive = self._read()
        running = (trial for trial in alive if trial.state == TrialState.RUNNING)
        seen = told.keys() | {trial.user_attrs["place"] for trial in running}
        for trial in alive:
            place = trial.user_attrs["place"]
            # A second one of the same place, which a database lets two processes add at once, is left waiting.
            if place in seen or len(taken) == self._at_once:
                continue
            seen.add(place)
            if self._leases.take(trial.number, trial._trial_id):
                ours = False
                with _told_already():
                    began = self._storage.set_trial_state_values(trial._trial_id, TrialState.RUNNING)
                    ours = began and self._leases.has(trial.number, trial._trial_id)
                if ours:
                    taken.append(trial)
                else:
                    self._leases.give_back(trial.number)
        return taken

    def _asked(self, trial: FrozenTrial, before: Sequence[FrozenTrial]) -> Asked:
        place, stopping = trial.user_attrs["place"], None
        if self.settings.pruner != "none":
            stopping = Stopping(self.settings, before, self._steps, place)

        def report(step: int, value: float) -> bool:
            with _told_already():
                self._storage.set_trial_intermediate_value(trial._trial_id, step, value)
            return stopping is not None and stopping.stops(step, value)

        return Asked(place, self.space.arm(trial.params), report)

    def _tell(self, trial: FrozenTrial, scored: Scored) -> bool:
        """Whether the trial was this process's to tell: one that was silent for too long has lost it."""
        from optuna.trial import TrialState

        with _told_already():
            if not self._leases.has(trial.number, trial._trial_id):
                return False
            for name, value in (("score", scored.score), ("f1", dict(scored.f1)), ("seeds", scored.seeds)):
                self._storage.set_trial_user_attr(trial._trial_id, name, value)
            if scored.pruned:
                self._study.tell(trial.number, state=TrialState.PRUNED)
            else:
                self._study.tell(trial.number, self.objective.values(scored))
            return True
        return False

    def note(self, adopted: Mapping[str, object]) -> None:
        """Marks in the study what its play-off adopted."""
        self._study.set_user_attr("adopted", dict(adopted))

    def importances(self) -> dict[str, float]:
        """Parameter -> its share of what decides between good and bad trials, adding up to 1.

        PED-ANOVA (Watanabe, Bansal and Hutter 2023, 2304.10255), of complete trials; with several objectives of their
        mean. Empty where the trials are too few or all alike.
        """
        from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

        if len({trial.score for trial in self.finished if trial.state == "complete"}) < 8:
            return {}
        found = get_param_importances(
            self._study,
            evaluator=PedAnovaImportanceEvaluator(),
            target=(lambda trial: float(trial.user_attrs["score"])) if self.objective.several else None,
        )
        return {name: float(value) for name, value in found.items()}


@contextlib.contextmanager
def _told_already() -> Iterator[None]:
    """Passes over what comes too late for a trial: another process has ended it."""
    from optuna.exceptions import UpdateFinishedTrialError

    try:
        yield
    except UpdateFinishedTrialError:
        pass
    except ValueError as error:
        if "Cannot tell a" not in str(error):
            raise

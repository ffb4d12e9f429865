"""When the trials of a study were trained: every attempt that its storage tells of, also those that failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kilnmix.experiment.storage import open_storage


@dataclass(frozen=True)
class Attempt:
    """One attempt at a trial.

    Attributes:
        study: `searched` or `real-searched`.
        place: of the trial in the study; an attempt that was killed and the one that followed have the same.
        state: Optuna's: COMPLETE, PRUNED or FAIL.
        began, ended: in s since 1970.
    """

    study: str
    place: int
    state: str
    began: float
    ended: float


def attempts(url: str, studies: Mapping[str, str]) -> list[Attempt]:
    """The attempts at some studies, each study's in the order of their begin.

    Args:
        url: of the storage, as `search.storage` has it.
        studies: name in the storage -> `searched` or `real-searched`.

    Raises:
        UserError: as `open_storage`.
    """
    import optuna

    storage, found = open_storage(url), list[Attempt]()
    for name, study in studies.items():
        own = [
            Attempt(
                study,
                trial.user_attrs["place"],
                trial.state.name,
                trial.datetime_start.timestamp(),
                trial.datetime_complete.timestamp(),
            )
            for trial in optuna.load_study(study_name=name, storage=storage).get_trials(deepcopy=False)
            if trial.datetime_start and trial.datetime_complete and "place" in trial.user_attrs
        ]
        found += sorted(own, key=lambda attempt: attempt.began)
    return found

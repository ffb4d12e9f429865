"""A search as tables: its trials, its play-offs, and which parameters mattered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from kilnmix.common import csv_files
from kilnmix.experiment.space import Space, columns
from kilnmix.experiment.trial_runner import Adopted
from kilnmix.experiment.trials import Objective, Trial, front

TRIALS, PLAYOFF, IMPORTANCES = "trials.csv", "playoff.csv", "importances.csv"


def write(
    folder: Path,
    space: Space,
    trials: Sequence[Trial],
    adopted: Sequence[Adopted],
    importances: Mapping[str, Mapping[str, float]],
) -> None:
    """Writes the three tables into a folder."""
    write_trials(folder / TRIALS, space, trials)
    playoffs = [each.row for each in adopted]
    csv_files.write(folder / PLAYOFF, playoffs[0], [row.values() for row in playoffs])
    shares = [(study, *pair) for study, own in importances.items() for pair in own.items()]
    csv_files.write(folder / IMPORTANCES, ("study", "parameter", "importance"), shares)


def write_trials(path: Path, space: Space, trials: Sequence[Trial]) -> None:
    """A row a trial: study, trial, whether it was stopped, how many whole trainings its scores are means of, score and
    that of every task, share and weight of every task, what else was free; with several objectives whether it is on
    their Pareto front."""
    own = [f"f1.{task}" for task in space.tasks]
    parameters = columns(space, [trial.arm for trial in trials])
    objective = Objective.of(space.settings.objective, space.tasks)
    studies = {trial.study for trial in trials}
    best = {
        name: front([trial for trial in trials if trial.study == name], objective.tasks) if objective.several else set()
        for name in studies
    }
    rows = [
        [
            trial.study,
            trial.number,
            trial.state,
            trial.seeds,
            f"{trial.score:.6f}",
            *(f"{trial.f1[task]:.6f}" if task in trial.f1 else "" for task in space.tasks),
            *row.values(),
            *([int(trial.number in best[trial.study])] if objective.several else []),
        ]
        for trial, row in zip(trials, parameters, strict=True)
    ]
    names = [*own, *(parameters[0] if parameters else {}), *(["front"] if objective.several else [])]
    csv_files.write(path, ["study", "trial", "state", "seeds", "score", *names], rows)

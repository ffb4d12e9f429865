"""How much of the best setting's lead is selection: the highest of many noisy scores is partly the luckiest.

The best is chosen as the search chooses it, by macro-F1 over the classes that are there, photographs counting alike
(`frequency`); leads are differences of the study's own score, in which objects count alike (`scores`).

The objects are dealt into K parts. Without each part in turn the best setting is chosen, and its answers for that part
are taken; scored together they are those of a setting that never saw what it is scored on. The lead over a reference
that is left is free of selection, and slightly pessimistic, since (K - 1)/K of the objects choose less well than all
(Stone 1974; Tibshirani and Tibshirani 2009, "A bias correction for the minimum error rate in cross-validation").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np

from kilnmix.statistics import scores
from kilnmix.statistics.frequency import macro_f1
from kilnmix.statistics.scores import TaskOutcomes

_CHOSEN = "chosen"


@dataclass(frozen=True)
class Selection:
    """Differences of macro-F1 to a reference, as fractions.

    Attributes:
        lead: of the best setting; crossed: of what is chosen on the other parts, mean over the dealings.
    """

    lead: float
    crossed: float

    @property
    def share(self) -> float:
        """What part of the lead is selection, from 0 to 1; 1 where there is no lead."""
        return 1.0 if self.lead <= 0 else min(max(1 - self.crossed / self.lead, 0.0), 1.0)


def crossed(
    tasks: Sequence[TaskOutcomes],
    settings: Sequence[str],
    reference: str,
    rng: np.random.Generator,
    parts: int = 5,
    dealings: int = 5,
) -> Selection:
    """The lead of the best of `settings` over `reference`, and the same cross-validated over objects.

    Args:
        tasks: of one fold, with the answers of all settings and of the reference.
        parts: that the objects are dealt into; dealings: how often.
    """
    known = [task for task in tasks if task.scored]
    objects = np.unique(np.concatenate([task.objects for task in known]))
    leads = []
    for _ in range(dealings):
        dealt = rng.permutation(np.arange(len(objects)) % parts)
        part_of = [dealt[np.searchsorted(objects, task.objects)] for task in known]
        chosen = [
            _best([_without(task, own == part) for task, own in zip(known, part_of, strict=True)], settings)
            for part in range(parts)
        ]
        leads.append(
            fmean(
                _lead(task, reference, [chosen[part] for part in own.tolist()])
                for task, own in zip(known, part_of, strict=True)
            )
        )
    best = _best(known, settings)
    lead = fmean(scores.score(task, best) - scores.score(task, reference) for task in known)
    return Selection(float(lead), float(fmean(leads)))


def _best(tasks: Sequence[TaskOutcomes], settings: Sequence[str]) -> str:
    """The setting with the highest mean of macro-F1 over tasks and runs; of equal ones the first."""
    return max(settings, key=lambda name: fmean(_macro(task, name) for task in tasks))


def _macro(task: TaskOutcomes, name: str) -> float:
    """Mean over the runs; 0 where no photograph is left."""
    if not len(task.truth):
        return 0.0
    answers = task.predicted[name].reshape(-1, len(task.truth))
    return fmean(macro_f1(task.truth, own, len(task.classes)) for own in answers)


def _without(task: TaskOutcomes, left_out: np.ndarray) -> TaskOutcomes:
    kept = ~left_out
    return replace(
        task,
        truth=task.truth[kept],
        objects=task.objects[kept],
        folds=task.folds[kept],
        weights=task.weights[kept],
        predicted={name: answers[:, :, kept] for name, answers in task.predicted.items()},
        sources=None,
    )


def _lead(task: TaskOutcomes, reference: str, names: Sequence[str]) -> float:
    """Of the answers that each photograph gets from its own setting, over the reference's."""
    answers = np.stack([task.predicted[name][:, :, row] for row, name in enumerate(names)], axis=2)
    both = replace(task, predicted={_CHOSEN: answers, "reference": task.predicted[reference]})
    return scores.score(both, _CHOSEN) - scores.score(both, "reference")

"""What is known of every scored class in every primary comparison, computed once for tables, plots and CSV files."""

from __future__ import annotations

from dataclasses import dataclass

from kilnmix.report.exploratory import ExploratoryResults, frequency_groups
from kilnmix.report.inputs import Alignment, ReportInputs
from kilnmix.statistics.exploration import PartDifference
from kilnmix.statistics.scores import TaskOutcomes, class_f1


@dataclass(frozen=True)
class ClassRow:
    """One scored class and one pair of an arm and its reference.

    Attributes:
        index: of the class in the task's list.
        group: `head`, `middle` or `tail`; None where the training counts are not known.
        training, tests: objects in the training parts (mean over folds) and in the test parts.
        asked, alignment, recall: as in `Alignment`; None where there are no judges, NaN where they have no value.
        f1_reference, f1_arm: fractions, mean over the runs.
        difference: None where the task cannot be tested.
    """

    task: str
    name: str
    index: int
    group: str | None
    training: float | None
    tests: int
    asked: float | None
    alignment: float | None
    recall: float | None
    arm: str
    reference: str
    f1_reference: float
    f1_arm: float
    difference: PartDifference | None

    @property
    def rarity(self) -> float:
        """Objects by which classes are ordered, the rarest first: training objects, else test objects."""
        return float(self.tests) if self.training is None else self.training


def class_rows(inputs: ReportInputs, results: ExploratoryResults) -> tuple[ClassRow, ...]:
    """The rows task by task, pair by pair, in the order of the class list; arms that a task lacks are left out."""
    return tuple(
        row
        for outcomes in inputs.outcomes
        for arm, reference in results.pairs
        if {arm, reference} <= set(outcomes.predicted)
        for row in _rows(inputs, results, outcomes, (arm, reference))
    )


def _rows(
    inputs: ReportInputs, results: ExploratoryResults, outcomes: TaskOutcomes, pair: tuple[str, str]
) -> list[ClassRow]:
    counts = inputs.training_counts.get(outcomes.task)
    group_of = {c: name for name, members in frequency_groups(inputs, outcomes).items() for c in members}
    judged = next((entry for entry in inputs.alignment if entry.task == outcomes.task), None)
    f1_arm, f1_reference = (class_f1(outcomes, arm).mean((0, 1)) for arm in pair)
    tests = outcomes.object_counts
    rows = []
    for c in outcomes.scored:
        name = outcomes.classes[c]
        asked, alignment, recall = _judged(judged, name)
        rows.append(
            ClassRow(
                task=outcomes.task,
                name=name,
                index=c,
                group=group_of.get(c),
                training=None if counts is None else float(counts[c]),
                tests=tests[c],
                asked=asked,
                alignment=alignment,
                recall=recall,
                arm=pair[0],
                reference=pair[1],
                f1_reference=float(f1_reference[c]),
                f1_arm=float(f1_arm[c]),
                difference=results.classes.get((outcomes.task, pair[0], name)),
            )
        )
    return rows


def _judged(judged: Alignment | None, name: str) -> tuple[float | None, float | None, float | None]:
    """(images asked for, alignment, recall) of a class."""
    if judged is None or name not in judged.classes:
        return None, None, None
    place = judged.classes.index(name)
    return float(judged.asked[place]), float(judged.alignment[place]), float(judged.recall[place])

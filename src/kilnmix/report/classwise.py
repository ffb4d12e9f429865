"""What single classes gained with the arm that a task's sentence speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kilnmix.experiment import scores
from kilnmix.report.inputs import Study
from kilnmix.report.sentences import Said


@dataclass(frozen=True)
class ClassGain:
    """One scored class.

    Attributes:
        gain: F1 of `arm` less that of `reference`; low, high: its interval, None where it has none.
        stands: whether it stands when false discoveries are held down.
        tests: its test objects; training: its training objects, None where not known.
    """

    task: str
    class_id: str
    index: int
    arm: str
    reference: str
    f1_reference: float
    f1_arm: float
    gain: float
    low: float | None
    high: float | None
    stands: bool
    tests: int
    training: float | None


def gains(study: Study, said: Sequence[Said]) -> tuple[ClassGain, ...]:
    """Every scored class of every task that has a lead, rarest first."""
    found = []
    for (verdict, outcomes), words in zip(study.tasks, said, strict=True):
        if words.lead is None:
            continue
        reference = verdict.arms[words.lead].comparison.reference
        with_arm = scores.class_f1(outcomes, words.lead).mean((0, 1))
        without = scores.class_f1(outcomes, reference).mean((0, 1))
        counts = study.training_counts.get(verdict.task)
        tests = outcomes.object_counts
        rows = [
            ClassGain(
                task=verdict.task,
                class_id=outcomes.classes[c],
                index=c,
                arm=words.lead,
                reference=reference,
                f1_reference=float(without[c]),
                f1_arm=float(with_arm[c]),
                gain=float(with_arm[c] - without[c]),
                low=None,
                high=None,
                stands=False,
                tests=tests[c],
                training=None if counts is None else float(counts[c]),
            )
            for c in outcomes.scored
        ]
        found += sorted(rows, key=lambda row: (row.training if row.training is not None else row.tests, row.index))
    return tuple(found)

"""Labels of photographs that break a rule of the history of ceramics: in doubt, or worth a second look."""

from __future__ import annotations

from dataclasses import dataclass

from kilnmix.collection.prepared import Prepared
from kilnmix.collection.rules import Rule, Rules


@dataclass(frozen=True)
class Breach:
    """A photograph whose labels break a rule.

    Attributes:
        row: of the prepared collection.
        labels: (task, class) of the labels that the rule is about, those that it applies to first.
        finer: task -> finer term by whose years the rule is broken.
    """

    row: int
    photograph: str
    rule: Rule
    labels: tuple[tuple[str, str], ...]
    finer: tuple[tuple[str, str], ...] = ()


def counted(found: int, rules: Rules) -> str:
    """For a stage's last line: how many breaches there are, of how many rules that can apply. Empty without any rule.

    Args:
        found: breaches.
    """
    every = len(rules.rules) + rules.left_out
    if not every:
        return ""
    if not rules.rules:
        return f"none of the {every} rules can apply here"
    return f"{found} breaches of {len(rules.rules)} rules of {every} that can apply here"


def find(prepared: Prepared, rules: Rules) -> list[Breach]:
    """The breaches among all photographs, whatever part they are in: what never occurs first, then by photograph."""
    terms = [prepared.finer[task.name].tolist() for task in prepared.tasks] if rules.rules else []
    found = []
    for row, labels in enumerate(prepared.label_matrix.tolist() if rules.rules else []):
        finer = [own[row] for own in terms]
        for rule, broken in rules.breaches(labels, finer):
            about = [*rule.given, *(task for task in broken if task not in rule.given)]
            found.append(
                Breach(
                    row,
                    str(prepared.ids[row]),
                    rule,
                    tuple((prepared.tasks[task].name, prepared.tasks[task].classes[labels[task]]) for task in about),
                    tuple((prepared.tasks[task].name, finer[task]) for task in broken if finer[task]),
                )
            )
    return sorted(found, key=lambda breach: (breach.rule.strength != "never", breach.photograph, breach.rule.name))

"""The one value that every part of the report draws on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from kilnmix.common.pages.wording import Wording
from kilnmix.report.class_rows import ClassRow, class_rows
from kilnmix.report.exploratory import ExploratoryResults, explore
from kilnmix.report.inputs import ReportInputs
from kilnmix.report.languages.names import Names
from kilnmix.report.languages.wording import wording


@dataclass(frozen=True)
class ReportContext:
    """A study, the words of one language (`t`), and what is computed once from both."""

    inputs: ReportInputs
    t: Wording

    @classmethod
    def of(cls, inputs: ReportInputs, language: str) -> ReportContext:
        """The context in `en` or `zh`.

        Raises:
            UserError: there is no such language.
        """
        return cls(inputs, wording(language))

    @cached_property
    def names(self) -> Names:
        return Names(self.inputs, self.t)

    @cached_property
    def exploratory(self) -> ExploratoryResults:
        return explore(self.inputs)

    @cached_property
    def class_rows(self) -> tuple[ClassRow, ...]:
        return class_rows(self.inputs, self.exploratory)

    def rows_of(self, task: str) -> list[ClassRow]:
        """The rows of one task, the rarest class first."""
        return sorted((row for row in self.class_rows if row.task == task), key=lambda row: (row.rarity, row.index))

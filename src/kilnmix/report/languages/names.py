"""What arms, tasks and classes are called in sentences, tables and plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from kilnmix.common.pages.wording import Wording
from kilnmix.config import Arm
from kilnmix.config.experiment import FOUND
from kilnmix.report.inputs import ClassName, ReportInputs

SEARCHED, REAL_SEARCHED, REPEAT_SEARCHED = FOUND
REAL = "real"


def task_name(task: str, t: Wording) -> str:
    """A task's name; a column that the texts do not know is shown as it is called."""
    return t.plain(f"task.{task}") if f"task.{task}" in t else task.replace("_", " ")


def task_title(task: str, t: Wording) -> str:
    """The same at the beginning of a sentence."""
    name = task_name(task, t)
    return name[:1].upper() + name[1:]


def _of_task(share: float | Mapping[str, float], task: str) -> float:
    return share.get(task, 0.0) if isinstance(share, Mapping) else share


class Names:
    """The names of one study in one language."""

    def __init__(self, inputs: ReportInputs, wording: Wording) -> None:
        self._inputs = inputs
        self._t = wording

    def task(self, task: str) -> str:
        return task_name(task, self._t)

    def title(self, task: str) -> str:
        return task_title(task, self._t)

    def shares(self, arm: str) -> str:
        """An arm's share, or the range of its shares: 10 %, or 5–20 %. Empty where it has none."""
        share = self._share(arm)
        shares = list(share.values()) if isinstance(share, Mapping) else [share]
        return self.span(shares) if any(shares) else ""

    def searched_shares(self, task: str) -> tuple[float, ...]:
        """The share of synthetic images that the search settled on for a task, in each fold; empty where no search was
        run."""
        return tuple(
            _of_task(search.best.get("share", 0.0), task) for search in self._inputs.searches if search.synthetic
        )

    def share_of(self, arm: str, task: str) -> float:
        """An arm's share of synthetic images for a task; of the search's, the mean over folds."""
        if arm == SEARCHED:
            shares = self.searched_shares(task)
            return sum(shares) / len(shares) if shares else 0.0
        return _of_task(self._share(arm), task)

    @property
    def searched_none(self) -> bool:
        """Whether the search settled on no synthetic images at all, in any fold."""
        shares = [search.best.get("share", 0.0) for search in self._inputs.searches if search.synthetic]
        return not any(any(share.values()) if isinstance(share, Mapping) else share for share in shares)

    def span(self, shares: Sequence[float]) -> str:
        """A share, or the range of several: 10 %, or 5–20 %."""
        values = sorted({round(value, 3) for value in shares})
        if len(values) > 1:
            return f"{self._t.share(values[0]).removesuffix(self._t.texts['percent'])}–{self._t.share(values[-1])}"
        return self._t.share(values[0]) if values else ""

    def _share(self, arm: str) -> float | Mapping[str, float]:
        settings = self._inputs.params.arms.get(arm)
        return settings.share if settings else 0.0

    def _kind(self, arm: str) -> str:
        if arm in FOUND:
            return arm
        settings: Arm | None = self._inputs.params.arms.get(arm)
        if settings is None:
            return REAL if arm == REAL else "other"
        if settings.source == "none":
            return REAL if arm == REAL else "other"
        if not settings.plain:
            return "other"
        return settings.source if f"arm.{settings.source}" in self._t else "other"

    def arm(self, arm: str) -> str:
        """Short, for tables and plots: 10 % synthetic."""
        return self._t.plain(f"arm.{self._kind(arm)}", share=self.shares(arm), arm=arm)

    def doing(self, arm: str) -> Markup:
        """As the subject of a sentence: adding 10 % synthetic images."""
        return self._t(f"doing.{self._kind(arm)}", share=self.shares(arm), arm=arm)

    def mix(self, arm: str) -> Markup:
        """As what one trains with: 10 % synthetic images."""
        return self._t(f"mix.{self._kind(arm)}", share=self.shares(arm), arm=arm)

    def label(self, task: str, class_id: str) -> tuple[str, str]:
        """A class in the report's language, and in the other language where that is known and different."""
        name = self._inputs.names.get(task, {}).get(class_id, ClassName())
        english, chinese = name.en or class_id, name.zh
        first, second = (chinese, english) if self._t.language == "zh" and chinese else (english, chinese)
        return first, second if second != first else ""

    def plain(self, task: str, class_id: str) -> str:
        """Both names in one string, for plots and alternative texts."""
        return " ".join(part for part in self.label(task, class_id) if part)

    def listed(self, words: Sequence[str]) -> str:
        """Bare words with the language's commas."""
        return self._t.texts["list.comma"].join(words)

    def classes(self, task: str, class_ids: Sequence[str]) -> str:
        """Several classes of a task, in the report's language."""
        return self.listed([self.label(task, class_id)[0] for class_id in class_ids])

"""The tables of the page. Pure: a study in, cells out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from kilnmix.config import Arm
from kilnmix.report.inputs import PoolCount, Search, Study
from kilnmix.report.language import Wording
from kilnmix.report.naming import Names
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import ArmVerdict

MOST = 30
"""Most classes of a confusion table."""


@dataclass(frozen=True)
class Cell:
    """A cell: its text, a smaller second line, a class for its looks, what hovering shows, the shade of its ground
    (0 to 1)."""

    text: str | Markup
    second: str | Markup = ""
    looks: str = ""
    hover: str = ""
    shade: float | None = None


@dataclass(frozen=True)
class Table:
    """Rows whose first cell heads them."""

    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    looks: str = ""

    def __bool__(self) -> bool:
        return bool(self.rows)


def _heads(*texts: str | Markup) -> tuple[Cell, ...]:
    return tuple(Cell(text) for text in texts)


def arms_by_tasks(study: Study, names: Names, t: Wording) -> Table:
    """Macro-F1 of every arm on every task, as in the paper's table; below it the difference to its reference, in points
    with the interval and as a percentage of the reference's score."""
    rows = []
    for arm in study.arms:
        cells = [_arm_cell(study, arm, names, t)]
        for task in study.verdict.tasks:
            f1 = task.f1.get(arm)
            verdict = task.arms.get(arm)
            cells.append(
                Cell(t.score(f1), _under(verdict, t), _looks(verdict), _hover(verdict, names, t) if verdict else "")
            )
        f1s = [task.f1.get(arm) for task in study.verdict.tasks]
        known = [f1 for f1 in f1s if f1 is not None]
        cells.append(Cell(t.score(float(np.mean(known))) if known else "–", looks="mean"))
        rows.append(tuple(cells))
    tasks = [names.title(task.task) for task in study.verdict.tasks]
    return Table(_heads(t("scores.arm"), *tasks, t("scores.mean")), tuple(rows), "scores")


def _arm_cell(study: Study, arm: str, names: Names, t: Wording) -> Cell:
    verdicts = [task.arms[arm] for task in study.verdict.tasks if arm in task.arms]
    secondary = bool(verdicts) and not any(verdict.comparison.primary for verdict in verdicts)
    reference = verdicts[0].comparison.reference if verdicts else "real"
    second = t("scores.versus", arm=names.arm(reference)) if reference != "real" else ""
    return Cell(names.arm(arm), second, "secondary" if secondary else "", arm)


def _looks(verdict: ArmVerdict | None) -> str:
    if verdict is None:
        return ""
    return verdict.verdict if verdict.comparison.primary else f"{verdict.verdict} secondary"


def _under(verdict: ArmVerdict | None, t: Wording) -> str | Markup:
    if verdict is None or verdict.vs_real is None:
        return ""
    difference = verdict.vs_real
    said = Markup.escape(f"{t.points(difference.delta)} {t.interval(difference.low, difference.high)}")
    if verdict.relative is None:
        return said
    return said + Markup("<br>") + t("scores.relative", relative=t.relative(verdict.relative))


def _hover(verdict: ArmVerdict, names: Names, t: Wording) -> str:
    if verdict.vs_real is None:
        return t.plain("verdict.untestable")
    parts = [t.plain(f"verdict.{verdict.verdict}"), t.probability(verdict.vs_real.p)]
    if verdict.vs_repeat is not None and verdict.comparison.control:
        versus = t.plain("scores.versus", arm=names.arm(verdict.comparison.control))
        parts.append(f"{versus}: {t.points(verdict.vs_repeat.delta)}")
    return ", ".join(parts)


def against_control(study: Study, names: Names, t: Wording) -> Table:
    """The primary arms' differences to the control of each."""
    rows = []
    arms = [arm for arm in study.arms if any(_controlled(task.arms.get(arm)) for task in study.verdict.tasks)]
    for arm in arms:
        control = next(task.arms[arm].comparison.control for task in study.verdict.tasks if arm in task.arms)
        versus = t("scores.versus", arm=names.arm(control)) if control else ""
        cells = [Cell(names.arm(arm), versus, hover=arm)]
        for task in study.verdict.tasks:
            verdict = task.arms.get(arm)
            difference = verdict.vs_repeat if verdict else None
            if difference is None:
                cells.append(Cell("–"))
                continue
            side = {1: "helps", -1: "harms", 0: ""}[difference.significant_side]
            interval = t.interval(difference.low, difference.high)
            cells.append(Cell(t.points(difference.delta), interval, side, t.probability(difference.p)))
        rows.append(tuple(cells))
    tasks = [names.title(task.task) for task in study.verdict.tasks]
    return Table(_heads(t("scores.arm"), *tasks), tuple(rows), "scores")


def best_arms(study: Study, best: Mapping[str, Mapping[str, float]], names: Names, t: Wording) -> Table:
    """How likely each arm is the best, for every task that can be tested."""
    arms = [arm for arm in study.arms if any(arm in chances for chances in best.values())]
    rows = [
        (Cell(names.arm(arm), hover=arm), *(Cell(t.percent(chances.get(arm))) for chances in best.values()))
        for arm in arms
    ]
    return Table(_heads(t("scores.arm"), *(names.title(task) for task in best)), tuple(rows))


def _controlled(verdict: ArmVerdict | None) -> bool:
    return verdict is not None and verdict.vs_repeat is not None and verdict.comparison.primary


def confused(outcomes: TaskOutcomes) -> list[int]:
    """The scored classes that a confusion table shows: of more than `MOST` those with most test objects."""
    counts = outcomes.object_counts
    return sorted(sorted(outcomes.scored, key=lambda c: (-counts[c], c))[:MOST])


def rows_of_confusion(outcomes: TaskOutcomes, arm: str, shown: Sequence[int]) -> np.ndarray:
    """(k, k + 1) float64: for each of k classes the weighted share of its photographs that are taken for each of them,
    mean of all runs; the last column is everything else (other classes, no answer). Rows sum to one."""
    place = np.full(len(outcomes.classes) + 1, len(shown))
    place[list(shown)] = np.arange(len(shown))
    rows = np.flatnonzero(np.isin(outcomes.truth, shown))
    truth, weights = place[outcomes.truth[rows]], outcomes.weights[rows]
    runs = outcomes.predicted[arm][:, :, rows].reshape(-1, len(truth))
    side = len(shown) + 1
    # Index -1 (no answer) reads the last place, which stands for everything else.
    cells = [np.bincount(truth * side + place[answers], weights, minlength=side * len(shown)) for answers in runs]
    counts = np.mean(cells, axis=0).reshape(len(shown), side)
    return counts / np.maximum(counts.sum(1, keepdims=True), 1e-12)


def confusion(outcomes: TaskOutcomes, arm: str, names: Names, t: Wording) -> Table:
    """What is taken for what, in percent of each true class; the diagonal is recall."""
    shown = confused(outcomes)
    shares = rows_of_confusion(outcomes, arm, shown)
    classes = [outcomes.classes[c] for c in shown]
    elsewhere = bool(shares[:, -1].max(initial=0) > 0.0005)
    columns = [names.label(outcomes.task, name)[0] for name in classes] + (["…"] if elsewhere else [])
    rows = []
    for row, name in enumerate(classes):
        first, second = names.label(outcomes.task, name)
        cells = [Cell(first, second)]
        for column, said in enumerate(columns):
            value = float(shares[row, column])
            hover = t.plain("confusion.cell", truth=first, said=said, value=t.percent(value, 1))
            text = f"{100 * value:.0f}" if value >= 0.005 else ""
            cells.append(Cell(text, looks="right" if row == column else "wrong", hover=hover, shade=round(value, 3)))
        rows.append(tuple(cells))
    return Table((Cell(""), *_heads(*columns)), tuple(rows), "confusion")


def pools(counts: Sequence[PoolCount], tasks: Sequence[str], names: Names, t: Wording) -> Table:
    """One row a pool."""
    reasons = list(dict.fromkeys(reason for count in counts for reason in count.rejected))
    distances = any(count.distance_after is not None for count in counts)
    head: list[str] = [t("pools.fold"), t("pools.adapter"), t("pools.drawn"), t("pools.accepted")]
    head += [status(reason, t) for reason in reasons]
    head += [t("pools.masked", task=names.task(task)) for task in tasks]
    head += [t("pools.distance")] if distances else []
    rows = []
    for count in counts:
        cells = [str(count.fold), str(count.adapter), str(count.drawn), str(count.accepted)]
        cells += [str(count.rejected.get(reason, 0)) for reason in reasons]
        cells += [_masked(count, task, t) for task in tasks]
        if distances:
            cells.append(
                t.plain("pools.before_after", before=_short(count.distance_before), after=_short(count.distance_after))
            )
        rows.append(_heads(*cells))
    return Table(_heads(*head), tuple(rows), "numbers")


def status(reason: str, t: Wording) -> str:
    return t.plain(f"status.{reason}") if f"status.{reason}" in t else reason


def _masked(count: PoolCount, task: str, t: Wording) -> str:
    labelled = count.labelled.get(task, 0)
    masked = count.masked.get(task)
    if masked is None:
        return "–"
    return f"{masked} ({t.percent(masked / labelled)})" if labelled else str(masked)


def _short(value: float | None) -> str:
    return "–" if value is None or not np.isfinite(value) else f"{value:.3g}"


def best_settings(searches: Sequence[Search], names: Names, t: Wording) -> Table:
    """The confirmed settings of every search, one column each; what is everywhere as an arm has it by itself is left
    out."""
    flat = [(search, flattened(search.best)) for search in searches]
    usual = flattened(Arm().model_dump(mode="json"))
    keys = list(dict.fromkeys(key for _, best in flat for key in best))
    keys = [key for key in keys if any(key in best and best[key] != usual.get(key) for _, best in flat)]
    head: list[str] = [t("search.setting")]
    for search, _ in flat:
        kind = t.plain("plot.with" if search.synthetic else "plot.without")
        head.append(f"{kind}, {t.plain('plot.fold')} {search.fold}" if len(searches) > 2 else kind)
    rows = []
    for key in keys:
        name, shown = _setting(key, names, t)
        rows.append((Cell(name, hover=key), *(Cell(shown(best.get(key))) for _, best in flat)))
    return Table(_heads(*head), tuple(rows))


def _setting(key: str, names: Names, t: Wording) -> tuple[str, Callable[[object], str]]:
    """A searched setting in words, and how its values are written; others are shown as they are called."""
    group, _, task = key.partition(".")
    if group == "share" and task:
        return t.plain("search.share", task=names.task(task)), lambda value: _percent(value, t)
    if group in ("weight", "task_weights") and task:
        return t.plain("search.weight", task=names.task(task)), plain
    return key, plain


def _percent(value: object, t: Wording) -> str:
    return t.share(float(value)) if isinstance(value, int | float) else plain(value)


def settings(study: Study) -> list[tuple[str, str]]:
    """Every setting by its dotted name."""
    return [(key, plain(value)) for key, value in flattened(study.params.model_dump(mode="json")).items()]


def flattened(values: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            flat.update(flattened(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def plain(value: object) -> str:
    """A setting's value as one reads it: numbers short, lists with commas."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(item) for item in value) or "–"
    if value is None or value == {}:
        return "–"
    return str(value)

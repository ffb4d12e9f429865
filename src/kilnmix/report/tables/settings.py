"""Settings as pairs and tables: those that the search settled on, and all of the study."""

from __future__ import annotations

from collections.abc import Callable

from kilnmix.common.nested import flatten
from kilnmix.config import Arm
from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs
from kilnmix.report.tables.table import Cell, Table, cells


def best_settings(context: ReportContext) -> Table:
    """The confirmed settings of every search, one column each; what is everywhere as an arm has it by itself is left
    out."""
    t, searches = context.t, context.inputs.searches
    flat = [(search, flatten(search.best)) for search in searches]
    usual = flatten(Arm().model_dump(mode="json"))
    keys = list(dict.fromkeys(key for _, best in flat for key in best))
    keys = [key for key in keys if any(key in best and best[key] != usual.get(key) for _, best in flat)]
    head: list[str] = [t("search.setting")]
    for search in searches:
        kind = t.plain("plot.with" if search.synthetic else "plot.without")
        head.append(f"{kind}, {t.plain('plot.fold')} {search.fold}" if len(searches) > 2 else kind)
    rows = []
    for key in keys:
        name, shown = _setting(key, context)
        rows.append((Cell(name, hover=key), *(Cell(shown(best.get(key))) for _, best in flat)))
    return Table(cells(*head), tuple(rows))


def _setting(key: str, context: ReportContext) -> tuple[str, Callable[[object], str]]:
    """A searched setting in words, and how its values are written; others are shown as they are called."""
    t = context.t
    group, _, task = key.partition(".")
    if group == "share" and task:
        return t.plain("search.share", task=context.names.task(task)), lambda value: _percent(value, context)
    if group in ("weight", "task_weights") and task:
        return t.plain("search.weight", task=context.names.task(task)), plain
    return key, plain


def _percent(value: object, context: ReportContext) -> str:
    return context.t.share(float(value)) if isinstance(value, int | float) else plain(value)


def settings(inputs: ReportInputs) -> list[tuple[str, str]]:
    """Every setting by its dotted name."""
    return [(key, plain(value)) for key, value in flatten(inputs.params.model_dump(mode="json")).items()]


def plain(value: object) -> str:
    """A setting's value for reading: numbers short, lists with commas."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(item) for item in value) or "–"
    if value is None or value == {}:
        return "–"
    return str(value)

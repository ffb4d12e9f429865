"""Settings as pairs and tables: those that the search settled on, and all of the study."""

from __future__ import annotations

from collections.abc import Callable

from kilnmix.common.nested import flatten
from kilnmix.config import Arm
from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs, Search
from kilnmix.report.tables.table import Cell, Table, cells


def best_settings(context: ReportContext) -> Table:
    """The confirmed settings of every search, one column each; what is everywhere as an arm has it by itself is left
    out."""
    t, searches = context.t, context.inputs.searches
    flat = [(search, flatten(search.best)) for search in searches]
    usual = usual_settings(context)
    keys = list(dict.fromkeys(key for _, best in flat for key in best))
    keys = [key for key in keys if any(key in best and best[key] != usual.get(key) for _, best in flat)]
    head: list[str] = [t("search.setting")]
    head += [_kind(search, len(searches), context) for search in searches]
    rows = []
    for key in keys:
        name, shown = _setting(key, context)
        rows.append((Cell(name, hover=key), *(Cell(shown(best.get(key))) for _, best in flat)))
    return Table(cells(*head), tuple(rows))


def usual_settings(context: ReportContext) -> dict[str, object]:
    """What an arm has by itself, by dotted name: its own settings, and those of the study's classifier."""
    classifier = context.inputs.params.classifier.model_dump(mode="json")
    return {**flatten(Arm().model_dump(mode="json")), **flatten(classifier, "classifier.")}


def importances(context: ReportContext) -> Table | None:
    """Parameter by parameter its share of what decides between good and bad trials, a column a search, the largest
    first; None where no search had trials enough."""
    t = context.t
    searches = [search for search in context.inputs.searches if search.importances]
    if not searches:
        return None
    names = dict.fromkeys(name for search in searches for name in search.importances)
    order = sorted(names, key=lambda name: -max(search.importances.get(name, 0.0) for search in searches))
    head = [t("search.setting"), *(_kind(search, len(searches), context) for search in searches)]
    rows = [
        (
            Cell(setting_name(name, context), hover=name),
            *(
                Cell(_percent(round(own[name], 2), context) if name in own else "–")
                for own in (s.importances for s in searches)
            ),
        )
        for name in order
    ]
    return Table(cells(*head), tuple(rows))


def setting_name(key: str, context: ReportContext) -> str:
    """A searched setting in words."""
    return _setting(key, context)[0]


def setting_text(key: str, value: object, context: ReportContext) -> str:
    """A searched setting with its value, in words."""
    name, shown = _setting(key, context)
    return f"{name} {shown(value)}"


def _kind(search: Search, of: int, context: ReportContext) -> str:
    t = context.t
    kind = t.plain("plot.with" if search.synthetic else "plot.without")
    return f"{kind}{t.texts['list.clause']}{t.plain('plot.fold')} {search.fold}" if of > 2 else kind


def _setting(key: str, context: ReportContext) -> tuple[str, Callable[[object], str]]:
    """A searched setting in words, and how its values are written; others are shown as they are called."""
    t = context.t
    key = key.removeprefix("classifier.")
    group, _, task = key.partition(".")
    if group == "share" and task:
        return t.plain("search.share", task=context.names.task(task)), lambda value: _percent(value, context)
    if group in ("weight", "task_weights") and task:
        return t.plain("search.weight", task=context.names.task(task)), plain
    if f"search.{key}" in t:
        return t.plain(f"search.{key}"), plain
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

"""What the play-off of each search came to, in words."""

from __future__ import annotations

from markupsafe import Markup

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import Search


def playoffs(context: ReportContext) -> list[Markup]:
    """One sentence a search that has trials: how far its best trial was ahead, and whether validation can tell."""
    searches = [search for search in context.inputs.searches if search.playoff is not None and search.trials]
    return [_sentence(search, len(searches) > 2, context) for search in searches]


def _sentence(search: Search, several: bool, context: ReportContext) -> Markup:
    t, playoff = context.t, search.playoff
    assert playoff is not None
    kind: str = t.plain("plot.with" if search.synthetic else "plot.without")
    if several:
        kind = f"{kind}, {t.plain('plot.fold')} {search.fold}"
    if playoff.difference is None:
        return t("search.playoff_real", kind=_capital(kind), n=len(search.trials))
    figures = {
        "delta": t.points(abs(playoff.difference), sign=False),
        "error": t.points(playoff.standard_error, sign=False),
    }
    if playoff.difference <= 0:
        key = "search.playoff_behind"
    else:
        key = "search.playoff_adopted" if playoff.adopted else "search.playoff_kept"
    return t(key, kind=_capital(kind), trial=playoff.best, n=len(search.trials), **figures)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

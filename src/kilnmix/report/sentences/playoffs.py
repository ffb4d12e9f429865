"""What the play-off of each search came to, in words."""

from __future__ import annotations

from markupsafe import Markup

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import Search
from kilnmix.report.sentences.optimum import changed, flatness, told_apart
from kilnmix.statistics.selection import Selection


def playoffs(context: ReportContext) -> list[Markup]:
    """A few sentences a search that has trials: how far its best trial was ahead, whether validation can tell, what
    was changed, and how flat the optimum is."""
    searches = [search for search in context.inputs.searches if search.playoff is not None and search.trials]
    return [
        Markup(context.t.texts["list.sentence"]).join(
            [_sentence(search, len(searches) > 2, context), *_more(search, context)]
        )
        for search in searches
    ]


def _more(search: Search, context: ReportContext) -> list[Markup]:
    """What was changed, the interval of the difference and whether it tells the two apart, how much of the lead is
    selection, how flat the optimum is, and how many trials were stopped."""
    t, playoff = context.t, search.playoff
    assert playoff is not None
    said: list[Markup | None] = [changed(search, context)]
    if playoff.low is not None and playoff.high is not None:
        said.append(t("search.interval", low=t.points(playoff.low), high=t.points(playoff.high)))
    said.append(told_apart(search, context))
    if playoff.lead is not None and playoff.crossed is not None and playoff.lead > 0:
        selected = Selection(playoff.lead, playoff.crossed).share
        figures = {"lead": t.points(playoff.lead, sign=False), "crossed": t.points(playoff.crossed)}
        said.append(t("search.selection", share=t.percent(selected), **figures))
    said.append(flatness(search, context))
    stopped = sum(trial.stopped for trial in search.trials)
    if stopped:
        said.append(t("search.stopped", k=stopped, n=len(search.trials)))
    return [each for each in said if each is not None]


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

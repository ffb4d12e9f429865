"""The plots of a fold's searches as pictures, drawn when the search has ended and there is no verdict yet."""

from __future__ import annotations

from collections.abc import Sequence

from kilnmix.config import Params
from kilnmix.experiment.attempts import Attempt
from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs, Search
from kilnmix.report.plots.contour import contours
from kilnmix.report.plots.importances import importances
from kilnmix.report.plots.parallel import parallel
from kilnmix.report.plots.pareto import fronts
from kilnmix.report.plots.spread import spread
from kilnmix.report.plots.timeline import timeline
from kilnmix.report.plots.trials import trials
from kilnmix.statistics.verdicts import Rules, StudyVerdict


def drawn(params: Params, searches: Sequence[Search], attempts: Sequence[Attempt]) -> dict[str, str]:
    """Name -> SVG, in English, as all that MLflow shows.

    `history`, `slices`, `parallel`, `contour-N` for the tasks, `front-N` for pairs of objectives, `importances` and
    `timeline`, as far as there is something to draw.
    """
    verdict = StudyVerdict("adapter", Rules(), 0.0, ())
    context = ReportContext.of(ReportInputs(params, verdict, (), searches=tuple(searches)), "en")
    plots = {
        "history": trials(context),
        "slices": spread(context),
        "parallel": parallel(context),
        "importances": importances(context),
        "timeline": timeline(attempts, context.t),
        **{each.name: each for each in (*contours(context), *fronts(context))},
    }
    return {name: each.still for name, each in plots.items() if each is not None}

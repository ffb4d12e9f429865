"""What a search changed, how flat its optimum is, and whether validation can tell the winner from the baseline."""

from __future__ import annotations

from statistics import median

from markupsafe import Markup

from kilnmix.common.nested import flatten
from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import Search, Trial
from kilnmix.report.tables.settings import setting_text, usual_settings


def changed(search: Search, context: ReportContext) -> Markup | None:
    """The settings in which what was adopted differs from the photographs' own recipe; None where nothing was."""
    if search.playoff is None or not search.playoff.adopted:
        return None
    usual, best = usual_settings(context), flatten(search.best)
    if best.get("classifier.mix") == "none":
        best.pop("classifier.mix_alpha", None)  # nothing is mixed by it
    texts = [
        setting_text(name, value, context)
        for name, value in best.items()
        if name != "source" and not isinstance(value, dict) and value != usual.get(name, _neutral(name))
    ]
    return context.t("search.changed", settings=context.t.texts["list.semicolon"].join(texts)) if texts else None


def _neutral(name: str) -> float | None:
    """What a share or weight is that changes nothing."""
    return {"share": 0.0, "task_weights": 1.0}.get(name.partition(".")[0])


def flatness(search: Search, context: ReportContext) -> Markup | None:
    """How far the trials lie behind the best, and which shares the good ones have; None with fewer than three."""
    t = context.t
    done = sorted((trial for trial in search.trials if trial.objective is not None), key=_score)
    if len(done) < 3:
        return None
    best = _score(done[-1])
    said = t("search.flat", gap=t.points(best - median(map(_score, done)), sign=False))
    error = None if search.playoff is None else search.playoff.standard_error
    if error is None:
        return said
    near = [trial for trial in done[:-1] if _score(trial) >= best - error]
    if not near:
        return said + t("search.alone")
    shares = [value for trial in [*near, done[-1]] for name, value in trial.values.items() if name.startswith("share.")]
    if search.synthetic and shares:
        said += t("search.near_shares", n=len(near), low=t.share(min(shares)), high=t.share(max(shares)))
    else:
        said += t("search.near", n=len(near))
    return said + t("search.level") if len(near) > 1 else said


def told_apart(search: Search, context: ReportContext) -> Markup | None:
    """Whether the interval of the play-off's difference leaves zero out, or why there is none; None without one."""
    playoff = search.playoff
    if playoff is None or playoff.difference is None:
        return None
    if playoff.low is None or playoff.high is None:
        return context.t("search.one_run")
    if playoff.low > 0 or playoff.high < 0:
        return context.t("search.enough")
    return context.t("search.too_small", reach=context.t.points((playoff.high - playoff.low) / 2, sign=False))


def _score(trial: Trial) -> float:
    return trial.objective or 0.0

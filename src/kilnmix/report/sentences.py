"""Verdicts as sentences, and what to do about them. Pure: by rule, from the verdicts alone.

A task's sentence speaks of one arm, its lead:

1. of the arms that help, the one that gains most;
2. else of those that harm, the one that loses most;
3. else of the undecided ones, the one with the smallest detectable effect;
4. else, where all are equivalent, the one that differs most.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from kilnmix.report.language import Wording
from kilnmix.report.naming import SEARCHED, Names
from kilnmix.statistics.verdicts import ArmVerdict, Rules, StudyVerdict, TaskVerdict

ORDER = ("helps", "harms", "undecided", "equivalent", "untestable")
MANY = 50
"""A study that would have to be more than so many times larger is called `many times` larger."""


@dataclass(frozen=True)
class Said:
    """One task in words.

    Attributes:
        verdict: of the lead arm.
        sentence: the first one; rest: the other primary arms, one phrase each.
        lead: the arm that the sentence speaks of; None for an untestable task.
    """

    task: str
    title: str
    verdict: str
    sentence: Markup
    rest: tuple[Markup, ...]
    lead: str | None


def primary(task: TaskVerdict) -> list[ArmVerdict]:
    """The verdicts that the study answers for, in their order."""
    return [arm for arm in task.arms.values() if arm.comparison.primary]


def lead(task: TaskVerdict) -> ArmVerdict | None:
    """The arm that a task's sentence speaks of; None where nothing can be tested."""
    arms = [arm for arm in primary(task) if arm.vs_real is not None]

    def of(verdict: str) -> list[ArmVerdict]:
        return [arm for arm in arms if arm.verdict == verdict]

    if of("helps"):
        return max(of("helps"), key=_delta)
    if of("harms"):
        return min(of("harms"), key=_delta)
    if of("undecided"):
        return min(of("undecided"), key=lambda arm: arm.detectable if arm.detectable is not None else math.inf)
    return max(of("equivalent"), key=lambda arm: abs(_delta(arm)), default=None)


def _delta(arm: ArmVerdict) -> float:
    return arm.vs_real.delta if arm.vs_real else 0.0


@dataclass(frozen=True)
class Evidence:
    """What an untestable task may lack.

    Attributes:
        runs: how often each arm was trained.
        labelled: test objects that have a label for the task at all.
        each: test objects that a class needs to be scored.
    """

    runs: int = 2
    labelled: int = 0
    each: int = 5


def task_sentence(task: TaskVerdict, rules: Rules, names: Names, t: Wording, evidence: Evidence) -> Said:
    """What the study says of a task."""
    title = names.title(task.task)
    chosen = lead(task)
    if chosen is None:
        reason = untestable_reason(task, rules, t, evidence)
        return Said(task.task, title, "untestable", t("said.untestable", reason=reason), (), None)
    others = [arm for arm in primary(task) if arm is not chosen and arm.vs_real is not None]
    rest = tuple(_short(task.task, arm, names, t) for arm in sorted(others, key=lambda arm: ORDER.index(arm.verdict)))
    return Said(
        task.task, title, chosen.verdict, arm_sentence(task.task, chosen, rules, names, t), rest, chosen.comparison.arm
    )


def arm_sentence(task: str, arm: ArmVerdict, rules: Rules, names: Names, t: Wording) -> Markup:
    """One arm's verdict for a task as a sentence."""
    difference = arm.vs_real
    assert difference is not None
    values = {
        "doing": names.doing(arm.comparison.arm),
        "delta": t.points(difference.delta),
        "interval": t.interval(difference.low, difference.high),
        "margin": t.plainly(rules.margin),
        "seen": t.points(arm.detectable, sign=False),
        "reference": names.mix(arm.comparison.reference),
        "control": names.doing(arm.comparison.control) if arm.comparison.control else "",
    }
    if arm.verdict == "helps":
        key = "said.helps" if arm.vs_repeat is not None else "said.helps_uncontrolled"
    elif arm.verdict == "undecided" and difference.significant_side > 0:
        key = "said.uncontrolled"
    elif arm.verdict == "undecided" and arm.detectable is None:
        key = "said.undecided_unseen"
    else:
        key = f"said.{arm.verdict}"
    sentence = t(key, **values)
    if arm.within_margin and arm.verdict in ("helps", "harms"):
        sentence += t("said.within_margin", **values)
    return sentence + (_found(task, names, t) if arm.comparison.arm == SEARCHED else Markup(""))


def _found(task: str, names: Names, t: Wording) -> Markup:
    """How many images of the task the searched mixture has. A task of share 0 has none with a label for it, and where
    all have share 0 a difference is the doing of the weights alone."""
    shares = names.found_shares(task)
    if not shares:
        return Markup("")
    if names.found_none:
        return t("said.found_none")
    if not any(shares):
        return t("said.found_unlabelled")
    empty = sum(share == 0 for share in shares)
    said = t("said.found_share", share=names.span([share for share in shares if share]))
    return said + (t("said.found_some", n=empty, folds=len(shares)) if empty else Markup(""))


def _short(task: str, arm: ArmVerdict, names: Names, t: Wording) -> Markup:
    difference = arm.vs_real
    assert difference is not None
    shares = names.found_shares(task) if arm.comparison.arm == SEARCHED else ()
    called = names.arm(arm.comparison.arm)
    return t(
        "said.short",
        arm=t("said.with_share", arm=called, share=names.span(shares)) if shares else called,
        verdict=t(f"verdict.{arm.verdict}"),
        delta=t.points(difference.delta),
        interval=t.interval(difference.low, difference.high),
    )


def untestable_reason(task: TaskVerdict, rules: Rules, t: Wording, evidence: Evidence) -> Markup:
    """Why nothing can be said of a task, in the order in which the verdict's rules ask."""
    if not primary(task):
        return t("reason.no_arms")
    if len(task.classes) < rules.min_classes:
        key = "reason.classes" if task.classes else "reason.no_classes"
        values = {"each": evidence.each, "labelled": evidence.labelled, "least": rules.min_classes}
        return t(key, n=len(task.classes), **values)
    if task.objects < rules.min_objects:
        return t("reason.objects", n=task.objects, least=rules.min_objects)
    return t("reason.runs") if evidence.runs < 2 else t("reason.replicates")


def scope_sentence(verdict: StudyVerdict, runs: tuple[int, int, int], t: Wording) -> Markup:
    """How far the verdicts reach; runs are (folds, adapters, seeds)."""
    folds, adapters, _ = runs
    values = {**counts(runs, t), "n": folds * adapters}
    return t("scope.procedure" if verdict.scope == "procedure" else "scope.adapter", **values)


def counts(runs: tuple[int, int, int], t: Wording) -> dict[str, Markup]:
    """(folds, adapters, seeds) in words."""
    return {name: t(f"count.{name}", n=n) for name, n in zip(("folds", "adapters", "seeds"), runs, strict=True)}


def advice(verdict: StudyVerdict, names: Names, t: Wording) -> Markup:
    """What to do: one paragraph."""
    leads = {task.task: lead(task) for task in verdict.tasks}
    said = [
        *_helping(verdict, names, t),
        *_about(leads, "harms", lambda tasks, _: t("advice.harms", tasks=_list(tasks, names, t)), t),
        *_about(leads, "equivalent", lambda tasks, _: t("advice.equivalent", tasks=_list(tasks, names, t)), t),
        *_about(leads, "undecided", lambda tasks, arms: _undecided(tasks, arms, verdict.rules, names, t), t),
    ]
    untestable = [task for task in verdict.tasks if leads[task.task] is None and primary(task)]
    few = [task.task for task in untestable if _too_few(task, verdict.rules)]
    if few:
        said.append(t("advice.untestable", tasks=_list(few, names, t), least=verdict.rules.min_objects))
    untrained = [task.task for task in untestable if task.task not in few]
    if untrained:
        said.append(t("advice.untrained", tasks=_list(untrained, names, t)))
    if verdict.scope == "adapter" and any(arm is not None for arm in leads.values()):
        said.append(t("advice.adapters"))
    return Markup(t.texts["list.sentence"]).join(said)


def _too_few(task: TaskVerdict, rules: Rules) -> bool:
    """Whether an untestable task lacks labels; if not, it lacks runs."""
    return len(task.classes) < rules.min_classes or task.objects < rules.min_objects


Leads = dict[str, ArmVerdict | None]


def _about(
    leads: Leads, verdict: str, say: Callable[[list[str], list[ArmVerdict]], Markup], t: Wording
) -> list[Markup]:
    found = [(task, arm) for task, arm in leads.items() if arm is not None and arm.verdict == verdict]
    return [say([task for task, _ in found], [arm for _, arm in found])] if found else []


def _list(tasks: Sequence[str], names: Names, t: Wording) -> Markup:
    return t.joined([Markup.escape(names.task(task)) for task in tasks])


def _helping(verdict: StudyVerdict, names: Names, t: Wording) -> list[Markup]:
    """Which arm to take for which task, those that help most tasks first; where an arm harms other tasks, say so."""
    by_arm: dict[str, list[str]] = {}
    for task in verdict.tasks:
        chosen = lead(task)
        if chosen is not None and chosen.verdict == "helps":
            by_arm.setdefault(chosen.comparison.arm, []).append(task.task)
    said = []
    for arm, tasks in sorted(by_arm.items(), key=lambda item: -len(item[1])):
        said.append(t("advice.helps", tasks=_list(tasks, names, t), mix=names.mix(arm)))
        harmed = [task.task for task in verdict.tasks if arm in task.arms and task.arms[arm].verdict == "harms"]
        if harmed:
            said.append(t("advice.but_harms", tasks=_list(harmed, names, t), arm=arm))
    if len(by_arm) > 1:
        said.append(t("advice.per_task"))
    return said


def _undecided(tasks: list[str], arms: list[ArmVerdict], rules: Rules, names: Names, t: Wording) -> Markup:
    """Standard errors fall as one over the root of the study's size, so a detectable effect that is k times the margin
    asks for about k squared times as many test objects and runs."""
    first = t("advice.undecided", tasks=_list(tasks, names, t))
    seen = [arm.detectable for arm in arms if arm.detectable is not None and math.isfinite(arm.detectable)]
    if not seen or max(seen) <= rules.margin:
        return first
    factor = math.ceil((max(seen) / rules.margin) ** 2)
    margin = t.plainly(rules.margin)
    more = t("advice.many", margin=margin) if factor > MANY else t("advice.more", margin=margin, factor=factor)
    return first + Markup(t.texts["list.sentence"]) + more

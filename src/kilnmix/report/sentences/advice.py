"""What to do about the verdicts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from markupsafe import Markup

from kilnmix.report.context import ReportContext
from kilnmix.report.sentences.lead import lead, primary, repeats_do_as_much
from kilnmix.statistics.verdicts import ArmVerdict, Rules, TaskVerdict

MANY = 50
"""A study that would have to be more than so many times larger is called `many times` larger."""

Leads = Mapping[str, ArmVerdict | None]


def advice(context: ReportContext) -> Markup:
    """One paragraph."""
    t, verdict = context.t, context.inputs.verdict
    leads = {task.task: lead(task) for task in verdict.tasks}
    margin = verdict.rules.margin
    slots = {task: arm for task, arm in leads.items() if arm is not None and repeats_do_as_much(arm, margin)}
    unsure = {task: arm for task, arm in leads.items() if task not in slots}
    sentences = [
        *_helping(context),
        *_classifier(context),
        *_about(leads, "harms", lambda tasks, _: t("advice.harms", tasks=_list(tasks, context))),
        *_about(leads, "equivalent", lambda tasks, _: t("advice.equivalent", tasks=_list(tasks, context))),
        *_about(slots, "undecided", lambda tasks, arms: _slots(tasks, arms, context)),
        *_about(unsure, "undecided", lambda tasks, arms: _undecided(tasks, arms, context)),
    ]
    untestable = [task for task in verdict.tasks if leads[task.task] is None and primary(task)]
    few = [task.task for task in untestable if _too_few(task, verdict.rules)]
    if few:
        sentences.append(t("advice.untestable", tasks=_list(few, context), least=verdict.rules.min_objects))
    untrained = [task.task for task in untestable if task.task not in few]
    if untrained:
        sentences.append(t("advice.untrained", tasks=_list(untrained, context)))
    if verdict.scope == "adapter" and any(arm is not None for arm in leads.values()):
        sentences.append(t("advice.adapters"))
    return Markup(t.texts["list.sentence"]).join(sentences)


def _too_few(task: TaskVerdict, rules: Rules) -> bool:
    """Whether an untestable task lacks labels; if not, it lacks runs."""
    return len(task.classes) < rules.min_classes or task.objects < rules.min_objects


def _about(leads: Leads, verdict: str, sentence: Callable[[list[str], list[ArmVerdict]], Markup]) -> list[Markup]:
    """The sentence on the tasks whose lead has a verdict; none without such tasks."""
    pairs = [(task, arm) for task, arm in leads.items() if arm is not None and arm.verdict == verdict]
    return [sentence([task for task, _ in pairs], [arm for _, arm in pairs])] if pairs else []


def _list(tasks: Sequence[str], context: ReportContext) -> Markup:
    return context.t.joined([Markup.escape(context.names.task(task)) for task in tasks])


def _helping(context: ReportContext) -> list[Markup]:
    """Which arm to take for which task, those that help most tasks first; and the tasks that such an arm harms."""
    t, verdict = context.t, context.inputs.verdict
    by_arm: dict[str, list[str]] = {}
    for task in verdict.tasks:
        chosen = lead(task)
        if chosen is not None and chosen.verdict == "helps":
            by_arm.setdefault(chosen.comparison.arm, []).append(task.task)
    sentences = []
    for arm, tasks in sorted(by_arm.items(), key=lambda item: -len(item[1])):
        sentences.append(t("advice.helps", tasks=_list(tasks, context), mix=context.names.mix(arm)))
        harmed = [task.task for task in verdict.tasks if arm in task.arms and task.arms[arm].verdict == "harms"]
        if harmed:
            sentences.append(t("advice.but_harms", tasks=_list(harmed, context), arm=arm))
    if len(by_arm) > 1:
        leads = {task: arm for arm, tasks in by_arm.items() for task in tasks}
        own = {
            task.task: context.names.share_of(leads[task.task], task.task) if task.task in leads else 0.0
            for task in verdict.tasks
        }
        shares = ", ".join(f"{name}: {round(share, 2):g}" for name, share in own.items())
        sentences.append(t("advice.per_task", shares=f"{{{shares}}}"))
    return sentences


def _classifier(context: ReportContext) -> list[Markup]:
    """Which arm `refit` is to be told of: one that helps most tasks, harms none and can be taken away."""
    params, helped, harming = context.inputs.params, dict[str, list[str]](), set[str]()
    for task in context.inputs.verdict.tasks:
        for found in primary(task):
            if found.verdict == "helps":
                helped.setdefault(found.comparison.arm, []).append(task.task)
        harming |= {arm for arm, found in task.arms.items() if found.verdict == "harms"}
    offered = [arm for arm in helped if arm not in harming and (arm not in params.arms or params.arms[arm].whole)]
    if not offered:
        return []
    arm = max(offered, key=lambda arm: len(helped[arm]))
    if arm == params.refit_arm:
        return []
    return [context.t("advice.classifier", arm=arm, tasks=_list(helped[arm], context))]


def _slots(tasks: list[str], arms: list[ArmVerdict], context: ReportContext) -> Markup:
    controls = dict.fromkeys(arm.comparison.control for arm in arms if arm.comparison.control)
    return context.t("advice.slots", tasks=_list(tasks, context), controls=context.t.joined(list(controls)))


def _undecided(tasks: list[str], arms: list[ArmVerdict], context: ReportContext) -> Markup:
    """Standard errors fall as one over the root of the study's size, so a detectable effect that is k times the margin
    asks for about k squared times as many test objects and runs."""
    t, limit = context.t, context.inputs.verdict.rules.margin
    first = t("advice.undecided", tasks=_list(tasks, context))
    seen = [arm.detectable for arm in arms if arm.detectable is not None and math.isfinite(arm.detectable)]
    if not seen or max(seen) <= limit:
        return first
    factor = math.ceil((max(seen) / limit) ** 2)
    margin = t.plainly(limit)
    more = t("advice.many", margin=margin) if factor > MANY else t("advice.more", margin=margin, factor=factor)
    return first + Markup(t.texts["list.sentence"]) + more

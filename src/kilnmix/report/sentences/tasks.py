"""A sentence for each task."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from kilnmix.report.context import ReportContext
from kilnmix.report.languages.names import SEARCHED
from kilnmix.report.sentences.lead import ORDER, lead, primary, repeats_do_as_much
from kilnmix.statistics.verdicts import ArmVerdict, TaskVerdict


@dataclass(frozen=True)
class TaskSentence:
    """One task in words.

    Attributes:
        verdict: of the lead arm.
        sentence: about the lead arm; others: a phrase for each other primary arm.
        lead: the arm that the sentence speaks of; None for an untestable task.
    """

    task: str
    title: str
    verdict: str
    sentence: Markup
    others: tuple[Markup, ...]
    lead: str | None


@dataclass(frozen=True)
class Evidence:
    """What an untestable task may lack.

    Attributes:
        runs: how often each arm was trained.
        labelled: test objects that have a label for the task at all.
        each: test objects that a class needs to be scored.
    """

    runs: int
    labelled: int
    each: int


def task_sentences(context: ReportContext) -> tuple[TaskSentence, ...]:
    """All tasks of the study in words."""
    each = context.inputs.params.experiment.min_class_objects
    return tuple(
        task_sentence(
            task, Evidence(outcomes.runs[0] * outcomes.runs[1], len(np.unique(outcomes.objects)), each), context
        )
        for task, outcomes in context.inputs.tasks
    )


def task_sentence(task: TaskVerdict, evidence: Evidence, context: ReportContext) -> TaskSentence:
    """What the study finds for a task."""
    title = context.names.title(task.task)
    chosen = lead(task)
    if chosen is None:
        sentence = context.t("sentence.untestable", reason=untestable_reason(task, evidence, context))
        return TaskSentence(task.task, title, "untestable", sentence, (), None)
    others = [arm for arm in primary(task) if arm is not chosen and arm.vs_real is not None]
    others.sort(key=lambda arm: ORDER.index(arm.verdict))
    return TaskSentence(
        task=task.task,
        title=title,
        verdict=chosen.verdict,
        sentence=arm_sentence(task.task, chosen, context),
        others=tuple(_short(task.task, arm, context) for arm in others),
        lead=chosen.comparison.arm,
    )


def arm_sentence(task: str, arm: ArmVerdict, context: ReportContext) -> Markup:
    """One arm's verdict for a task as a sentence."""
    t, names, difference = context.t, context.names, arm.vs_real
    assert difference is not None
    values = {
        "doing": names.doing(arm.comparison.arm),
        "delta": t.points(difference.delta),
        "interval": t.interval(difference.low, difference.high),
        "margin": t.plainly(context.inputs.verdict.rules.margin),
        "seen": t.points(arm.detectable, sign=False),
        "reference": names.mix(arm.comparison.reference),
        "control": names.doing(arm.comparison.control) if arm.comparison.control else "",
    }
    if arm.verdict == "helps":
        key = "sentence.helps" if arm.vs_repeat is not None else "sentence.helps_uncontrolled"
    elif repeats_do_as_much(arm, context.inputs.verdict.rules.margin):
        key = "sentence.slots"
    elif arm.verdict == "undecided" and difference.significant_side > 0:
        key = "sentence.uncontrolled"
    elif arm.verdict == "undecided" and arm.detectable is None:
        key = "sentence.undecided_unseen"
    elif arm.verdict == "undecided" and not arm.possible:
        key = "sentence.undecided_full"
    else:
        key = f"sentence.{arm.verdict}"
    sentence = t(key, **values)
    if arm.culprit is not None:
        sentence += t(f"sentence.culprit.{arm.culprit}")
    if arm.within_margin and arm.verdict in ("helps", "harms"):
        sentence += t("sentence.within_margin", **values)
    return sentence + (_searched(task, context) if arm.comparison.arm == SEARCHED else Markup(""))


def _searched(task: str, context: ReportContext) -> Markup:
    """How many images of the task the searched mixture has. A task of share 0 has none with a label for it, and where
    all have share 0 a difference is the doing of the weights alone."""
    t, shares = context.t, context.names.searched_shares(task)
    if not shares:
        return Markup("")
    if context.names.searched_none:
        return t("sentence.searched_none")
    if not any(shares):
        return t("sentence.searched_unlabelled")
    empty = sum(share == 0 for share in shares)
    sentence = t("sentence.searched_share", share=context.names.span([share for share in shares if share]))
    return sentence + (t("sentence.searched_some", n=empty, folds=len(shares)) if empty else Markup(""))


def _short(task: str, arm: ArmVerdict, context: ReportContext) -> Markup:
    t, names, difference = context.t, context.names, arm.vs_real
    assert difference is not None
    shares = names.searched_shares(task) if arm.comparison.arm == SEARCHED else ()
    name = names.arm(arm.comparison.arm)
    return t(
        "sentence.short",
        arm=t("sentence.with_share", arm=name, share=names.span(shares)) if shares else name,
        verdict=t(f"verdict.{arm.verdict}"),
        delta=t.points(difference.delta),
        interval=t.interval(difference.low, difference.high),
    )


def untestable_reason(task: TaskVerdict, evidence: Evidence, context: ReportContext) -> Markup:
    """Why nothing can be concluded for a task, in the order in which the verdict's rules ask."""
    t, rules = context.t, context.inputs.verdict.rules
    if not primary(task):
        return t("reason.no_arms")
    if len(task.classes) < rules.min_classes:
        key = "reason.classes" if task.classes else "reason.no_classes"
        values = {"each": evidence.each, "labelled": evidence.labelled, "least": rules.min_classes}
        return t(key, n=len(task.classes), **values)
    if task.objects < rules.min_objects:
        return t("reason.objects", n=task.objects, least=rules.min_objects)
    return t("reason.runs") if evidence.runs < 2 else t("reason.replicates")

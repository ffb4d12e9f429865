"""The first screen: a sentence a task, the forest plot, what to do, and how far it reaches."""

from __future__ import annotations

from typing import Any

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.forest import forest
from kilnmix.report.sentences.advice import advice
from kilnmix.report.sentences.scope import counts, scope_sentence
from kilnmix.report.sentences.summary import learnt, to_do
from kilnmix.report.sentences.tasks import task_sentences


def content(context: ReportContext) -> dict[str, Any]:
    """Values for the head of the page."""
    t, inputs = context.t, context.inputs
    rules = inputs.verdict.rules
    return {
        "learnt": learnt(context),
        "to_do": to_do(context),
        "sentences": task_sentences(context),
        "setting": t(
            "first.setting",
            **counts(inputs.runs, t),
            objects=t("count.objects", n=inputs.test_objects),
            networks=t("count.networks", n=inputs.networks),
        ),
        "demo": inputs.demo,
        "plot": forest(context),
        "note": t(
            "first.plot_note",
            confidence=t.share(1 - rules.alpha),
            margin=t.plainly(rules.margin),
            power=t.share(rules.power),
            alpha=t.share(rules.alpha),
        ),
        "advice": advice(context),
        "scope": scope_sentence(inputs.verdict, inputs.runs, t),
        "looks": t("first.looks", n=inputs.looks) if inputs.looks is not None else None,
    }

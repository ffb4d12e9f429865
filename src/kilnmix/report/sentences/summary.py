"""The study in two sentences: what was learnt, and what to do. And the same as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from kilnmix.report.context import ReportContext
from kilnmix.report.languages.names import SEARCHED
from kilnmix.report.sentences.lead import ORDER, lead, repeats_do_as_much
from kilnmix.report.sentences.tasks import task_sentences
from kilnmix.statistics.verdicts import TaskVerdict

FILE = "summary.txt"
"""Where `compare` leaves the text, in reports/."""
LAST = ("undecided", "untestable")
SLOTS = "slots"
RECIPE = "_recipe"
"""Behind a verdict: of a searched setting that has no images for the task."""


def learnt(context: ReportContext) -> Markup:
    """One sentence: the tasks by the verdict of their lead."""
    t = context.t
    groups: dict[str, list[str]] = {}
    for task in context.inputs.verdict.tasks:
        groups.setdefault(_kind(task, context), []).append(task.task)
    # The clauses that call the images "they" come before the one on tasks.
    order = [*(kind for kind in ORDER if kind not in LAST), SLOTS, *LAST]
    kinds = [*(kind for kind in order if kind in groups), *(kind for kind in groups if kind not in order)]
    clauses = [t(f"summary.{kind}", n=len(groups[kind]), tasks=_tasks(groups[kind], context)) for kind in kinds]
    sentence = t("summary.learnt", clauses=Markup(t.texts["list.semicolon"]).join(clauses)) if clauses else Markup("")
    return Markup(sentence[:1].upper()) + sentence[1:]


def _kind(task: TaskVerdict, context: ReportContext) -> str:
    """The lead's verdict, with `RECIPE` behind it where no images can have moved the task; `SLOTS` where repeated
    photographs do as much."""
    chosen = lead(task)
    if chosen is None:
        return "untestable"
    if repeats_do_as_much(chosen, context.inputs.verdict.rules.margin):
        return SLOTS
    moved = chosen.verdict in ("helps", "harms")
    if moved and chosen.comparison.arm == SEARCHED and not any(context.names.searched_shares(task.task)):
        return f"{chosen.verdict}{RECIPE}"
    return chosen.verdict


def to_do(context: ReportContext) -> Markup:
    """One sentence: which images to train which task with, and that the others do without."""
    t, tasks = context.t, context.inputs.verdict.tasks
    by_arm: dict[str, list[str]] = {}
    for task in tasks:
        chosen = lead(task)
        if chosen is not None and chosen.verdict == "helps":
            by_arm.setdefault(chosen.comparison.arm, []).append(task.task)
    helped = sum(map(len, by_arm.values()))
    if not helped:
        return t("summary.do_none")
    if helped == len(tasks) and len(by_arm) == 1:
        return t("summary.do_all", mix=context.names.mix(next(iter(by_arm))))
    clauses = [
        t("summary.train", tasks=_tasks(members, context), mix=context.names.mix(arm))
        for arm, members in by_arm.items()
    ]
    if helped < len(tasks):
        clauses.append(t("summary.train_others", n=len(tasks) - helped))
    listed = Markup(t.texts["summary.join"]).join(clauses[:-1])
    return t("summary.do", clauses=listed + (Markup(t.texts["summary.last"]) if listed else Markup("")) + clauses[-1])


def _tasks(tasks: Sequence[str], context: ReportContext) -> Markup:
    return context.t.joined([Markup.escape(context.names.task(task)) for task in tasks])


def text(context: ReportContext) -> str:
    """For a terminal: the two sentences, then one for each task."""
    t = context.t
    gap = t.texts["list.sentence"]
    lines = [f"{t.plain('first.title')}{gap}{learnt(context).striptags()}", to_do(context).striptags(), ""]
    colon = t.texts["list.colon"] + gap
    lines += [f"{task.title}{colon}{task.sentence.striptags()}" for task in task_sentences(context)]
    if context.inputs.demo:
        lines += ["", t.plain("first.demo")]
    return "\n".join(lines) + "\n"

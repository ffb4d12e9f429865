"""How far the verdicts reach, and what the study cannot show."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from kilnmix.common.pages.wording import Wording
from kilnmix.report.context import ReportContext
from kilnmix.statistics.looks import FUTILE, SequentialVerdict
from kilnmix.statistics.verdicts import ArmVerdict, StudyVerdict, TaskVerdict


def scope_sentence(verdict: StudyVerdict, runs: tuple[int, int, int], t: Wording) -> Markup:
    """What the verdicts are about; runs are (folds, adapters, seeds)."""
    folds, adapters, _ = runs
    values = {**counts(runs, t), "n": folds * adapters}
    return t("scope.procedure" if verdict.scope == "procedure" else "scope.adapter", **values)


def counts(runs: tuple[int, int, int], t: Wording) -> dict[str, Markup]:
    """(folds, adapters, seeds) in words."""
    return {name: t(f"count.{name}", n=n) for name, n in zip(("folds", "adapters", "seeds"), runs, strict=True)}


def uncertain(verdict: StudyVerdict) -> tuple[tuple[TaskVerdict, ArmVerdict], ...] | None:
    """The primary verdicts that the corrected resampled t does not bear out; None where no decided one has it."""
    decided = [
        (task, arm)
        for task in verdict.tasks
        for arm in task.arms.values()
        if arm.comparison.primary and arm.resampled is not None and arm.verdict in ("helps", "harms", "equivalent")
    ]
    if not decided:
        return None
    found = []
    for task, arm in decided:
        low, high = arm.resampled or (0.0, 0.0)
        within = max(-low, high) <= verdict.rules.margin
        if not {"helps": low > 0, "harms": high < 0}.get(arm.verdict, within):
            found.append((task, arm))
    return tuple(found)


def caveats(context: ReportContext) -> list[Markup]:
    """What the study cannot show, in plain words; only what applies."""
    t, names, inputs, verdict = context.t, context.names, context.inputs, context.inputs.verdict
    params, looks = inputs.params, inputs.looks or 1
    compared = [arm for task in verdict.tasks for arm in task.arms.values()]
    family = sum(arm.comparison.primary and arm.vs_real is not None for arm in compared)
    untestable = [
        Markup.escape(names.task(task.task))
        for task in verdict.tasks
        if all(arm.vs_real is None for arm in task.arms.values())
    ]
    unscored = [
        names.label(outcomes.task, outcomes.classes[c])[0]
        for outcomes in inputs.outcomes
        for c in np.unique(outcomes.truth).tolist()
        if c not in outcomes.scored
    ]
    few = [Markup.escape(names.task(task.task)) for task in verdict.tasks if task.these_sources]
    more = [
        Markup("{} ({})").format(names.task(task.task), task.unlabelled) for task in verdict.tasks if task.unlabelled
    ]
    shaken = uncertain(verdict)
    which = [
        Markup("{} ({})").format(names.arm(arm.comparison.arm), names.task(task.task)) for task, arm in shaken or ()
    ]
    cut = [arm for arm, how in params.arms.items() if arm in inputs.arms and (how.tail or how.photographs < 1)]
    place = {"backbone": params.classifier.backbone, "size": params.classifier.size, "base": params.generator.base}
    sentences = [
        (inputs.demo, t("caveats.demo")),
        (True, t("caveats.place", **place)),
        (verdict.scope == "adapter", t("caveats.adapter", n=inputs.runs[1])),
        (inputs.runs[0] == 1, t("caveats.fold")),
        (looks > 1, t("caveats.looks", n=looks)),
        (inputs.sequential is not None, _looks_on_the_way(inputs.sequential, t)),
        (bool(untestable), t("caveats.untestable", tasks=t.joined(untestable))),
        (bool(unscored), t("caveats.unscored", classes=names.listed(unscored))),
        (bool(few), t("caveats.sources", tasks=t.joined(few))),
        (bool(more), t("caveats.unlabelled", tasks=t.joined(more))),
        (bool(shaken), t("caveats.resampled", which=t.joined(which))),
        (shaken == (), t("caveats.resampled_none")),
        (any(arm.verdict == "undecided" for arm in compared), t("caveats.undecided")),
        (family > 0, t("caveats.family", n=family, alpha=t.share(verdict.rules.alpha))),
        (bool(cut), t("caveats.cut", arms=t.joined([Markup("<code>{}</code>").format(arm) for arm in cut]))),
        (bool(inputs.alignment), t("caveats.judges")),
        (True, t("caveats.labels")),
    ]
    return [sentence for applies, sentence in sentences if applies]


def _looks_on_the_way(sequential: SequentialVerdict | None, t: Wording) -> Markup:
    """That the test parts were read at planned looks, and what those closed early."""
    if sequential is None:
        return Markup("")
    plan = sequential.plan
    early = [closed for closed in sequential.closed.values() if closed.look < len(plan.seeds) - 1]
    return t(
        "caveats.planned",
        seeds=t.joined([str(count) for count in plan.seeds]),
        levels=t.joined([f"{alpha:g}" for alpha in plan.alpha]),
        closed=len(early),
        futile=sum(closed.why == FUTILE for closed in early),
    )

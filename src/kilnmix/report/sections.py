"""What each section of the page shows: values for its template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from kilnmix.report import charts, tables
from kilnmix.report.explored import Explored
from kilnmix.report.inputs import Study
from kilnmix.report.language import Wording
from kilnmix.report.naming import Names
from kilnmix.report.sentences import Said


def scores(study: Study, explored: Explored, names: Names, t: Wording) -> dict[str, Any]:
    secondary = any(not arm.comparison.primary for task in study.verdict.tasks for arm in task.arms.values())
    return {
        "table": tables.arms_by_tasks(study, names, t),
        "secondary": secondary,
        "controls": tables.against_control(study, names, t),
        "best": tables.best_arms(study, explored.best, names, t),
        "scored": any(outcomes.scored for outcomes in study.outcomes),
    }


def confusion(study: Study, said: Sequence[Said], names: Names, t: Wording) -> dict[str, Any]:
    """The reference beside the arm that each task's sentence speaks of."""
    blocks = []
    for (verdict, outcomes), words in zip(study.tasks, said, strict=True):
        if not outcomes.scored:
            continue
        arms = [arm for arm in ("real",) if arm in outcomes.predicted]
        if words.lead is not None:
            arms = [verdict.arms[words.lead].comparison.reference, words.lead]
        if arms:
            shown = [{"title": names.mix(arm), "table": tables.confusion(outcomes, arm, names, t)} for arm in arms]
            blocks.append({"title": words.title, "matrices": shown})
    return {"blocks": blocks, "most": tables.MOST}


def pools(study: Study, names: Names, t: Wording) -> dict[str, Any]:
    tasks = [task.task for task in study.verdict.tasks]
    return {"table": tables.pools(study.pools, tasks, names, t)}


def search(study: Study, names: Names, t: Wording) -> dict[str, Any]:
    return {"plot": charts.trials(study.searches, t), "table": tables.best_settings(study.searches, names, t)}


def repeat(study: Study) -> dict[str, Any]:
    return {
        "commands": study.commands,
        "digests": study.digests,
        "versions": study.versions,
        "machine": study.machine,
        "settings": tables.settings(study),
    }


def caveats(study: Study, names: Names, t: Wording) -> list[Markup]:
    """What the study cannot say, in plain words; only what applies."""
    params, verdict = study.params, study.verdict
    family = sum(
        arm.comparison.primary and arm.vs_real is not None for task in verdict.tasks for arm in task.arms.values()
    )
    untestable = [names.task(t_.task) for t_ in verdict.tasks if all(a.vs_real is None for a in t_.arms.values())]
    unscored = [
        names.label(o.task, o.classes[c])[0]
        for o in study.outcomes
        for c in np.unique(o.truth).tolist()
        if c not in o.scored
    ]
    cut = [arm for arm, how in params.arms.items() if arm in study.arms and (how.tail or how.photographs < 1)]
    undecided = any(arm.verdict == "undecided" for task in verdict.tasks for arm in task.arms.values())
    said = [
        (study.demo, t("caveats.demo")),
        (
            True,
            t(
                "caveats.place",
                backbone=params.classifier.backbone,
                size=params.classifier.size,
                base=params.generator.base,
            ),
        ),
        (verdict.scope == "adapter", t("caveats.adapter", n=study.runs[1])),
        (study.runs[0] == 1, t("caveats.fold")),
        ((study.looks or 1) > 1, t("caveats.looks", n=study.looks)),
        (bool(untestable), t("caveats.untestable", tasks=t.joined([Markup.escape(task) for task in untestable]))),
        (bool(unscored), t("caveats.unscored", classes=names.listed(unscored))),
        (undecided, t("caveats.undecided")),
        (family > 0, t("caveats.family", n=family, alpha=t.share(verdict.rules.alpha))),
        (bool(cut), t("caveats.cut", arms=t.joined([Markup("<code>{}</code>").format(arm) for arm in cut]))),
        (bool(study.alignment), t("caveats.judges")),
        (True, t("caveats.labels")),
    ]
    return [sentence for applies, sentence in said if applies]

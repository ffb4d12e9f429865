"""What each section of the page shows: values for its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from kilnmix.experiment import scores as scoring
from kilnmix.report import plots, tables
from kilnmix.report.classwise import ClassGain
from kilnmix.report.inputs import Picture, Study
from kilnmix.report.language import Wording
from kilnmix.report.naming import Names
from kilnmix.report.sentences import Said
from kilnmix.report.tables import Cell, Table

DISCOVERIES = 0.1
"""Level at which false discoveries among single classes are held."""
SHOWN = 24
"""Most samples that are shown."""


def scores(study: Study, names: Names, t: Wording) -> dict[str, Any]:
    control = study.params.experiment.control
    secondary = any(not arm.comparison.primary for task in study.verdict.tasks for arm in task.arms.values())
    return {
        "table": tables.arms_by_tasks(study, names, t),
        "secondary": secondary,
        "control": names.mix(control),
        "controls": tables.against_control(study, names, t),
        "scored": any(outcomes.scored for outcomes in study.outcomes),
    }


def tail(study: Study, said: Sequence[Said], names: Names, t: Wording) -> dict[str, Any]:
    """Head, middle and tail of every task, the tail first, for all arms."""
    rows = []
    for number, (verdict, outcomes) in enumerate(study.tasks):
        counts = study.training_counts.get(verdict.task)
        for group, members in tables.frequency_groups(study, number).items():
            assert counts is not None
            sizes = sorted(round(float(counts[c])) for c in members)
            told = (
                t.plain("tail.objects_same", n=sizes[0])
                if sizes[0] == sizes[-1]
                else t.plain("tail.objects", low=sizes[0], high=sizes[-1])
            )
            weights = outcomes.group(members)
            listed = ", ".join(names.label(verdict.task, outcomes.classes[c])[0] for c in members)
            first = Cell(f"{names.title(verdict.task)}, {t.plain(f'tail.{group}')}", told, group, listed)
            values = {arm: scoring.score(outcomes, arm, weights) for arm in outcomes.predicted}
            cells = [Cell(t.score(values[arm]) if arm in values else "–") for arm in study.arms]
            lead = said[number].lead
            if lead is None:
                cells.append(Cell("–"))
            else:
                reference = verdict.arms[lead].comparison.reference
                cells.append(Cell(t.points(values[lead] - values[reference]), names.arm(lead)))
            rows.append((first, *cells))
    head = [t("tail.group"), *(names.arm(arm) for arm in study.arms), t("tail.difference")]
    return {"table": Table(tuple(Cell(text) for text in head), tuple(rows), "scores")}


def classes(study: Study, said: Sequence[Said], gains: Sequence[ClassGain], names: Names, t: Wording) -> dict[str, Any]:
    """One block for each task with a lead: the plot, what stands, and a table."""
    blocks = []
    for number, (_, outcomes) in enumerate(study.tasks):
        task = said[number].task
        mine = [gain for gain in gains if gain.task == task]
        if not mine:
            continue
        rare = [c for c in np.unique(outcomes.truth).tolist() if c not in outcomes.scored]
        least = study.params.experiment.min_class_objects
        unscored = ", ".join(names.label(task, outcomes.classes[c])[0] for c in rare)
        blocks.append(
            {
                "title": said[number].title,
                "lead": t(
                    "classes.lead",
                    arm=names.mix(mine[0].arm),
                    reference=names.mix(mine[0].reference),
                    n=len(mine),
                    level=t.share(DISCOVERIES),
                ),
                "plot": plots.classes(number, task, mine[0].arm, [_class_row(g, names, t) for g in mine], names, t),
                "gained": _listed([g for g in mine if g.stands and g.gain > 0], names),
                "lost": _listed([g for g in mine if g.stands and g.gain < 0], names),
                "unscored": t("classes.unscored", least=least, classes=unscored) if rare else None,
                "table": _class_table(mine, names, t),
            }
        )
    return {"blocks": blocks}


def _class_row(gain: ClassGain, names: Names, t: Wording) -> dict[str, Any]:
    interval = t.interval(gain.low, gain.high) if gain.low is not None and gain.high is not None else ""
    return {
        "class": names.plain(gain.task, gain.class_id),
        "task": names.title(gain.task),
        "arm": names.arm(gain.arm),
        "gain": round(100 * gain.gain, 3),
        "low": None if gain.low is None else round(100 * gain.low, 3),
        "high": None if gain.high is None else round(100 * gain.high, 3),
        "stands": gain.stands,
        "interval": f"{t.points(gain.gain)} {interval}".strip(),
        "f1_real": t.score(gain.f1_reference),
        "f1_arm": t.score(gain.f1_arm),
        "tests": str(gain.tests),
        "training": "–" if gain.training is None else f"{gain.training:.0f}",
    }


def _listed(gains: Sequence[ClassGain], names: Names) -> str:
    return ", ".join(f"{names.label(g.task, g.class_id)[0]}" for g in sorted(gains, key=lambda g: -abs(g.gain)))


def _class_table(gains: Sequence[ClassGain], names: Names, t: Wording) -> Table:
    head = [t("classes.class"), *(t(f"plot.{name}") for name in ("training", "tests", "f1_real", "f1_arm"))]
    rows = []
    for gain in gains:
        told = _class_row(gain, names, t)
        cells = [Cell(told[name]) for name in ("training", "tests", "f1_real", "f1_arm", "interval")]
        rows.append((Cell(*names.label(gain.task, gain.class_id)), *cells))
    return Table(tuple(Cell(text) for text in [*head, t("plot.class_difference")]), tuple(rows))


def alignment(
    study: Study, said: Sequence[Said], gains: Sequence[ClassGain], names: Names, t: Wording
) -> dict[str, Any]:
    """Gain against alignment for every class that has both."""
    known = {entry.task: entry for entry in study.alignment}
    points = []
    for gain in gains:
        entry = known.get(gain.task)
        if entry is None or gain.class_id not in entry.classes:
            continue
        place = entry.classes.index(gain.class_id)
        if not np.isfinite(entry.alignment[place]):
            continue
        value = float(entry.alignment[place])
        points.append(
            {
                **_class_row(gain, names, t),
                "alignment": round(value, 4),
                "seen": t.percent(value),
                "asked": f"{entry.asked[place]:.0f}",
                "recall": t.percent(float(entry.recall[place])),
            }
        )
    floor = study.params.curation.floor
    return {
        "plot": plots.alignment(points, names, t),
        "skills": [
            t("alignment.skill_row", task=names.title(e.task), skill=f"{e.skill:.2f}")
            + (Markup(", ") + t("alignment.floor", floor=f"{floor:g}") if e.skill < floor else Markup(""))
            for e in study.alignment
        ],
        "tables": [{"title": names.title(e.task), "table": _alignment_table(e, names, t)} for e in study.alignment],
    }


def _alignment_table(entry: Any, names: Names, t: Wording) -> Table:
    rows = []
    for place in np.argsort(np.nan_to_num(entry.alignment, nan=2.0), kind="stable").tolist():
        distance = float(entry.distance[place])
        rows.append(
            (
                Cell(*names.label(entry.task, entry.classes[place])),
                Cell(f"{entry.asked[place]:.0f}"),
                Cell(t.percent(float(entry.alignment[place]))),
                Cell(t.percent(float(entry.recall[place]))),
                Cell(f"{distance:.3g}" if np.isfinite(distance) else "–"),
            )
        )
    head = ("plot.class", "alignment.asked", "alignment.recognised", "alignment.recall", "alignment.distance")
    return Table(tuple(Cell(t.plain(key).capitalize()) for key in head), tuple(rows))


def curve(study: Study, names: Names, t: Wording) -> dict[str, Any]:
    return {"plot": plots.curve(study.curve, names, t)}


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
    return {"blocks": blocks}


def samples(study: Study, names: Names, t: Wording) -> dict[str, Any]:
    shown = []
    for sample in study.samples[:SHOWN]:
        words = [(names.label(task, label)[0], task in sample.masked) for task, label in sample.labels.items()]
        shown.append(
            {
                "pixels": sample.pixels,
                "prompt": sample.prompt,
                "words": words,
                "alt": t.plain("samples.alt_synthetic", labels=", ".join(word for word, _ in words)),
                "nearest": _picture(sample.nearest, names, t) if sample.nearest is not None else None,
                "similarity": t.plain("samples.similarity", value=f"{sample.similarity:.2f}")
                if sample.similarity is not None
                else "",
                "status": ""
                if sample.status == "accepted"
                else t.plain("samples.rejected", status=tables.status(sample.status, t)),
            }
        )
    parts = [
        {"title": t(f"samples.part.{part}"), "pictures": [_picture(p, names, t) for p in study.photographs[part]]}
        for part in ("train", "val", "test")
        if study.photographs.get(part)
    ]
    return {"samples": shown, "parts": parts}


def _picture(picture: Picture, names: Names, t: Wording) -> dict[str, Any]:
    words = [names.label(task, label)[0] for task, label in picture.labels.items() if label]
    labels = ", ".join(words)
    return {
        "pixels": picture.pixels,
        "name": picture.name,
        "labels": labels,
        "alt": t.plain("samples.alt_photograph", name=picture.name, labels=labels),
    }


def pools(study: Study, names: Names, t: Wording) -> dict[str, Any]:
    tasks = [task.task for task in study.verdict.tasks]
    return {"table": tables.pools(study.pools, tasks, names, t)}


def search(study: Study, t: Wording) -> dict[str, Any]:
    return {"plot": plots.trials(study.searches, t), "table": tables.best_settings(study.searches, t)}


def repeat(study: Study) -> dict[str, Any]:
    return {
        "commands": study.commands,
        "digests": study.digests,
        "versions": study.versions,
        "machine": study.machine,
        "settings": tables.settings(study),
    }


def card(study: Study, t: Wording) -> dict[str, Any]:
    """The data card, whatever it holds: short values as a list, mappings of numbers as tables, the rest as text."""
    facts, counts = [], []
    for key, value in study.card.items():
        if isinstance(value, Mapping) and value and all(isinstance(v, Mapping) for v in value.values()):
            counts += [{"title": f"{_key(key, t)}: {_key(str(k), t)}", "rows": _flat(v)} for k, v in value.items() if v]
        elif isinstance(value, Mapping):
            counts += [{"title": _key(key, t), "rows": _flat(value)}] if value else []
        else:
            facts.append((_key(key, t), tables.plain(value)))
    return {"facts": facts, "counts": counts}


def _flat(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(key, tables.plain(value)) for key, value in tables.flattened(values).items()]


def _key(key: str, t: Wording) -> str:
    return t.plain(f"card.key.{key}") if f"card.key.{key}" in t else key.replace("_", " ")


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
    undecided = any(arm.verdict == "undecided" for task in verdict.tasks for arm in task.arms.values())
    said = [
        (params.profile == "demo", t("caveats.demo")),
        (
            True,
            t(
                "caveats.place",
                backbone=params.classifier.backbone,
                size=params.classifier.size,
                base=params.generator.base,
            ),
        ),
        (verdict.scope == "adapter", t("caveats.adapter")),
        (study.runs[0] == 1, t("caveats.fold")),
        ((study.looks or 1) > 1, t("caveats.looks", n=study.looks)),
        (bool(untestable), t("caveats.untestable", tasks=t.joined([Markup.escape(task) for task in untestable]))),
        (bool(unscored), t("caveats.unscored", classes=", ".join(unscored))),
        (undecided, t("caveats.undecided")),
        (family > 0, t("caveats.family", n=family, alpha=t.share(verdict.rules.alpha))),
        (bool(study.alignment), t("caveats.judges")),
        (True, t("caveats.labels")),
    ]
    return [sentence for applies, sentence in said if applies]

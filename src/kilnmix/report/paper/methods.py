"""A methods section with the settings that were really used. In English, as papers are; citations as `[@key]`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined

from kilnmix.config import Arm
from kilnmix.report.exploratory import DISCOVERIES
from kilnmix.report.inputs import ReportInputs
from kilnmix.report.languages.names import REAL, REAL_SEARCHED, REPEAT_SEARCHED, SEARCHED
from kilnmix.report.paper import clauses, references
from kilnmix.report.paper.clauses import joined, pairs, percent

_STEPS = {"steps", "batch_size"}
_CITED = re.compile(r"\[((?:@\w+)(?:; @\w+)*)\]")


def paragraphs(inputs: ReportInputs) -> list[str]:
    """The collection, the synthetic images, the classifier, the comparison: one line each."""
    params = inputs.params
    folds, adapters, seeds = inputs.runs
    # Plain text: whatever sets it escapes it.
    template = Environment(loader=PackageLoader("kilnmix.report", "paper"), undefined=StrictUndefined).get_template(
        "methods.txt"
    )
    text = template.render(
        p=params,
        lora=params.generator.lora,
        draw=params.generator.draw,
        rules=inputs.verdict.rules,
        scope=scope(inputs),
        collection=inputs.card,
        demo=inputs.demo,
        tasks=joined(params.collection.tasks),
        clauses=clauses,
        vetoed=sum(pool.rejected.get("vetoed", 0) for pool in inputs.pools),
        uneven=inputs.uneven,
        stepping=[name for name in inputs.arms if name in params.arms and _STEPS & set(params.arms[name].classifier)],
        replacing=[name for name, arm in params.arms.items() if name in inputs.arms and arm.mode == "replace"],
        arms=[f"{name} ({_arm(params.arms.get(name), name)})" for name in inputs.arms],
        runs={"folds": folds, "adapters": adapters, "seeds": seeds, "networks": folds * adapters * seeds},
        searched=bool(inputs.searches),
        controls=_controls(inputs),
        secondary=any(not arm.comparison.primary for task in inputs.verdict.tasks for arm in task.arms.values()),
        ruled=inputs.label_rules,
        looks=inputs.looks,
        planned=inputs.sequential.plan if inputs.sequential else None,
        test_objects=inputs.test_objects,
        discoveries=DISCOVERIES,
        number="{:g}".format,
        count="{:,}".format,
        percent=percent,
    )
    return [re.sub(r"\s+([,.;])", r"\1", " ".join(paragraph.split())) for paragraph in text.split("\n\n")]


def read(text: str) -> str:
    """The paragraph for readers of plain text: citations as author and year."""
    return _CITED.sub(lambda match: f"({'; '.join(references.short(key) for key in keys(match[1]))})", text)


def keys(text: str) -> list[str]:
    """The works that a text cites."""
    return re.findall(r"@(\w+)", text)


def scope(inputs: ReportInputs) -> str:
    """What the verdicts are about."""
    if inputs.verdict.scope == "procedure":
        return "the procedure"
    return "this adapter" if inputs.runs[0] * inputs.runs[1] == 1 else "these adapters"


def _controls(inputs: ReportInputs) -> list[str]:
    """The controls of the primary comparisons."""
    comparisons = [
        arm.comparison for task in inputs.verdict.tasks for arm in task.arms.values() if arm.comparison.primary
    ]
    return list(dict.fromkeys(comparison.control for comparison in comparisons if comparison.control))


def _arm(arm: Arm | None, name: str) -> str:
    """An arm in words: what fills its slots, and what else sets it apart."""
    known = {
        REAL: "photographs alone",
        SEARCHED: "synthetic images as searched",
        REPEAT_SEARCHED: "repeated photographs in their place",
        REAL_SEARCHED: "the search without them",
    }
    if arm is None:
        return known.get(name, "no extra images")
    return ", ".join([known.get(name, "no extra images") if arm.source == "none" else _filled(arm), *_apart(arm)])


def _filled(arm: Arm) -> str:
    kind = {"synthetic": "synthetic images", "repeat": "repeated photographs"}.get(arm.source, f"{arm.source} images")
    if isinstance(arm.share, Mapping):
        text = f"{kind} by task ({pairs({task: percent(share) for task, share in arm.share.items()})})"
    else:
        text = f"{percent(arm.share)} {kind}"
    if arm.aligned != "all":
        text += f", the half that the judges recognise {arm.aligned}, with the labels asked for"
    if arm.allocation == "rare-first":
        text += ", rare labels first"
    if arm.synthetic_weight != 1:
        text += f", with weight {arm.synthetic_weight:g}"
    return text + (" in the place of photographs" if arm.mode == "replace" else "")


def _apart(arm: Arm) -> list[str]:
    """What an arm leaves out or does by a recipe of its own."""
    parts = []
    if arm.photographs < 1:
        parts.append(f"{percent(arm.photographs)} of the training objects")
    for task, most in arm.tail.items():
        parts.append(f"classes of the tail of {task} cut to {most} training object{'s' if most > 1 else ''}")
    if arm.tasks:
        parts.append(f"learning {joined(arm.tasks)} alone")
    if arm.task_weights:
        parts.append(f"loss weights {pairs(arm.task_weights)}")
    if arm.seeds:
        parts.append(f"seeds {', '.join(map(str, arm.seeds))}")
    if arm.classifier:
        parts.append(f"the classifier with {pairs(arm.classifier)}")
    return parts

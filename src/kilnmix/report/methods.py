"""A methods section with the settings that were really used. In English, as papers are; citations as `[@key]`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined

from kilnmix.config import Arm, Params
from kilnmix.report import references
from kilnmix.report.explored import DISCOVERIES
from kilnmix.report.inputs import Study
from kilnmix.report.naming import REAL, REAL_SEARCHED, REPEAT_SEARCHED, SEARCHED

_CITED = re.compile(r"\[((?:@\w+)(?:; @\w+)*)\]")
_SCHEDULERS = {
    "dpm++": "DPM-Solver++ [@lu2022dpm]",
    "ddim": "DDIM [@song2021denoising]",
    "base": "the base model's own scheduler",
}
_IMBALANCE = {
    "none": "no correction for rare classes",
    "effective-number": "class weights by the effective number of samples [@cui2019class]",
    "logit-adjustment": "logit adjustment for rare classes [@menon2021long]",
}


def paragraphs(study: Study) -> list[str]:
    """The collection, the synthetic images, the classifier, the comparison: one line each."""
    params = study.params
    folds, adapters, seeds = study.runs
    # Plain text: whatever sets it escapes it.
    template = Environment(loader=PackageLoader("kilnmix.report"), undefined=StrictUndefined).get_template(
        "methods.txt"
    )
    text = template.render(
        p=params,
        lora=params.generator.lora,
        draw=params.generator.draw,
        rules=study.verdict.rules,
        scope=scope(study),
        collection=study.card if {"kept", "objects"} <= set(study.card) else None,
        demo=study.demo,
        tasks=_joined(list(params.collection.tasks)),
        scheduler=_SCHEDULERS[params.generator.draw.scheduler],
        imbalance=_imbalance(params),
        uneven=study.uneven,
        replacing=[name for name, arm in params.arms.items() if name in study.arms and arm.mode == "replace"],
        arms=[f"{name} ({_arm(params.arms.get(name), name)})" for name in study.arms],
        runs={"folds": folds, "adapters": adapters, "seeds": seeds, "networks": folds * adapters * seeds},
        searched=bool(study.searches),
        controls=_controls(study),
        looks=study.looks,
        test_objects=study.test_objects,
        discoveries=DISCOVERIES,
        number="{:g}".format,
        count="{:,}".format,
        percent="{:.0%}".format,
    )
    return [re.sub(r"\s+([,.;])", r"\1", " ".join(paragraph.split())) for paragraph in text.split("\n\n")]


def read(text: str) -> str:
    """The paragraph for readers of plain text: citations as author and year."""
    return _CITED.sub(lambda found: f"({'; '.join(references.short(key) for key in keys(found[1]))})", text)


def keys(text: str) -> list[str]:
    """The works that a text cites."""
    return re.findall(r"@(\w+)", text)


def scope(study: Study) -> str:
    """What the verdicts are about."""
    if study.verdict.scope == "procedure":
        return "the procedure"
    return "this adapter" if study.runs[0] * study.runs[1] == 1 else "these adapters"


def _controls(study: Study) -> list[str]:
    """The controls of the primary comparisons."""
    found = [arm.comparison for task in study.verdict.tasks for arm in task.arms.values() if arm.comparison.primary]
    return list(dict.fromkeys(comparison.control for comparison in found if comparison.control))


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _imbalance(params: Params) -> str:
    chosen = params.classifier.imbalance
    if isinstance(chosen, Mapping):
        named = ", ".join(f"{task}: {name}" for task, name in chosen.items())
        return f"corrections for rare classes by task ({named})"
    return _IMBALANCE.get(chosen, f"the correction '{chosen}' for rare classes")


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
        said = f"{kind} by task ({_pairs({task: f'{100 * share:g}%' for task, share in arm.share.items()})})"
    else:
        said = f"{100 * arm.share:g}% {kind}"
    if arm.aligned != "all":
        said += f", the half that the judges recognise {arm.aligned}, with the labels asked for"
    if arm.allocation == "rare-first":
        said += ", rare labels first"
    if arm.synthetic_weight != 1:
        said += f", with weight {arm.synthetic_weight:g}"
    return said + (" in the place of photographs" if arm.mode == "replace" else "")


def _apart(arm: Arm) -> list[str]:
    """What an arm leaves out or does by a recipe of its own."""
    said = []
    if arm.photographs < 1:
        said.append(f"{100 * arm.photographs:g}% of the training objects")
    for task, most in arm.tail.items():
        said.append(f"classes of the tail of {task} cut to {most} training object{'s' if most > 1 else ''}")
    if arm.tasks:
        said.append(f"learning {_joined(list(arm.tasks))} alone")
    if arm.task_weights:
        said.append(f"loss weights {_pairs(arm.task_weights)}")
    if arm.seeds:
        said.append(f"seeds {', '.join(map(str, arm.seeds))}")
    if arm.classifier:
        said.append(f"the classifier with {_pairs(arm.classifier)}")
    return said


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in values.items()
    )

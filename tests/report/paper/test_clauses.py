"""Every setting of generator, curation and classifier is told, or there is a reason that it is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel

from kilnmix.config import ClassifierSettings, Params
from kilnmix.report.inputs import ReportInputs
from kilnmix.report.paper import clauses, methods

GROUPS = ("generator", "curation", "classifier")
UNTOLD = {
    "generator.config": "how a file is opened, which is named itself",
    "generator.offline": "where the base is looked for",
    "generator.licence": "a note in the images",
    "generator.compile": "speed",
    "generator.lora.checkpointing": "speed and memory",
    "generator.lora.samples.every": "pictures to look at while tuning",
    "generator.lora.samples.images": "pictures to look at while tuning",
    "generator.lora.samples.steps": "pictures to look at while tuning",
    "generator.draw.batch_size": "which noise goes with which image",
    "generator.draw.part": "memory",
    "curation.inception": "distances of pools, which no image is chosen by",
    "curation.vetoes": "how many images were left out is told of what lies in out/",
    "classifier.ordered": "a measure beside the score",
    "classifier.runs_at_once": "speed",
    "classifier.device": "speed",
}
"""Setting -> why a methods section says nothing of it."""
PRIOR = {"generator.lora.prior.images": 50}
VALIDATION = {"generator.lora.validation.share": 0.1}
TOLD: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "generator.base": ("another", {}),
    "generator.revision": ("abc", {}),
    "generator.prediction": ("v_prediction", {}),
    "generator.size": (77, {}),
    "generator.precision": ("bfloat16", {}),
    "generator.adapter": ("a.safetensors", {}),
    "generator.pool": ("elsewhere", {}),
    "generator.caption": ("a {type}", {}),
    "generator.nuisance": (("backdrop",), {}),
    "generator.free_captions": ("beside", {}),
    "generator.own_tokens": (("glaze",), {}),
    "generator.lora.kind": ("dora", {}),
    "generator.lora.rank": (3, {}),
    "generator.lora.alpha": (3.5, {}),
    "generator.lora.targets": (("to_q",), {}),
    "generator.lora.text_encoder": (True, {}),
    "generator.lora.optimizer": ("prodigy", {}),
    "generator.lora.schedule": ("constant", {}),
    "generator.lora.learning_rate": (0.003, {}),
    "generator.lora.steps": (4321, {}),
    "generator.lora.batch_size": (3, {}),
    "generator.lora.accumulate": (2, {}),
    "generator.lora.warmup_steps": (0, {}),
    "generator.lora.snr_gamma": (4.5, {}),
    "generator.lora.caption_dropout": (0.23, {}),
    "generator.lora.term_dropout": (0.23, {}),
    "generator.lora.noise_offset": (0.05, {}),
    "generator.lora.max_grad_norm": (3.0, {}),
    "generator.lora.weight_decay": (0.03, {}),
    "generator.lora.ema": (0.97, {}),
    "generator.lora.sampling": ("balanced", {}),
    "generator.lora.prior.images": (50, {}),
    "generator.lora.prior.caption": ("a pot", PRIOR),
    "generator.lora.prior.weight": (0.3, PRIOR),
    "generator.lora.prior.steps": (7, PRIOR),
    "generator.lora.prior.guidance": (3.0, PRIOR),
    "generator.lora.validation.share": (0.1, {}),
    "generator.lora.validation.every": (7, VALIDATION),
    "generator.lora.validation.patience": (3, VALIDATION),
    "generator.lora.validation.keep": ("best", VALIDATION),
    "generator.draw.images": (77, {}),
    "generator.draw.steps": (7, {}),
    "generator.draw.guidance": (1.0, {}),
    "generator.draw.interval": ((0.2, 5.0), {}),
    "generator.draw.unconditional": ("adapter", {"generator.draw.unconditional": "base"}),
    "generator.draw.negative": ("blurred", {}),
    "generator.draw.scheduler": ("ddim", {}),
    "generator.draw.fast": ("lcm.safetensors", {}),
    "generator.draw.spacing": (1.2, {}),
    "generator.draw.mode": ("image", {}),
    "generator.draw.strength": (0.45, {"generator.draw.mode": "image"}),
    "generator.draw.mix_share": (0.31, {"generator.draw.mode": "mix"}),
    "generator.draw.allocation": ("as-real", {"generator.draw.allocation": "rare-first"}),
    "generator.draw.combinations": ("free", {}),
    "curation.judges": (7, {}),
    "curation.floor": (0.33, {}),
    "curation.mask_below": (0.33, {}),
    "curation.reject_when_all_masked": (False, {}),
    "curation.strategy": ("top-k", {}),
    "curation.labels": ("judged", {}),
    "curation.keep": (0.33, {"curation.strategy": "matched"}),
    "curation.threshold": (0.33, {"curation.strategy": "threshold"}),
    "curation.group_by": ("type", {"curation.strategy": "matched"}),
    "curation.copies.error_rate": (0.015, {}),
    "curation.copies.least": (0.33, {}),
    "curation.copies.source": (0.88, {}),
    "curation.copies.photographs": (77, {}),
    "curation.quality.error_rate": (0.033, {"curation.quality.reject": ("blurred",)}),
    "curation.quality.reject": (("blurred", "doubled"), {}),
    "classifier.backbone": ("resnet18", {}),
    "classifier.weights": (None, {}),
    "classifier.size": (77, {}),
    "classifier.first_size": (32, {}),
    "classifier.first_share": (0.33, {"classifier.first_size": 32}),
    "classifier.pooling": ("statistics", {}),
    "classifier.probe": (0.25, {}),
    "classifier.neck": ((7,), {}),
    "classifier.dropout": (0.33, {}),
    "classifier.steps": (77, {}),
    "classifier.batch_size": (7, {}),
    "classifier.learning_rate": (0.0033, {}),
    "classifier.backbone_rate": (0.0033, {}),
    "classifier.layer_decay": (0.85, {}),
    "classifier.freeze": (0.1, {}),
    "classifier.weight_decay": (0.33, {}),
    "classifier.warmup": (0.25, {}),
    "classifier.least_rate": (1e-6, {}),
    "classifier.max_grad_norm": (3.0, {}),
    "classifier.label_smoothing": (0.033, {}),
    "classifier.imbalance": ("focal", {}),
    "classifier.sampling": ({"type": "balanced"}, {}),
    "classifier.augment": ("strong", {}),
    "classifier.mix": ("cutmix", {}),
    "classifier.mix_alpha": (0.7, {"classifier.mix": "mixup"}),
    "classifier.task_weights": ({"type": 2.0}, {}),
    "classifier.task_weighting": ("famo", {}),
    "classifier.synthetic_weight": (0.33, {}),
    "classifier.finish_on_real": (0.25, {}),
    "classifier.ema": (0.0, {}),
    "classifier.evaluations": (7, {}),
    "classifier.keep": ("last", {}),
    "classifier.patience": (3, {}),
    "classifier.flips": (True, {}),
    "classifier.precision": ("bfloat16", {}),
}
"""Setting -> another value, and what must be set for it to count."""


def names(model: BaseModel, before: str) -> Iterator[str]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from names(value, f"{before}.{name}")
        else:
            yield f"{before}.{name}"


def changed(model: Any, values: Mapping[str, Any]) -> Any:
    for name, value in values.items():
        first, _, rest = name.partition(".")
        inner = changed(getattr(model, first), {rest: value}) if rest else value
        model = model.model_copy(update={first: inner})
    return model


def told(study: ReportInputs, params: Params) -> str:
    return "\n\n".join(methods.paragraphs(replace(study, params=params)))


def test_every_setting_is_told_or_has_a_reason(study: ReportInputs) -> None:
    known = [name for group in GROUPS for name in names(getattr(study.params, group), group)]
    assert sorted(known) == sorted([*TOLD, *UNTOLD])


@pytest.mark.parametrize("name", TOLD)
def test_another_value_makes_another_text(study: ReportInputs, name: str) -> None:
    value, needs = TOLD[name]
    before = changed(study.params, needs)
    after = changed(before, {name: value})
    assert told(study, before) != told(study, after)
    assert "  " not in told(study, after) and ".." not in told(study, after) and " ." not in told(study, after)


@pytest.mark.parametrize(
    ("changes", "part", "absent"),
    [
        ({"classifier.probe": 0.5}, "averaged, with weight 0.5, with those of a probe, with weight 0.5:", ""),
        ({"classifier.probe": 0.0}, "", "probe"),
        (
            {"classifier.keep": "last", "classifier.ema": 0.99},
            "Of a moving average of the weights (decay 0.99) the last was kept, whatever validation said of",
            "The best of",
        ),
        (
            {"classifier.ema": 0.0, "classifier.evaluations": 5, "classifier.patience": 3},
            "Of the weights the best of 5 checkpoints was chosen on validation, for good after 3 that were no better.",
            "",
        ),
        (
            {"classifier.warmup": 0.1, "classifier.least_rate": 0.0},
            "rising linearly over the first 10% of the steps, then falling along a half cosine; weight decay",
            "",
        ),
        (
            {"classifier.warmup": 0.004, "classifier.freeze": 0.0025, "classifier.finish_on_real": 0.0},
            "rising linearly over the first 0.4% of the steps",
            "In the last",
        ),
        ({"classifier.freeze": 0.0025}, "The backbone was frozen in the first 0.25% of the steps", ""),
        ({"classifier.finish_on_real": 0.001}, "In the last 0.1% of the steps the extra slots stayed empty", ""),
        (
            {"classifier.first_size": 32, "classifier.first_share": 0.125},
            "(32 in the first 12.5% of the steps)",
            "",
        ),
        ({"generator.lora.validation.share": 0.0004}, "0.04% of the training objects kept back", ""),
        ({"curation.quality.reject": ("blurred",), "curation.quality.error_rate": 0.0004}, "fewer than 0.04% of", ""),
        ({"curation.strategy": "top-k", "curation.keep": 0.125}, "12.5% were kept", ""),
        (
            {"collection.duplicates.exact": "one"},
            "Of byte-identical photographs one was kept, with the labels of all; near-duplicates (perceptual",
            "Byte-identical",
        ),
        (
            {"collection.duplicates.exact": "all"},
            "Byte-identical and near-duplicate photographs (perceptual",
            "was kept, with the labels",
        ),
        (
            {"generator.draw.unconditional": "base", "generator.draw.spacing": 1.0},
            "with guidance 2 [@ho2022classifier] away from the untuned base (arXiv 2503.20240), ",
            "",
        ),
        ({"generator.draw.unconditional": "adapter"}, "guidance 2 [@ho2022classifier], ", "away from"),
        ({"generator.draw.guidance": 1.0}, "without guidance, ", "ho2022"),
        (
            {"generator.adapter": "a.safetensors"},
            "was used with a low-rank adapter [@hu2022lora] that was there already (a.safetensors), in the place of",
            "was tuned on",
        ),
        ({"generator.lora.kind": "dora"}, "weight-decomposed low-rank adaptation", ""),
        (
            {"curation.quality.reject": ("blurred", "doubled")},
            "rejected, too, that are blurred or with several vessels as are fewer than 1% of the training",
            "",
        ),
        (
            {"generator.draw.mode": "image", "generator.draw.strength": 0.7},
            ", each from a training photograph of its labels with strength 0.7 (arXiv 2302.07944), ",
            "",
        ),
    ],
)
def test_what_was_done_is_told_as_it_was(study: ReportInputs, changes: dict[str, Any], part: str, absent: str) -> None:
    text = told(study, changed(study.params, changes))
    assert part in text
    assert not absent or absent not in text


def test_images_that_a_person_left_out_are_counted(study: ReportInputs) -> None:
    pools = tuple(replace(pool, rejected={"vetoed": 3}) for pool in study.pools)
    assert "A person left out 3 images by sight." in told(replace(study, pools=pools), study.params)
    assert "by sight" not in told(study, study.params)


def test_corrections_for_rare_classes_by_task(study: ReportInputs) -> None:
    settings: ClassifierSettings = changed(study.params.classifier, {"imbalance": {"type": "focal"}})
    assert clauses.imbalance(settings) == "corrections for rare classes by task (type: focal)"
    assert clauses.imbalance(changed(settings, {"imbalance": "none"})) == "no correction for rare classes"

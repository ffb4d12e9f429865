"""The methods section, with the settings that were really used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kilnmix.config import Arm
from kilnmix.report.inputs import ReportInputs
from kilnmix.report.paper import methods


def test_methods_are_four_paragraphs(study: ReportInputs) -> None:
    paragraphs = methods.paragraphs(study)
    assert len(paragraphs) == 4
    assert all(paragraph.endswith(".") and "  " not in paragraph for paragraph in paragraphs)


@pytest.mark.parametrize(
    ("arm", "words"),
    [
        (Arm(), "no extra images"),
        (Arm(source="synthetic", share=0.1), "10% synthetic images"),
        (Arm(source="repeat", share={"type": 0.05, "kiln": 0.0}), "repeated photographs by task (type 5%, kiln 0%)"),
        (Arm(source="synthetic", share=0.1, mode="replace"), "10% synthetic images in the place of photographs"),
        (Arm(photographs=0.25), "no extra images, 25% of the training objects"),
        (
            Arm(source="synthetic", share=0.1, allocation="rare-first", tail={"type": 1}),
            "10% synthetic images, rare labels first, classes of the tail of type cut to 1 training object",
        ),
        (Arm(tasks=("glaze", "type")), "no extra images, learning glaze and type alone"),
        (
            Arm(classifier={"freeze": 1.0, "augment": "strong"}),
            "no extra images, the classifier with freeze 1, augment strong",
        ),
        (Arm(task_weights={"type": 1.5}), "no extra images, loss weights type 1.5"),
        (
            Arm(source="synthetic", share=0.1, aligned="less", synthetic_weight=0.5),
            "10% synthetic images, the half that the judges recognise less, with the labels asked for, with weight 0.5",
        ),
    ],
)
def test_an_arm_in_words_says_all_that_sets_it_apart(study: ReportInputs, arm: Arm, words: str) -> None:
    params = study.params.model_copy(update={"arms": study.params.arms | {"mix-95-5": arm}})
    paragraphs = methods.paragraphs(replace(study, params=params))
    assert f"; mix-95-5 ({words});" in paragraphs[3]
    apart = "but for mix-95-5, where images took the place of photographs" in paragraphs[2]
    assert apart == (arm.mode == "replace")


@pytest.mark.parametrize(
    ("changes", "judged", "kept"),
    [
        ({"strategy": "masked"}, True, ""),
        ({"strategy": "all", "labels": "asked"}, False, ""),
        ({"strategy": "masked", "labels": "judged"}, False, ""),
        (
            {"strategy": "threshold", "labels": "asked", "threshold": 0.6},
            False,
            "had a mean probability of at least 0.6.",
        ),
        ({"strategy": "top-k", "keep": 0.25}, True, '25% were kept, chosen by the strategy "top-k".'),
        (
            {"strategy": "matched", "group_by": "type"},
            True,
            '50% were kept of each class of type, chosen by the strategy "matched".',
        ),
    ],
)
def test_how_images_were_chosen(study: ReportInputs, changes: dict[str, object], judged: bool, kept: str) -> None:
    curation = study.params.curation.model_copy(update={"keep": 0.5, **changes})
    told = methods.paragraphs(replace(study, params=study.params.model_copy(update={"curation": curation})))[1]
    assert ("preferring another, was masked" in told, kept in told, "Of the others" in told) == (
        judged,
        True,
        bool(kept),
    )
    assert "  " not in told
    assert ("none of the labels asked for were left out" in told) == (changes["strategy"] in ("masked", "matched"))
    assert ("took the place of the labels asked for" in told) == (changes.get("labels") == "judged")


def test_citations_for_readers_and_for_the_bibliography() -> None:
    text = "by moderation [@smyth2004linear; @loshchilov2019decoupled]."
    assert methods.keys(text) == ["smyth2004linear", "loshchilov2019decoupled"]
    assert methods.read(text) == "by moderation (Smyth 2004; Loshchilov and Hutter 2019)."


def test_what_the_verdicts_are_about(study: ReportInputs) -> None:
    assert methods.scope(study) == "this adapter"
    assert methods.scope(replace(study, verdict=replace(study.verdict, scope="procedure"))) == "the procedure"


@pytest.mark.parametrize(
    ("changes", "rules", "told"),
    [
        ({}, 0, "only for label combinations that occur in the training part, in the proportions in which they "),
        ({}, 46, "occur in the training part and that 46 rules of the history of ceramics (conf/rules.yaml) allow, in"),
        ({"combinations": "free"}, 0, "for all combinations of the labels that occur in the training part, attested or "
         "not, in proportion to the product of their labels' shares in it. Classifiers"),
        ({"combinations": "free", "allocation": "rare-first"}, 1, "attested or not, that 1 rule of the history of "
         "ceramics (conf/rules.yaml) allows, rare labels first. Classifiers"),
    ],
)  # fmt: skip
def test_what_images_were_asked_for(study: ReportInputs, changes: dict[str, object], rules: int, told: str) -> None:
    params = study.params
    draw = params.generator.draw.model_copy(update={"allocation": "as-real", **changes})
    generator = params.generator.model_copy(update={"draw": draw})
    collection = params.collection.model_copy(update={"rules": "conf/rules.yaml"})
    params = params.model_copy(update={"generator": generator, "collection": collection})
    written = methods.paragraphs(replace(study, params=params, label_rules=rules))[1]
    assert told in written
    assert ("only for" in written) == (changes.get("combinations") != "free")


def test_images_that_were_given_were_not_drawn(study: ReportInputs) -> None:
    generator = study.params.generator.model_copy(update={"pool": "elsewhere"})
    params = study.params.model_copy(update={"generator": generator})
    written = methods.paragraphs(replace(study, params=params))[1]
    assert "not drawn with it, but given (the folder elsewhere). Classifiers" in written and "drew" not in written


@pytest.mark.parametrize("given", [{}, {"adapter": "mine.safetensors"}, {"pool": "elsewhere"}])
def test_what_an_adapter_from_elsewhere_had_seen_is_not_known(study: ReportInputs, given: dict[str, str]) -> None:
    params = study.params.model_copy(update={"generator": study.params.generator.model_copy(update=given)})
    written = methods.paragraphs(replace(study, params=params))[3]
    seen = "which the judges had not seen" if given else "which neither the adapter nor the judges had seen"
    assert f"paired difference on validation, {seen}; else that recipe was." in written


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"steps": 7}, "All arms but mix-95-5, whose steps are of a number or size of their own, took equally many"),
        ({"batch_size": 7}, "All arms but mix-95-5, whose steps are of a number or size of their own, took equally"),
        ({"freeze": 1.0}, "All arms took equally many steps."),
    ],
)
def test_arms_with_steps_of_their_own_took_others(study: ReportInputs, own: dict[str, object], told: str) -> None:
    arm = study.params.arms["mix-95-5"].model_copy(update={"classifier": own})
    params = study.params.model_copy(update={"arms": study.params.arms | {"mix-95-5": arm}})
    written = methods.paragraphs(replace(study, params=params))[2]
    assert told in written and "so that they saw equally many real photographs" in written

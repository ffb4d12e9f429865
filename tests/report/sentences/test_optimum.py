"""What a search changed, how flat its optimum is, and whether validation can tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import Playoff, ReportInputs, Search, Trial
from kilnmix.report.sentences.optimum import changed, flatness, told_apart

ADOPTED = Playoff(1, True, 0.03, 0.01, 0.005, 0.055)
SCORES = (0.60, 0.595, 0.56, 0.55, 0.50)
TRIALS = tuple(Trial(n, {"share.kiln": 0.1 * n}, score) for n, score in enumerate(SCORES))
BEST = {"source": "synthetic", "share": {"kiln": 0.2, "type": 0.0}, "task_weights": {"kiln": 1.5, "type": 1.0}}


def plainly(text: object) -> str:
    return str(text).replace("\u00a0", " ").replace("\u202f", " ")


def test_what_was_changed_is_named(context: ReportContext, study: ReportInputs) -> None:
    search = Search(0, True, TRIALS, BEST, ADOPTED)
    said = "What it changes: share of synthetic images, kiln 20 %; weight of the loss, kiln 1.5."
    assert plainly(changed(search, context)) == said
    # The augmentation was searched, too: what is as the study's classifier has it was not changed.
    own = study.params.classifier
    same = {"augment": own.augment, "mix": own.mix, "mix_alpha": own.mix_alpha}
    assert plainly(changed(replace(search, best={**BEST, "classifier": same}), context)) == said
    assert (own.augment, own.mix) == ("paper", "none")
    other = {"augment": "strong", "mix": "none", "mix_alpha": 0.9}
    more = plainly(changed(replace(search, best={**BEST, "classifier": other}), context))
    assert more == f"{said.removesuffix('.')}; augmentation strong."
    blended = plainly(changed(replace(search, best={"classifier": {**other, "mix": "cutmix"}}), context))
    assert blended.endswith("augmentation strong; pairs of images cutmix; strength of mixup or cutmix 0.9.")
    kept = replace(search, playoff=replace(ADOPTED, adopted=False))
    assert changed(kept, context) is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        # The median of five is 0.56.
        (0.01, "Half of the complete trials lie within 4.0 points of the best. One other lies within one standard "
         "error of it; the shares of synthetic images of both are from 0 % to 10 %."),
        (0.045, "Half of the complete trials lie within 4.0 points of the best. 2 others lie within one standard error "
         "of it, with shares of synthetic images from 0 % to 20 %. So the optimum is flat."),
        (0.001, "Half of the complete trials lie within 4.0 points of the best. No other lies within one standard "
         "error of it."),
        (None, "Half of the complete trials lie within 4.0 points of the best."),
    ],
)  # fmt: skip
def test_how_flat_the_optimum_is(error: float | None, said: str, context: ReportContext) -> None:
    search = Search(0, True, TRIALS, playoff=replace(ADOPTED, standard_error=error))
    assert plainly(flatness(search, context)) == said
    assert flatness(replace(search, trials=TRIALS[:2]), context) is None


def test_whether_validation_was_large_enough(context: ReportContext, study: ReportInputs) -> None:
    search = Search(0, True, TRIALS, playoff=ADOPTED)
    assert "large enough" in str(told_apart(search, context))
    wide = replace(search, playoff=replace(ADOPTED, low=-0.012, high=0.072))
    assert "too small to tell the two apart: a lead would have had to be some 4.2 points" in str(
        told_apart(wide, context)
    )
    worse = replace(search, playoff=replace(ADOPTED, low=-0.05, high=-0.01))
    assert "large enough" in str(told_apart(worse, context))
    assert told_apart(replace(search, playoff=Playoff(0, False, None, None)), context) is None
    once = replace(search, playoff=Playoff(1, True, 0.03, 0.01))
    assert "there is no interval" in str(told_apart(once, context))
    assert "太小" in str(told_apart(wide, ReportContext.of(study, "zh")))

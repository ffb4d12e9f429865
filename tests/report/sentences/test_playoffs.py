"""What the play-offs came to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import Playoff, ReportInputs, Search, Trial
from kilnmix.report.sentences.playoffs import playoffs

TRIALS = (Trial(0, {}, 0.5), Trial(1, {}, 0.6))


@pytest.mark.parametrize(
    ("playoff", "words"),
    [
        (Playoff(1, True, 0.031, 0.012), ["number 1", "3.1 points ahead", "standard error 1.2", "so it was adopted"]),
        (Playoff(1, False, 0.004, 0.012), ["0.4 points ahead", "cannot tell"]),
        (Playoff(1, False, -0.004, 0.012), ["fell 0.4 points behind", "that recipe was adopted"]),
        (Playoff(0, False, None, None), ["none of 2 trials"]),
    ],
)
def test_a_sentence_says_how_far_the_best_trial_was_ahead(
    playoff: Playoff, words: list[str], study: ReportInputs
) -> None:
    searches = (Search(0, True, TRIALS, playoff=playoff), Search(0, False, ()))
    (sentence,) = playoffs(ReportContext.of(replace(study, searches=searches), "en"))
    assert sentence.startswith("With synthetic images: ")
    assert all(word in sentence for word in words)


def test_with_several_folds_each_is_named(study: ReportInputs) -> None:
    searches = tuple(Search(fold, True, TRIALS, playoff=Playoff(0, False, None, None)) for fold in range(3))
    said = playoffs(ReportContext.of(replace(study, searches=searches), "en"))
    assert [f"fold {fold}" in sentence for fold, sentence in enumerate(said)] == [True] * 3


def test_how_much_of_the_lead_is_selection_and_how_many_were_stopped(study: ReportInputs) -> None:
    stopped = Trial(2, {}, None, stopped=True)
    playoff = Playoff(1, True, 0.031, 0.012, 0.007, 0.055, lead=0.04, crossed=0.01)
    searches = (Search(0, True, (*TRIALS, stopped), playoff=playoff),)
    (sentence,) = playoffs(ReportContext.of(replace(study, searches=searches), "en"))
    # Of 4 points 1 is left.
    for words in ("+0.7 to +5.5 points", "lead was 4.0 points; +1.0 are left", "75 % of the lead", "1 of the 3 trials"):
        assert words in sentence.replace("\u00a0", " ").replace("\u202f", " ")

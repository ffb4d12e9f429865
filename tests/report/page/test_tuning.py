from dataclasses import replace

import numpy as np

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs, Tuning
from kilnmix.report.page import tuning
from kilnmix.report.page.render import render
from kilnmix.statistics.verdicts import Rules, StudyVerdict
from tests.report.report_studies import settings

SHEET = np.zeros((20, 40, 3), np.uint8)
PLAIN = Tuning(0, 0, 400, ((8, 0.31), (400, 0.12)), sheet=SHEET, sheet_steps=(0, 100, 200))
_LORA = settings().generator.lora.model_copy(update={"steps": 400})
PARAMS = settings().model_copy(update={"generator": settings().generator.model_copy(update={"lora": _LORA})})
STOPPED = Tuning(0, 1, 250, ((250, 0.2),), ((0, 0.3), (150, 0.2125), (250, 0.25)), 150, 17)


def context(*tunings: Tuning, language: str = "en") -> ReportContext:
    verdict = StudyVerdict("adapter", Rules(), 0.0, ())
    return ReportContext.of(ReportInputs(params=PARAMS, verdict=verdict, outcomes=(), tunings=tunings), language)


def test_a_sentence_says_when_it_stopped_and_what_was_kept() -> None:
    content = tuning.section(context(PLAIN, STOPPED))
    assert content is not None
    plain, stopped = content["sentences"]
    assert plain.startswith("Adapter 0/0: all 400 steps; mean training loss 0.310 to 0.120.")
    assert stopped == (
        "Adapter 0/1: stopped after 250 of 400 steps, when the loss on 17 photographs kept back no longer fell "
        "(0.3000 to 0.2125); the weights of step 150 were kept."
    )
    assert content["steps"] == "0, 100, 200" and content["sheet"].startswith("data:image/webp")
    whole = replace(STOPPED, steps=400)
    said = str(tuning.sentence(whole, context(whole)))
    assert "all 400 steps; the loss on 17 photographs" in said and "still falling" not in said
    falling = replace(whole, curve=((0, 0.3), (400, 0.2)), kept=400)
    assert str(tuning.sentence(falling, context(falling))).endswith("The loss was still falling: more steps may help.")
    assert tuning.section(context()) is None


def test_a_loss_that_did_not_fall_is_not_called_fallen() -> None:
    level = replace(STOPPED, curve=((0, 0.30001), (150, 0.29999), (250, 0.31)))
    said = str(tuning.sentence(level, context(level)))
    assert "never fell below its first value, 0.3000;" in said and "0.3000 to 0.3000" not in said
    whole = replace(level, steps=400)
    assert "never fell below its first value, 0.3000, and" in str(tuning.sentence(whole, context(whole)))
    flat = replace(PLAIN, losses=((8, 0.3101), (400, 0.3099)))
    assert "mean training loss stayed at 0.310." in str(tuning.sentence(flat, context(flat)))


def test_the_section_is_on_the_page_in_both_languages() -> None:
    assert "Fine-tuning the generator" in render(context(PLAIN, STOPPED))
    assert "生成模型的微调" in render(context(PLAIN, STOPPED, language="zh"))
    assert "Fine-tuning the generator" not in render(context())

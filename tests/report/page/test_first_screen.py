"""The head of the page."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.page.first_screen import content


def test_what_the_first_screen_says(context: ReportContext) -> None:
    found = content(context)
    assert len(found["sentences"]) == 4 and found["plot"] is not None and found["demo"]
    setting = str(found["setting"])
    # One fold, one adapter, three seeds of six arms, each a network of its own.
    assert "one fold" in setting and "3 classifier seeds" in setting
    assert str(context.t("count.networks", n=context.inputs.networks)) in setting
    assert str(context.t("count.objects", n=context.inputs.test_objects)) in setting
    assert "95\u00a0%" in found["note"] and "2 " in str(found["looks"])


def test_without_a_ledger_there_are_no_looks(context: ReportContext) -> None:
    assert content(ReportContext.of(replace(context.inputs, looks=None), "zh"))["looks"] is None

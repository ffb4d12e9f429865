"""The section on fine-tuning: when it stopped, and what the adapter drew on the way."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from kilnmix.collection.pictures.thumbnail import data_uri
from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import Tuning
from kilnmix.report.plots.tuning import tuning

SHEET = 1200
"""Largest side of the sheet of pictures on the page, in pixels."""


def section(context: ReportContext) -> dict[str, Any] | None:
    """A sentence for every adapter, the curves, and the pictures; None where no adapter was tuned."""
    tunings = context.inputs.tunings
    if not tunings:
        return None
    shown = next((each for each in tunings if each.sheet is not None), None)
    return {
        "plot": tuning(context),
        "sentences": [sentence(each, context) for each in tunings],
        "sheet": None if shown is None or shown.sheet is None else data_uri(shown.sheet, SHEET),
        "steps": "" if shown is None else ", ".join(map(str, shown.sheet_steps)),
    }


def sentence(each: Tuning, context: ReportContext) -> Markup:
    """When an adapter's tuning ended, and which of its weights were kept."""
    t, asked = context.t, context.inputs.params.generator.lora.steps
    values = {"fold": each.fold, "adapter": each.adapter, "steps": each.steps, "asked": asked}
    if not each.curve:
        first, last = (f"{each.losses[end][1]:.3f}" for end in (0, -1))
        return t("tuning.all_level" if first == last else "tuning.all", **values, first=first, last=last)
    first, lowest = (f"{loss:.4f}" for loss in (each.curve[0][1], min(loss for _, loss in each.curve)))
    key = "stopped" if each.steps < asked else "whole"
    key = f"tuning.{key}_level" if first == lowest else f"tuning.{key}"
    said = t(key, **values, kept=each.kept, n=each.held_back, first=first, lowest=lowest)
    return said + t("tuning.longer") if min(each.curve, key=lambda point: point[1])[0] == asked else said

"""What a plot draws, read from its specification."""

from __future__ import annotations

import json
from typing import Any

from kilnmix.report.plots.plot import Plot


def rows(plot: Plot | None, layer: int) -> list[dict[str, Any]]:
    """The rows behind a layer of a plot; those of a layered chart lie in its datasets or in the layer."""
    assert plot is not None
    spec = json.loads(plot.spec)
    part = spec["layer"][layer]
    data = part.get("data", spec.get("data"))
    return list(data["values"] if "values" in data else spec["datasets"][data["name"]])


def rows_of(plot: Plot | None) -> list[dict[str, Any]]:
    """The rows behind a plot of one layer."""
    assert plot is not None
    spec = json.loads(plot.spec)
    data = spec["data"]
    return list(data["values"] if "values" in data else spec["datasets"][data["name"]])

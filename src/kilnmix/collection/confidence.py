"""How sure a table says that its labels are."""

from __future__ import annotations

import math

_SURE = frozenset(
    [
        "1", "yes", "y", "true", "t", "sure", "certain", "checked", "verified", "ok",
        "high", "是", "对", "已核", "已核对", "确定", "核实", "高",
    ]
)  # fmt: skip
_UNSURE = frozenset(
    [
        "0", "no", "n", "false", "f", "unsure", "uncertain", "unchecked", "low",
        "否", "未", "未核", "未核对", "不确定", "存疑", "低",
    ]
)  # fmt: skip


def confidence(text: str) -> float:
    """How sure a row's labels are said to be, 0..1, from words or a number (a percentage too); nan where not said."""
    text = text.strip().casefold()
    if text in _SURE:
        return 1.0
    if text in _UNSURE:
        return 0.0
    try:
        value = float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
    except ValueError:
        return float("nan")
    return value if 0.0 <= value <= 1.0 else float("nan")


def sureness(value: float) -> str:
    """1, 0, or nothing where there is no label."""
    return "" if math.isnan(value) else f"{value:g}"

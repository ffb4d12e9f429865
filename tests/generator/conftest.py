"""Settings of tiny generators, from the values of conf/ with a few of a test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from kilnmix.config import GeneratorSettings
from kilnmix.generator import cache
from kilnmix.generator.base import load_base

CONF = Path(__file__).parents[2] / "conf"
CAPTIONS = ("", "a bowl", "a jar", "celadon")
TINY: dict[str, Any] = {
    "size": 16,
    "lora": {
        "rank": 2,
        "alpha": 2,
        "targets": ["to_q", "to_k", "to_v", "to_out.0"],
        "learning_rate": 0.01,
        "steps": 6,
        "batch_size": 2,
        "warmup_steps": 1,
    },
    "draw": {"images": 4, "steps": 2, "batch_size": 2, "spacing": 1.0},
}

MakeSettings = Callable[..., GeneratorSettings]


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """`above` over `below`, group by group."""
    joined = dict(below)
    for name, value in above.items():
        joined[name] = merged(below[name], value) if isinstance(value, dict) and name in below else value
    return joined


def make_settings(base: Path | str, **changes: Any) -> GeneratorSettings:
    """conf/generator/pocket.yaml, made tiny, with `changes` by group: `lora={"rank": 4}`."""
    values = yaml.safe_load((CONF / "generator" / "pocket.yaml").read_text())
    values |= yaml.safe_load((CONF / "caption" / "default.yaml").read_text())
    return GeneratorSettings.model_validate(merged(merged(values, TINY), {"base": str(base), **changes}))


@pytest.fixture(scope="session")
def filled(tiny_base: Path) -> cache.Cache:
    """The cache of five random photographs with a caption of one or two variants each."""
    pipeline = load_base(make_settings(tiny_base))
    pixels = np.random.default_rng(0).integers(0, 256, (5, 24, 24, 3), dtype=np.uint8)
    mean, std = cache.encode_pictures(pipeline, lambda part: pixels[part], 5, 16, 2, lambda count: None)
    rows = ((1, 3), (2, 3), (1, 3), (3,), (2,))
    return cache.Cache(tuple("abcde"), mean, std, cache.encode_captions(pipeline, CAPTIONS), CAPTIONS, rows)

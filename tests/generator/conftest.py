"""Settings of tiny generators, from the values of conf/ with a few of a test's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kilnmix.config import GeneratorSettings
from kilnmix.generator import cache
from kilnmix.generator.base import load_base
from kilnmix.generator.encoding import encode_pictures
from kilnmix.generator.text import encode_captions
from tests import composed

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
        "samples": {"every": 0, "images": 2, "steps": 2},
    },
    "draw": {"images": 4, "steps": 2, "batch_size": 2, "spacing": 1.0, "guidance": 1.0, "unconditional": "adapter"},
}


def make_settings(base: Path | str, **changes: Any) -> GeneratorSettings:
    """conf/generator/pocket.yaml, made tiny, with `changes` by group: `lora={"rank": 4}`."""
    groups = {name: {**TINY[name], **changes.pop(name, {})} for name in ("lora", "draw")}
    return composed.settings("generator=pocket", generator={**TINY, **groups, "base": str(base), **changes}).generator


def tiny_cache(base: Path | str, **changes: Any) -> cache.Cache:
    """The cache of five random photographs of four objects, with a caption of one or two variants each."""
    pipeline = load_base(make_settings(base, **changes))
    pixels = np.random.default_rng(0).integers(0, 256, (5, 24, 24, 3), dtype=np.uint8)
    mean, std = encode_pictures(pipeline, lambda part: pixels[part], 5, 16, 2, lambda count: None)
    states = encode_captions(pipeline, CAPTIONS)
    return cache.Cache(
        ids=tuple("abcde"),
        mean=mean,
        std=std,
        embeddings=states.embeddings,
        captions=CAPTIONS,
        rows=((1, 3), (2, 3), (1, 3), (3,), (2,)),
        objects=("0", "1", "2", "3", "0"),
        labels=((0,), (1,), (0,), (-1,), (1,)),
        pooled=states.pooled,
    )


@pytest.fixture(scope="session")
def filled(tiny_base: Path) -> cache.Cache:
    return tiny_cache(tiny_base)

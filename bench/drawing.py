"""Ways of drawing with one adapter, each a setting: how many of an image's labels a judge sees, how near the images are
to renders, and how fast.

The demo's adapter is tuned once, in a folder of its own under .kilnmix/drawing. Every way draws the same labels from
the same noise. The judge is `bench.demo`'s; the kernel distance is that to as many fresh renders of the same labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from bench.demo import Judge, balanced, drawn, features, fresh, project
from bench.rerendered import run_stage
from bench.rows import Row
from kilnmix import config
from kilnmix.common.paths import STATE, output
from kilnmix.curation.distance import kernel_distance
from kilnmix.generator.adapter.files import load_adapter
from kilnmix.generator.base import load_base
from kilnmix.generator.bases.identity import fingerprint

IMAGES = 400
_EVEN: Mapping[str, object] = {"spacing": 1.0}
_GUIDED: Mapping[str, object] = {"guidance": 2.0}
WAYS: Mapping[str, Mapping[str, object]] = {
    "demo": {},
    "evenly spaced": _EVEN,
    "ddim": {**_EVEN, "scheduler": "ddim"},
    "unipc": {**_EVEN, "scheduler": "unipc"},
    "10 steps": {"steps": 10},
    "40 steps": {"steps": 40},
    "guidance 2": _GUIDED,
    "guidance 2 in an interval": {**_GUIDED, "interval": (0.28, 5.42)},
    "guidance 2 from the bare base": {**_GUIDED, "unconditional": "base"},
    "guidance 2 from a vessel": {**_GUIDED, "negative": "a photograph of a vessel"},
}
"""Way -> what of `generator.draw` differs from the demo's."""


def measure() -> Iterator[Row]:
    root = Path.cwd()
    params = config.load(root / "params.yaml")
    folder = root / STATE / "drawing"
    folder.mkdir(parents=True, exist_ok=True)
    with project(root, folder):
        for stage, *place in (("prepare",), ("encode", 0), ("finetune", 0, 0)):
            if not output(stage, *place).exists():
                run_stage(stage, params, *place)
        judge = Judge.trained(root / STATE / "bench", params)
        labels = balanced(IMAGES, "ways")
        renders = features(params, fresh(labels, "ways"))
        pipeline = load_base(params.generator)
        load_adapter(pipeline, output("finetune", 0, 0), fingerprint(params.generator))
        usual = None
        for way, changes in WAYS.items():
            draw = params.generator.draw.model_copy(update=dict(changes))
            own = params.model_copy(update={"generator": params.generator.model_copy(update={"draw": draw})})
            images, rate = drawn(own, pipeline, labels)
            usual = usual or rate
            seen = judge.score(images, labels)
            for task, share in seen.items():
                yield Row(f"drawing.{way}.{task}", share, "of the judge's own")
            yield Row(f"drawing.{way}.mean", float(np.mean(list(seen.values()))), "of the judge's own")
            yield Row(f"drawing.{way}.distance", kernel_distance(features(params, images), renders), "KID")
            yield Row(f"drawing.{way}.rate", rate, "images/s", usual)

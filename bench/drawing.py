"""Ways of drawing with one adapter, each a setting: how many of an image's labels a judge sees, how near the images are
to renders, and how fast.

The demo's adapter is tuned once for its settings, code and photographs, in a folder of its own under .kilnmix/drawing.
Every way draws the same labels from the same noise. The judge is `bench.demo`'s; the kernel distance is that to as many
fresh renders of the same labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from bench.demo import Judge, balanced, drawn, features, fresh, project
from bench.generator import PLAIN
from bench.rerendered import run_stage
from bench.rows import Row
from kilnmix import config
from kilnmix.common import digests
from kilnmix.common.paths import STATE, output
from kilnmix.config import Params
from kilnmix.curation.distance import kernel_distance
from kilnmix.generator.adapter.files import load_adapter
from kilnmix.generator.base import load_base
from kilnmix.generator.bases.identity import fingerprint

IMAGES = 400
_EVEN: Mapping[str, object] = {"spacing": 1.0}
_GUIDED: Mapping[str, object] = {"guidance": 2.0}
WAYS: Mapping[str, Mapping[str, object]] = {
    "plain": {},
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
"""Way -> what of `generator.draw` differs from `PLAIN`."""


def measure() -> Iterator[Row]:
    root = Path.cwd()
    params = config.load(root / "params.yaml")
    folder = root / STATE / "drawing" / _digest(params)
    folder.mkdir(parents=True, exist_ok=True)
    with project(root, folder):
        for stage, *place in (("prepare",), ("encode", 0), ("finetune", 0, 0)):
            if not output(stage, *place).exists():
                run_stage(stage, params, *place)
        judge = Judge.trained(root / STATE / "bench", params)
        labels = balanced(IMAGES, "ways")
        renders = features(params, fresh(labels, "ways"))
        usual = None
        for way, changes in WAYS.items():
            draw = params.generator.draw.model_copy(update={**PLAIN, **changes})
            own = params.model_copy(update={"generator": params.generator.model_copy(update={"draw": draw})})
            # Anew for every way: drawing merges the adapter into the base.
            pipeline = load_base(own.generator)
            load_adapter(pipeline, output("finetune", 0, 0), fingerprint(own.generator))
            images, rate = drawn(own, pipeline, labels)
            usual = usual or rate
            seen = judge.score(images, labels)
            for task, share in seen.items():
                yield Row(f"drawing.{way}.{task}", share, "of the judge's own")
            yield Row(f"drawing.{way}.mean", float(np.mean(list(seen.values()))), "of the judge's own")
            yield Row(f"drawing.{way}.distance", kernel_distance(features(params, images), renders), "KID")
            yield Row(f"drawing.{way}.rate", rate, "images/s", usual)


def _digest(params: Params) -> str:
    """Of what the adapter follows from."""
    return digests.of_state(
        seed=params.seed,
        collection=params.collection.model_dump(mode="json"),
        lora=params.generator.lora.model_dump(mode="json"),
        base=fingerprint(params.generator),
        labels=digests.of_file(params.collection.folder / "labels.csv"),
        code=digests.of_code("kilnmix.stages.finetune"),
    )[:16]

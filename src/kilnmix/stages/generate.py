"""generate: a pool of synthetic images for the label combinations of this fold's training photographs."""

from __future__ import annotations

from pathlib import Path

import torch

from kilnmix.collection import prepared
from kilnmix.common import digests
from kilnmix.common.paths import PREPARED, STATE, Fold, output
from kilnmix.common.progress import bar
from kilnmix.common.seeds import derive
from kilnmix.config import Params
from kilnmix.generator import pool
from kilnmix.generator.adapter.files import load_adapter
from kilnmix.generator.base import LIBRARIES, fingerprint, load_base
from kilnmix.generator.drawing.folder import draw_into
from kilnmix.generator.requests import ask
from kilnmix.stages import Outcome
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, flatten, tags


def run(params: Params, fold: Fold, adapter: int, draft: Path) -> Outcome:
    settings = params.generator
    photographs = prepared.load(PREPARED)
    tuned = output("finetune", fold, adapter)
    seed = derive(params.seed, "pool", fold, adapter)
    order = ask(photographs, photographs.members(fold, "train"), settings)
    pipeline = load_base(settings)
    load_adapter(pipeline, tuned, fingerprint(settings))
    drawn = STATE / "generate" / digest(params, fold, adapter)
    marks = {"base": settings.base, "fold": str(fold), "adapter": adapter}
    with bar(len(order.requests), f"generate fold {fold} adapter {adapter}", "image") as progress:
        draw_into(drawn, pipeline, order, settings, seed, marks, progress.update)
    pool.write(draft, photographs.tasks, order, drawn, seed)
    combinations = len(set(order.prompts))
    record = Record(
        name=f"generate {fold}/{adapter}",
        tags=tags("generate", fold, adapter),
        params={"base": settings.base, "caption": settings.caption, **flatten(settings.draw.model_dump(), "draw.")},
        metrics={"images": len(order.requests), "combinations": combinations, "threads": torch.get_num_threads()},
        inputs=[DataInput(str(PREPARED), "combinations"), DataInput(str(tuned), "adapter")],
    )
    open_ = order.unnamed
    without = f"; none is asked for {' or '.join(open_)}, which generator.caption does not name" if open_ else ""
    sentence = f"{len(order.requests)} synthetic images of {combinations} label combinations{without}"
    return Outcome(sentence, [record], spent=[drawn])


def digest(params: Params, fold: Fold, adapter: int) -> str:
    """What the pool follows from; images drawn before are only taken up where this is the same."""
    return digests.of_state(
        base=fingerprint(params.generator),
        generator=params.generator.model_dump(mode="json"),
        seed=(params.seed, fold, adapter),
        adapter=digests.of_file(output("finetune", fold, adapter) / "pytorch_lora_weights.safetensors"),
        labels=[digests.of_file(PREPARED / name) for name in ("photographs.csv", "folds.csv", "tasks.json")],
        code=digests.of_code("kilnmix.stages.generate"),
        versions=digests.versions(*LIBRARIES),
        threads=torch.get_num_threads(),
    )[:32]

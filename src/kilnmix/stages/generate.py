"""generate: a pool of synthetic images for the label combinations of this fold's training photographs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from kilnmix.collection import prepared
from kilnmix.collection.prepared import CAPTIONS, Prepared
from kilnmix.common import digests
from kilnmix.common.nested import flatten
from kilnmix.common.paths import PREPARED, STATE, Fold, output
from kilnmix.common.progress import bar
from kilnmix.common.seeds import derive
from kilnmix.config import Params
from kilnmix.generator import own_tokens
from kilnmix.generator import pool_writing as pool
from kilnmix.generator.adapter.files import load_adapter
from kilnmix.generator.adapter_order import adapter_order
from kilnmix.generator.base import LIBRARIES, device, load_base
from kilnmix.generator.bases.identity import fingerprint, licence, revision
from kilnmix.generator.cache import Cache
from kilnmix.generator.drawing import batch_size
from kilnmix.generator.drawing.draw import Shard
from kilnmix.generator.drawing.folder import draw_into
from kilnmix.generator.given_pool import take_folder as take
from kilnmix.generator.order import Order
from kilnmix.stages import Outcome
from kilnmix.tracking import live
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, tags


def run(params: Params, fold: Fold, adapter: int, draft: Path) -> Outcome:
    settings = params.generator
    photographs = prepared.load(PREPARED)
    tuned = output("finetune", fold, adapter)
    seed = derive(params.seed, "pool", fold, adapter)
    if settings.pool is not None:
        drawn = kept(params, fold, adapter)
        order = take(settings, photographs.tasks, drawn, f"generate fold {fold} adapter {adapter}")
        sources = pool.Sources()
    else:
        order = asked(params, photographs, fold, adapter)
        drawn = kept(params, fold, adapter)
        sources = draw(params, fold, adapter, order, drawn)
    pool.write(draft, photographs.tasks, order, drawn, seed, sources)
    combinations = len(set(order.prompts))
    record = Record(
        name=f"generate {fold}/{adapter}",
        tags=tags("generate", fold, adapter),
        params=noted(params),
        metrics={
            "images": len(order.requests),
            "combinations": combinations,
            "combinations.left_out": order.left_out,
            "threads": torch.get_num_threads(),
        },
        inputs=[DataInput(str(PREPARED), "combinations"), DataInput(str(tuned), "adapter")],
        artifacts=[str(output("generate", fold, adapter) / pool.SHEET)],
    )
    open_ = order.unnamed
    without = f"; none is asked for {' or '.join(open_)}, which generator.caption does not name" if open_ else ""
    broken = order.clause_of_left_out(settings.draw.combinations, params.collection.rules)
    sentence = f"{len(order.requests)} synthetic images of {combinations} label combinations{broken}{without}"
    return Outcome(sentence, [record], spent=[drawn])


def noted(params: Params) -> dict[str, Any]:
    """The settings that the pool follows from, by their names in `generator`; `pool` is null where it was drawn."""
    settings = params.generator
    drawn = flatten(settings.draw.model_dump(), "draw.")
    pool = None if settings.pool is None else str(settings.pool)
    return {"base": settings.base, "pool": pool, "caption": settings.caption, **drawn}


def asked(params: Params, photographs: Prepared, fold: Fold, adapter: int) -> Order:
    """The pool's order."""
    return adapter_order(params, photographs, fold, adapter, derive(params.seed, "pool", fold, adapter))


def draw(
    params: Params, fold: Fold, adapter: int, order: Order, drawn: Path, shard: Shard | None = None
) -> pool.Sources:
    """Draws an order into `drawn`; returns the photographs that its requests begin from, if any do."""
    settings = params.generator
    seed = derive(params.seed, "pool", fold, adapter)
    cache = Cache.load(output("encode", fold)) if settings.draw.mode != "text" else None
    pipeline = load_base(settings)
    load_adapter(pipeline, output("finetune", fold, adapter), fingerprint(settings))
    own_tokens.load(pipeline, output("finetune", fold, adapter))
    first = shard is None or shard.number == 1
    settings = batch_size.chosen(settings, drawn, first, lambda: batch_size.measured(pipeline, settings, device()))
    marks = {
        "base": settings.base,
        "revision": revision(settings),
        "licence": licence(settings),
        "fold": str(fold),
        "adapter": adapter,
        "batch_size": settings.draw.batch,
    }
    with bar(len(order.requests), f"generate fold {fold} adapter {adapter}", "image") as progress:
        looks = Looks(progress.update, drawn, len(order.requests), settings.draw.batch)
        draw_into(drawn, pipeline, order, settings, seed, marks, looks, cache, shard)
    return pool.Sources(cache.ids, cache.labels) if cache else pool.Sources()


class Looks:
    """Counts images, and shows the stage's live run what there is: after two batches, and at every quarter.

    Args:
        count: told the number of images done since it was last told.
        drawn: their folder.
    """

    def __init__(self, count: Callable[[int], object], drawn: Path, total: int, batch: int) -> None:
        self._count, self._drawn, self._done = count, drawn, 0
        self._due = sorted({min(2 * batch, total), *(total * part // 4 for part in (1, 2, 3))})

    def __call__(self, more: int) -> None:
        self._count(more)
        self._done += more
        due = [number for number in self._due if number <= self._done]
        if due and (overview := pool.sheet(self._drawn)) is not None:
            path = self._drawn / f"sheet-{due[-1]:06d}.jpg"
            overview.save(path, quality=85)
            live.current().picture(path, "sheets")
            self._due = [number for number in self._due if number > self._done]


def run_shard(params: Params, fold: Fold, adapter: int, shard: Shard) -> str:
    """Draws one shard's batches into the kept state; the stage itself then takes them up and draws what is missing."""
    order = asked(params, prepared.load(PREPARED), fold, adapter)
    drawn = kept(params, fold, adapter)
    draw(params, fold, adapter, order, drawn, shard)
    return (
        f"shard {shard.number} of {shard.count} is in {drawn}. Bring the shards of other machines into the same folder "
        "and run the stage without --shard: it takes them up and draws what is missing."
    )


def kept(params: Params, fold: Fold, adapter: int) -> Path:
    """The folder of images drawn before, under a digest of what the pool follows from."""
    tuned, ruled = output("finetune", fold, adapter), (params.collection.rules, params.collection.vocabulary)
    digest = digests.of_state(
        base=fingerprint(params.generator),
        generator=params.generator.model_dump(mode="json"),
        seed=(params.seed, fold, adapter),
        rules=[digests.of_file(path) for path in ruled if params.generator.pool is None],
        adapter=digests.of_file(tuned / "pytorch_lora_weights.safetensors"),
        tokens=[digests.of_file(path) for path in own_tokens.files(tuned)],
        labels=[
            digests.of_file(PREPARED / name)
            for name in ("photographs.csv", "folds.csv", "tasks.json", CAPTIONS)
            if (PREPARED / name).exists()
        ],
        code=digests.of_code("kilnmix.stages.generate"),
        versions=digests.versions(*LIBRARIES),
        threads=torch.get_num_threads(),
    )
    return STATE / "generate" / digest[:32]

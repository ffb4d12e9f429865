"""Small pools for `kilnmix frontier`: drawn with another guidance and another scale of the adapter, and looked at.

They lie in .kilnmix/frontier under the digest of what they follow from; what was drawn before is taken up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from kilnmix.collection.prepared import Prepared
from kilnmix.common import digests
from kilnmix.common.errors import UserError
from kilnmix.common.files import fresh
from kilnmix.common.paths import STATE, output
from kilnmix.common.seeds import derive, rng
from kilnmix.config import CurationSettings, Params
from kilnmix.curation import frontier, support
from kilnmix.curation.curate import Curation, curate
from kilnmix.curation.frontier import Point
from kilnmix.curation.judges import Judges
from kilnmix.curation.observation import Observations, observe
from kilnmix.generator import own_tokens, pool_writing
from kilnmix.generator import pool as pools
from kilnmix.generator.adapter.files import WEIGHTS, load_adapter
from kilnmix.generator.adapter_order import adapter_order
from kilnmix.generator.base import ADAPTER, LIBRARIES, device, load_base
from kilnmix.generator.bases.identity import fingerprint
from kilnmix.generator.cache import Cache
from kilnmix.generator.drawing import batch_size
from kilnmix.generator.drawing.folder import draw_into
from kilnmix.generator.order import Order
from kilnmix.generator.pool import Pool

KEPT = STATE / "frontier"


def settings_of(params: Params, guidance: float, images: int) -> Params:
    """The settings of a small pool.

    Raises:
        UserError: the pool is given, so that nothing is drawn.
    """
    if params.generator.pool is not None:
        raise UserError("generator.pool names images that are there already: there is nothing to draw a frontier with.")
    draw = params.generator.draw.model_copy(update={"guidance": guidance, "images": images})
    return params.model_copy(update={"generator": params.generator.model_copy(update={"draw": draw})})


# Seven parameters: the study, where in it, and how to draw.
def draw(
    params: Params,
    photographs: Prepared,
    fold: int,
    adapter: int,
    order: Order,
    scale: float,
    progress: Callable[[int], object],
) -> Pool:
    """`order` drawn by the settings of `settings_of`, the adapter acting `scale` times as strongly as it was tuned.

    Raises:
        UserError: the adapter has not been tuned, or as for drawing a pool.
    """
    settings, tuned = params.generator, output("finetune", fold, adapter)
    if settings.draw.fast is not None and scale != 1:
        raise UserError("generator.draw.fast sets the adapters' scales itself: use --scale 1.")
    seed = _seed(params, fold, adapter)
    place = KEPT / _digest(params, tuned, seed, scale, order.prompts)
    drawn, whole = place / "drawn", place / "pool"
    if whole.exists():
        progress(len(order.requests))
        return pools.load(whole, photographs.tasks)
    cache = Cache.load(output("encode", fold)) if settings.draw.mode != "text" else None
    pipeline = load_base(settings)
    load_adapter(pipeline, tuned, fingerprint(settings))
    own_tokens.load(pipeline, tuned)
    if scale != 1:
        pipeline.set_adapters([ADAPTER], [scale])
    settings = batch_size.chosen(settings, drawn, True, lambda: batch_size.measured(pipeline, settings, device()))
    marks = {"base": settings.base, "fold": str(fold), "adapter": adapter, "scale": scale}
    draw_into(drawn, pipeline, order, settings, seed, marks, progress, cache)
    sources = pool_writing.Sources(cache.ids, cache.labels) if cache else pool_writing.Sources()
    with fresh(whole) as draft:
        pool_writing.write(draft, photographs.tasks, order, drawn, seed, sources)
    return pools.load(whole, photographs.tasks)


def asked(params: Params, photographs: Prepared, fold: int, adapter: int) -> Order:
    """The order of every small pool of an adapter: guidance and scale change how it is drawn alone."""
    return adapter_order(params, photographs, fold, adapter, _seed(params, fold, adapter))


def _seed(params: Params, fold: int, adapter: int) -> int:
    return derive(params.seed, "frontier", fold, adapter)


def _digest(params: Params, tuned: Path, seed: int, scale: float, prompts: tuple[str, ...]) -> str:
    return digests.of_state(
        base=fingerprint(params.generator),
        generator=params.generator.model_dump(mode="json"),
        seed=seed,
        scale=scale,
        prompts=prompts,
        adapter=digests.of_file(tuned / WEIGHTS),
        tokens=[digests.of_file(path) for path in own_tokens.files(tuned)],
        code=digests.of_code("kilnmix.curation.small_pools"),
        versions=digests.versions(*LIBRARIES),
        threads=torch.get_num_threads(),
    )[:32]


def observed(params: Params, photographs: Prepared, fold: int, pool: Pool, judges: Judges) -> Observations:
    return observe(params.curation, photographs, fold, pool, judges, params.seed, lambda count: None)


def strict(settings: CurationSettings, strictness: float) -> CurationSettings:
    """The settings of a strictness: `top-k` of all images that nothing else speaks against."""
    return settings.model_copy(update={"strategy": "top-k", "keep": 1 - strictness, "group_by": None})


def point(
    params: Params, photographs: Prepared, place: Point, pool: Pool, seen: Observations
) -> tuple[Point, Curation]:
    """The point `place` with its numbers and values, and what curation makes of the pool there.

    Half of the judges choose, the others say what was chosen: those who chose would find their choice right.
    """
    settings = strict(params.curation, place.strictness)
    found, others = (
        curate(settings, photographs, pool, replace(seen, opinion=own), frozenset()) for own in seen.opinion.parted()
    )
    kept = found.table.accepted
    random = rng(params.seed, "frontier", place.fold, place.adapter, place.guidance, place.scale, place.strictness)
    values = {
        "fidelity": frontier.agreement(others.judgements, pool.labels, kept, params.curation.floor),
        "memorised": frontier.share(seen.near.memorised),
        **support.measure(seen.features.ours[kept], seen.features.real, random),
    }
    known = {name: value for name, value in values.items() if value is not None}
    return replace(place, drawn=len(pool), kept=len(kept), values=known), found

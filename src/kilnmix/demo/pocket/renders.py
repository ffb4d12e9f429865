"""The generic renders that the pocket models are trained on, kept in shards so that rendering can stop and go on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kilnmix.demo import generic
from kilnmix.demo.generic import Traits
from kilnmix.demo.render import photograph

SHARD = 500


@dataclass(frozen=True)
class Renders:
    """Images uint8 (n, size, size, 3) and what each shows; object `i` is number `i` of the generic domain."""

    images: np.ndarray
    traits: list[Traits]


def render_shard(folder: Path, seed: int, shard: int, size: int) -> Path:
    """Write one shard unless it is there."""
    path = folder / f"{size}-{seed}-{shard:04d}.npy"
    if not path.exists():
        images = np.empty((SHARD, size, size, 3), np.uint8)
        for place in range(SHARD):
            _, piece, view = generic.example(seed, shard * SHARD + place)
            images[place] = photograph(piece, view, size)
        draft = path.with_suffix(".new")
        with draft.open("wb") as file:
            np.save(file, images)
        draft.replace(path)
    return path


def renders(
    folder: Path,
    seed: int,
    count: int,
    size: int,
    workers: int = 2,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[str], object] = lambda line: None,
) -> Renders | None:
    """`count` renders (a multiple of SHARD), made where missing; None if `stop` said so before all were there."""
    folder.mkdir(parents=True, exist_ok=True)
    shards = range(count // SHARD)
    missing = [s for s in shards if not (folder / f"{size}-{seed}-{s:04d}.npy").exists()]
    if missing:
        with ProcessPoolExecutor(workers) as pool:
            for start in range(0, len(missing), workers):
                if stop():
                    return None
                batch = missing[start : start + workers]
                list(pool.map(render_shard, [folder] * len(batch), [seed] * len(batch), batch, [size] * len(batch)))
                say(f"rendered {min(start + workers, len(missing))} of {len(missing)} shards")
    images = np.concatenate([np.load(render_shard(folder, seed, s, size)) for s in shards])
    return Renders(images, [generic.traits_of(seed, number) for number in range(len(shards) * SHARD)])

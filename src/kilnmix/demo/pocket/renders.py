"""The renders that the pocket models are trained on, kept in shards so that rendering can stop and go on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from kilnmix.common.devices import cores
from kilnmix.common.processes import end_at_once_with_parent
from kilnmix.demo import generic, things
from kilnmix.demo.generic import Traits
from kilnmix.demo.render import photograph
from kilnmix.demo.things import Thing

SHARD = 500

What = TypeVar("What", Traits, Thing)


@dataclass(frozen=True)
class Renders(Generic[What]):
    """Images uint8 (n, size, size, 3) and what each shows; picture `i` is number `i` of its domain."""

    images: np.ndarray
    shows: list[What]

    def split(self, held: int) -> tuple[Renders[What], Renders[What]]:
        """All but the last `held`, and those."""
        return Renders(self.images[:-held], self.shows[:-held]), Renders(self.images[-held:], self.shows[-held:])


@dataclass(frozen=True)
class Domain(Generic[What]):
    """A domain to render from: picture `number` of a seed at a size, and what it shows."""

    name: str
    picture: Callable[[int, int, int], np.ndarray]
    shown: Callable[[int, int], What]


def _vessel(seed: int, number: int, size: int) -> np.ndarray:
    _, piece, view = generic.example(seed, number)
    return photograph(piece, view, size)


VESSELS: Domain[Traits] = Domain("vessels", _vessel, generic.traits_of)
THINGS: Domain[Thing] = Domain("things", things.picture, things.draw)


def render_shard(domain: Domain[What], path: Path, seed: int, shard: int, size: int) -> None:
    """Write one shard, whole."""
    images = np.stack([domain.picture(seed, shard * SHARD + place, size) for place in range(SHARD)])
    draft = path.with_suffix(".new")
    with draft.open("wb") as file:
        np.save(file, images)
    draft.replace(path)


def renders(
    domain: Domain[What],
    folder: Path,
    seed: int,
    count: int,
    size: int,
    stop: Callable[[], bool] = lambda: False,
    workers: int | None = None,
) -> Renders[What] | None:
    """`count` renders (a multiple of SHARD), made where missing; None if `stop` said so before all were there."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{domain.name}-{size}-{seed}-{shard:04d}.npy" for shard in range(count // SHARD)]
    missing = [shard for shard, path in enumerate(paths) if not path.exists()]
    if missing:
        workers = workers or cores()
        with ProcessPoolExecutor(workers, initializer=end_at_once_with_parent) as pool:
            for start in range(0, len(missing), 4 * workers):
                if stop():
                    return None
                jobs = [
                    pool.submit(render_shard, domain, paths[shard], seed, shard, size)
                    for shard in missing[start : start + 4 * workers]
                ]
                for job in jobs:
                    job.result()
    images = np.concatenate([np.load(path) for path in paths])
    return Renders(images, [domain.shown(seed, number) for number in range(len(images))])

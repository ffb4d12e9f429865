"""What is seen of a pool's images without the judges, copies and quality, by processes of their own where it is large.

Meanwhile this process asks the judges. What is seen does not depend on who looks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import NamedTuple

import cv2
import numpy as np

from kilnmix.common.devices import cores
from kilnmix.common.processes import compute_in_one_thread, computing_in_one_thread, end_at_once_with_parent
from kilnmix.curation import quality
from kilnmix.curation.copies.find import Comparison, Copies
from kilnmix.generator.pool import Pool

ALONE = 768
"""Fewer images than this are looked at in this process: starting others would take longer."""
BLOCK = 128
"""Images that are read at once: 100 MB at 512 pixels."""
_LOOKER: list[Looker] = []
"""In a process that was started to look: who looks there."""


class Seen(NamedTuple):
    """Of a block of images: copies and quality."""

    copies: Copies
    quality: quality.Quality


class Looker(NamedTuple):
    """What is needed to look at a pool's images; `side` is that of the pool's pictures."""

    comparison: Comparison
    pool: Pool
    side: int

    def look(self, start: int, pixels: np.ndarray) -> Seen:
        """At a block of images (b, S, S, 3), the first of them in row `start` of the pool."""
        sources = self.pool.sources[start : start + len(pixels)]
        return Seen(self.comparison.compare(pixels, sources), quality.measure(pixels, min(self.side, quality.SIDE)))


def blocks(pool: Pool) -> Iterator[tuple[int, np.ndarray]]:
    """The pool's pictures (b, S, S, 3) uint8, `BLOCK` at a time, with the row that each block begins with."""
    for start in range(0, len(pool), BLOCK):
        yield start, pool.pictures(_rows(pool, start))


def look(
    looker: Looker,
    meanwhile: Callable[[int, np.ndarray], object],
    progress: Callable[[int], object],
    processes: int | None = None,
    besides: Callable[[], object] = lambda: None,
) -> list[Seen]:
    """Looks at all blocks of the pool, in order.

    Args:
        meanwhile: is given every block, as `blocks` has them, in this process.
        progress: told how many more images have been looked at.
        processes: None starts as many as there are cores, or none for a small pool.
        besides: called after the last block was handed on, while other processes still look; not without any.
    """
    pool = looker.pool
    processes = (cores() if len(pool) >= ALONE else 0) if processes is None else processes
    found: dict[int, Seen] = {}
    asked: set[int] = set()

    def here(start: int, pixels: np.ndarray) -> None:
        if start not in asked:
            meanwhile(start, pixels)
            asked.add(start)

    with contextlib.suppress(BrokenProcessPool):
        if processes:
            with computing_in_one_thread() as alone_again, _started(processes, looker) as others:
                try:
                    waiting = {start: others.submit(_look, start) for start in range(0, len(pool), BLOCK)}
                    for start, future in waiting.items():
                        future.add_done_callback(_told(len(_rows(pool, start)), progress))

                    def unhindered() -> None:
                        if all(future.done() for future in waiting.values()):
                            alone_again()

                    for start, pixels in blocks(pool):
                        unhindered()
                        here(start, pixels)
                    unhindered()
                    besides()
                    for start, future in waiting.items():
                        found[start] = future.result()
                finally:
                    # Where something went wrong here, nobody waits for the rest.
                    others.shutdown(cancel_futures=True)
    # Without other processes, or where one was killed: what is left is looked at here.
    for start in range(0, len(pool), BLOCK):
        if start not in found:
            pixels = pool.pictures(_rows(pool, start))
            here(start, pixels)
            found[start] = looker.look(start, pixels)
            progress(len(pixels))
    return [found[start] for start in sorted(found)]


def _rows(pool: Pool, start: int) -> range:
    return range(start, min(start + BLOCK, len(pool)))


def _started(processes: int, looker: Looker) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(looker,))


def _begin(looker: Looker) -> None:
    end_at_once_with_parent()
    compute_in_one_thread()
    cv2.setNumThreads(1)
    _LOOKER.append(looker)


def _look(start: int) -> Seen:
    (looker,) = _LOOKER
    return looker.look(start, looker.pool.pictures(_rows(looker.pool, start)))


def _told(count: int, progress: Callable[[int], object]) -> Callable[[Future[Seen]], None]:
    def done(future: Future[Seen]) -> None:
        if not future.cancelled() and future.exception() is None:
            progress(count)

    return done

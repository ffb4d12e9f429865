"""Many picture files -> arrays on disk, by as many processes as there are cores, in bounded memory.

Workers write pixels straight into the mapped arrays; only small descriptions travel between processes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from kilnmix.collection.pictures import picture as pictures
from kilnmix.collection.pictures.picture import ResizeMode
from kilnmix.common.devices import cores
from kilnmix.common.files import reserved_array
from kilnmix.common.processes import end_at_once_with_parent

PIXELS, GREY = "pixels.npy", "grey.npy"
CHUNK = 32
ALONE = 96
"""Fewer pictures than this are decoded in this process: starting others would take longer."""


@dataclass(frozen=True)
class Rules:
    """How pictures are decoded and which are refused."""

    side: int
    resize_mode: ResizeMode = "pad"
    max_pixels: int = 200_000_000
    min_side: int = 32


@dataclass(frozen=True)
class Decoded:
    """What came of one file: its description, or the reason (`why`, `text`) why it has none.

    Attributes:
        plain: it is of one colour alone.
    """

    digest: str = ""
    width: int = 0
    height: int = 0
    format: str = ""
    colour: np.ndarray | None = None
    why: str = ""
    text: str = ""
    plain: bool = False


def decode_all(
    paths: Sequence[Path], folder: Path, rules: Rules, processes: int | None = None, progress: bool = True
) -> list[Decoded]:
    """Decodes N `paths` into new files of a folder: pixels.npy, (N, S, S, 3) uint8, and grey.npy, (N, 64, 64) uint8.

    Rows of rejected pictures stay 0.

    Returns:
        one description a path, in order.
    """
    from tqdm import tqdm

    shapes = {PIXELS: (rules.side, rules.side, 3), GREY: (pictures.GREY_SIDE, pictures.GREY_SIDE)}
    for name, shape in shapes.items():
        reserved_array(folder / name, (len(paths), *shape))
    processes = processes or cores()
    chunks = [(start, list(paths[start : start + CHUNK])) for start in range(0, len(paths), CHUNK)]
    found: list[Decoded] = [Decoded()] * len(paths)
    bar = tqdm(total=len(paths), desc="decoding", unit="picture", disable=None if progress else True)
    with bar:
        alone = processes == 1 or len(paths) < ALONE
        done = (_inside(chunks, folder, rules)) if alone else _outside(chunks, folder, rules, processes)
        for start, results in done:
            found[start : start + len(results)] = results
            bar.update(len(results))
    return found


def _inside(
    chunks: Sequence[tuple[int, list[Path]]], folder: Path, rules: Rules
) -> Iterator[tuple[int, list[Decoded]]]:
    for start, paths in chunks:
        yield start, _chunk(paths, start, folder, rules)


def _outside(
    chunks: Sequence[tuple[int, list[Path]]], folder: Path, rules: Rules, processes: int
) -> Iterator[tuple[int, list[Decoded]]]:
    """Chunks in the order in which they are done; a file that kills its process is found and rejected."""
    left = dict(chunks)
    while left:
        try:
            with _pool(processes) as pool:
                waiting: dict[Future[list[Decoded]], int] = {}
                todo = iter(list(left))
                for start in todo:
                    waiting[pool.submit(_chunk, left[start], start, folder, rules)] = start
                    if len(waiting) < 4 * processes:
                        continue
                    yield from _finished(waiting, left)
                while waiting:
                    yield from _finished(waiting, left)
        except BrokenProcessPool:
            start = min(left)
            yield start, [_apart(path, start + n, folder, rules) for n, path in enumerate(left.pop(start))]


def _pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=end_at_once_with_parent)


def _finished(
    waiting: dict[Future[list[Decoded]], int], left: dict[int, list[Path]]
) -> Iterator[tuple[int, list[Decoded]]]:
    for future in wait(waiting, return_when=FIRST_COMPLETED).done:
        results = future.result()
        start = waiting.pop(future)
        del left[start]
        yield start, results


def _apart(path: Path, row: int, folder: Path, rules: Rules) -> Decoded:
    try:
        with _pool(1) as pool:
            return pool.submit(_chunk, [path], row, folder, rules).result()[0]
    except BrokenProcessPool:
        return Decoded(why="damaged", text="decoding it ends the process")


def _chunk(paths: Sequence[Path], start: int, folder: Path, rules: Rules) -> list[Decoded]:
    pixels = np.lib.format.open_memmap(folder / PIXELS, mode="r+")
    grey = np.lib.format.open_memmap(folder / GREY, mode="r+")
    results = []
    for row, path in enumerate(paths, start=start):
        try:
            picture = pictures.decode(path, rules.side, rules.resize_mode, rules.max_pixels, rules.min_side)
        except pictures.PictureError as rejected:
            results.append(Decoded(why=rejected.why, text=str(rejected)))
            continue
        pixels[row], grey[row] = picture.square, picture.grey
        results.append(
            Decoded(picture.digest, picture.width, picture.height, picture.format, picture.colour, plain=picture.plain)
        )
    return results

"""prepare against plain decoding and resizing of the same files, and the search for near-duplicates."""

from __future__ import annotations

import csv
import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, zoom

from bench.rows import Row, interleaved, seconds
from kilnmix.collection import pipeline
from kilnmix.collection.pictures import duplicates
from kilnmix.common.devices import cores
from kilnmix.config import CollectionSettings
from kilnmix.config.composition import compose

FILES, PICTURES, COPIES = 5_000, 20_000, 500
SIZE, SIDE = 640, 96
CHUNK = 32


def measure() -> list[Row]:
    return [_share_of_decode(), _duplicates()]


def _photograph(rng: np.random.Generator, texture: np.ndarray, size: int) -> np.ndarray:
    """(size, size, 3) uint8: an oval of cut-out texture before a backdrop that grows lighter downwards."""
    across, down = rng.uniform(0.2, 0.4, 2)
    y, x = np.mgrid[-0.5 : 0.5 : size * 1j, -0.5 : 0.5 : size * 1j]
    inside = (x / across) ** 2 + (y / down) ** 2 < 1
    top, left = rng.integers(0, texture.shape[0] - size, 2)
    surface = texture[top : top + size, left : left + size] + rng.integers(80, 180, 3)
    backdrop = (rng.uniform(60, 120) + 80 * (y + 0.5))[..., None] + rng.normal(0, 3, 3)
    return np.clip(np.where(inside[..., None], surface, backdrop), 0, 255).astype(np.uint8)


def _texture(rng: np.random.Generator, side: int) -> np.ndarray:
    """(side, side, 3) brushwork of several finenesses around 0."""
    rough = gaussian_filter(rng.normal(size=(side // 4, side // 4, 3)), (3, 3, 0)) * 400
    fine = gaussian_filter(rng.normal(size=(side, side, 3)), (2, 2, 0)) * 150
    return (zoom(rough, (4, 4, 1), order=1) + fine).astype(np.float32)


def _settings() -> CollectionSettings:
    return compose(["collection=default"])[1].collection


def _share_of_decode() -> Row:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = _draw(folder / "data")
        settings = _settings().model_copy(
            update={"folder": folder / "data", "tasks": ("dynasty", "type"), "size": SIDE}
        )
        turn = iter(range(100))

        def ours() -> float:
            out = folder / f"out{next(turn)}"
            out.mkdir()
            return FILES / seconds(lambda: pipeline.prepare(settings, 1, 0, out, out))

        def plain() -> float:
            return FILES / seconds(lambda: _plain(paths))

        value, reference = interleaved(ours, plain, 3)
    return Row("prepare.share_of_decode", value, "images/s", reference, ">= 0.85", runs=3)


def _draw(folder: Path) -> list[Path]:
    """Photographs on disk with a label table."""
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    texture = _texture(rng, 2 * SIZE)
    rows = []
    for number in range(FILES):
        name = f"images/{number:05d}.jpg"
        Image.fromarray(_photograph(rng, texture, SIZE)).save(folder / name, quality=88)
        rows.append(
            [name, f"k{number // 2}", ("song", "ming", "qing")[number // 2 % 3], ("bowl", "jar")[number // 2 % 2]]
        )
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["image", "object_id", "dynasty", "type"], *rows])
    return [folder / row[0] for row in rows]


def _plain(paths: list[Path]) -> np.ndarray:
    """Every file opened, made RGB and resized by as many processes as there are cores."""
    chunks = [paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK)]
    with ProcessPoolExecutor(cores(), mp_context=multiprocessing.get_context("spawn")) as pool:
        return np.concatenate(list(pool.map(_plain_chunk, chunks)))


def _plain_chunk(paths: list[Path]) -> np.ndarray:
    return np.stack([np.asarray(Image.open(path).convert("RGB").resize((SIDE, SIDE))) for path in paths])


def _duplicates() -> Row:
    """Pictures of like composition, some of them there twice, a little darker or a little cropped."""
    rng = np.random.default_rng(1)
    texture = _texture(rng, 640)
    grey = np.stack([_photograph(rng, texture, 64).mean(axis=2) for _ in range(PICTURES)]).astype(np.uint8)
    for number in range(COPIES):
        copy = grey[number] * 0.9 + 5
        if number % 2:
            copy = zoom(copy[1:63, 1:63], 64 / 62, order=1)
        grey[PICTURES - 1 - number] = np.clip(copy, 0, 255)
    digests = [str(number) for number in range(PICTURES)]
    settings = _settings().duplicates
    found: list[duplicates.Pair] = []
    taken = seconds(lambda: found.extend(duplicates.find(grey, digests, settings.hash_distance, settings.similarity)))
    right = sum(pair.first + pair.second == PICTURES - 1 for pair in found)
    if right < 0.95 * COPIES:
        raise RuntimeError(f"only {right} of {COPIES} copies were found")
    return Row("prepare.duplicates_seconds", taken, "s", target="<= 60 s on two cores")

"""Does a class drag its photographs' backdrop along? A rendered collection whose backdrop is confounded with the type.

Nine of ten bowls stand before a dark backdrop, nine of ten jars before a light one. The pocket base is tuned on them
with and without the backdrop in its captions, and draws both types. The figure is the share of dark backdrops among
bowls minus that among jars: 0.8 in the photographs, 0 where the backdrop says nothing of the type.
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from bench.generator import PLAIN, settings_of
from bench.rows import Row
from kilnmix.collection.prepared import Prepared, Task
from kilnmix.collection.rules import Rules
from kilnmix.common import seeds
from kilnmix.demo import generic
from kilnmix.demo.render import photograph
from kilnmix.generator.base import load_base
from kilnmix.generator.drawing.draw import draw_pool
from kilnmix.generator.encoding import encode
from kilnmix.generator.nuisance import BORDER
from kilnmix.generator.requests import ask
from kilnmix.generator.text import encode_captions
from kilnmix.generator.tuning.loop import tune

TYPES, PHOTOGRAPHS, SIZE, CONFOUND = ("bowl", "jar"), 160, 64, 0.9
DARK, LIGHT = (0.10, 0.10, 0.11), (0.88, 0.88, 0.86)


def collection(folder: Path) -> Prepared:
    """The confounded photographs, every one of an object of its own, all for training."""
    pixels = np.empty((PHOTOGRAPHS, SIZE, SIZE, 3), np.uint8)
    labels = np.arange(PHOTOGRAPHS) % 2
    for number, label in enumerate(labels):
        rng = seeds.rng(3, "confounded", number)
        traits = dataclasses.replace(generic.draw(rng), type=TYPES[label])
        dark = (rng.random() < CONFOUND) == (label == 0)
        wall = DARK if dark else LIGHT
        view = dataclasses.replace(generic.view_for(traits, rng), backdrop=wall, floor=wall)
        pixels[number] = photograph(generic.piece_of(traits, rng), view, SIZE)
    np.save(folder / "pixels.npy", pixels)
    return Prepared(
        folder=folder,
        tasks=(Task("type", TYPES, {name: name for name in TYPES}),),
        ids=np.array([f"{number:03d}" for number in range(PHOTOGRAPHS)]),
        objects=np.arange(PHOTOGRAPHS),
        labels={"type": labels},
        parts={0: np.array(["train"] * PHOTOGRAPHS)},
        sources=np.array([""] * PHOTOGRAPHS),
    )


def confound(pixels: np.ndarray, labels: np.ndarray) -> float:
    """Share of dark frames among bowls minus that among jars, of (m, S, S, 3) uint8 pictures and their (m,) types."""
    width = max(round(BORDER * pixels.shape[1]), 1)
    frame = np.ones(pixels.shape[1:3], bool)
    frame[width:-width, width:-width] = False
    dark = np.median(pixels[:, frame].mean(axis=-1), axis=1) < 128
    return float(dark[labels == 0].mean() - dark[labels == 1].mean())


def drawn(photographs: Prepared, nuisance: tuple[str, ...], folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pictures that a base tuned on the photographs draws, and the types that were asked for."""
    settings = settings_of(
        "pocket",
        lora={"steps": 160, "batch_size": 12, "warmup_steps": 10, "learning_rate": 3e-3},
        draw={"images": 64, "batch_size": 32, **PLAIN, "steps": 15},
    ).model_copy(update={"nuisance": nuisance, "caption": "a photograph of a {type}"})
    rows = np.arange(len(photographs))
    pipeline = load_base(settings)
    cache = encode(pipeline, photographs, rows, settings, lambda count: None)
    tune(pipeline, cache, settings, 1, folder / f"{len(nuisance)}.pt", lambda count: None)
    order = ask(photographs, rows, settings, 1, Rules())
    texts = ("", *dict.fromkeys(order.prompts))
    prompts = [texts.index(prompt) for prompt in order.prompts]
    pool = draw_pool(
        pipeline, order.requests, encode_captions(pipeline, texts), prompts, settings, 1, lambda request: False
    )
    images = np.stack([image for _, image in pool])
    return images, np.array([request.labels[0] for request in order.requests])


def measure(keep: Path | None = None) -> Iterator[Row]:
    """The confound in the photographs, and in images drawn without and with the backdrop in the captions."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photographs = collection(folder)
        real = confound(np.asarray(photographs.pixels), photographs.labels["type"])
        for title, nuisance in (("without", ()), ("with", ("backdrop",))):
            images, labels = drawn(photographs, nuisance, folder)
            if keep is not None:
                sheet(images, labels, keep / f"{title}.png")
            yield Row(
                f"nuisance.confound_{title}", confound(images, labels), "share", real, "< 0.2" if nuisance else ""
            )


def sheet(images: np.ndarray, labels: np.ndarray, path: Path) -> None:
    """Sixteen bowls over sixteen jars."""
    rows = [np.concatenate(list(images[labels == label][:16]), axis=1) for label in (0, 1)]
    Image.fromarray(np.concatenate(rows)).save(path)


if __name__ == "__main__":
    for row in measure(Path(sys.argv[1]) if len(sys.argv) > 1 else None):
        print(row.name, round(row.value or 0.0, 3), "photographs", round(row.reference or 0.0, 3), flush=True)

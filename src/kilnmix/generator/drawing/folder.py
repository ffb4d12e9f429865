"""A pool drawn into a folder, a file an image, so that a run that was stopped goes on with what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kilnmix.config import GeneratorSettings
from kilnmix.generator import pool
from kilnmix.generator.cache import encode_captions
from kilnmix.generator.drawing.draw import draw_pool
from kilnmix.generator.requests import Order, image_seed

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline


def draw_into(
    folder: Path,
    pipeline: StableDiffusionPipeline,
    order: Order,
    settings: GeneratorSettings,
    seed: int,
    marks: Mapping[str, object],
    progress: Callable[[int], object],
) -> None:
    """Draws what `folder` lacks of an order, a PNG an image; what a stopped run drew is taken up.

    Args:
        seed: of this pool.
        marks: what every image's metadata say beside its own prompt and seed.
        progress: told the number of images done since it was last told.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draw = settings.draw
    texts = ("", *dict.fromkeys(order.prompts))
    position = {text: row for row, text in enumerate(texts)}
    files = {request: folder / f"{pool.image_id(request)}.png" for request in order.requests}
    progress(sum(path.exists() for path in files.values()))
    rows = [position[prompt] for prompt in order.prompts]
    embeddings = encode_captions(pipeline, texts)
    for request, pixels in draw_pool(
        pipeline, order.requests, embeddings, rows, settings, seed, lambda request: files[request].exists()
    ):
        made = {
            **marks,
            "prompt": order.prompts[request.number],
            "seed": image_seed(seed, request.number),
            "steps": draw.steps,
            "guidance": draw.guidance,
            "scheduler": draw.scheduler,
        }
        pool.write_image(files[request], pixels, made)
        progress(1)

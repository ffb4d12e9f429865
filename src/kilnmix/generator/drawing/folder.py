"""A pool drawn into a folder, a file an image, so that a run that was stopped goes on with what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from kilnmix.common.devices import cores
from kilnmix.config import GeneratorSettings
from kilnmix.generator import pool_writing as pool
from kilnmix.generator.cache import Cache
from kilnmix.generator.drawing.draw import Shard, draw_pool
from kilnmix.generator.order import Order, image_seed
from kilnmix.generator.text import encode_captions


# Nine parameters: those of `draw_pool`, the folder, the marks and the progress.
def draw_into(
    folder: Path,
    pipeline: Any,
    order: Order,
    settings: GeneratorSettings,
    seed: int,
    marks: Mapping[str, object],
    progress: Callable[[int], object],
    photographs: Cache | None = None,
    shard: Shard | None = None,
) -> None:
    """Draws what `folder` lacks of an order, a PNG an image; what a stopped run drew is taken up.

    A file that does not decode whole, as a power cut leaves them, is drawn again. Files are written by threads while
    the next batch is drawn.

    Args:
        seed: of this pool.
        marks: what every image's metadata say beside its own prompt and seed.
        progress: told the number of images done since it was last told.
        photographs: latents of the training photographs, for requests that begin from one.
    """
    # Nine arguments, as `draw_pool`.
    folder.mkdir(parents=True, exist_ok=True)
    draw = settings.draw
    texts = (draw.negative, *dict.fromkeys(order.prompts))
    position = {text: row for row, text in enumerate(texts) if row}
    files = {request: folder / f"{pool.image_id(request)}.png" for request in order.requests}
    taken = {request for request, path in files.items() if pool.is_whole(path, settings.size)}
    progress(len(taken))
    rows = [position.get(prompt, 0) for prompt in order.prompts]
    states = encode_captions(pipeline, texts)
    written: list[Future[None]] = []
    with ThreadPoolExecutor(max(cores() - 1, 1)) as writers:
        for request, pixels in draw_pool(
            pipeline, order.requests, states, rows, settings, seed, taken.__contains__, shard, photographs
        ):
            made = {
                **marks,
                "prompt": order.prompts[request.number],
                "seed": image_seed(seed, request.number),
                "steps": draw.steps,
                "guidance": draw.guidance,
                "scheduler": draw.scheduler,
            }
            if request.source is not None and photographs is not None:
                made |= {"source": photographs.ids[request.source], "strength": draw.strength}
            written.append(writers.submit(pool.write_image, files[request], pixels, made))
            progress(1)
    for future in written:
        future.result()

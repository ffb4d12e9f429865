"""Drawing a pool: requests -> pictures, in batches that are fixed by request number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from kilnmix.common.errors import UserError
from kilnmix.common.seeds import derive
from kilnmix.config import GeneratorSettings
from kilnmix.generator.base import device
from kilnmix.generator.cache import Cache
from kilnmix.generator.drawing.artist import Artist
from kilnmix.generator.drawing.sampling import Start
from kilnmix.generator.order import Request, image_seed
from kilnmix.generator.text import TextStates


@dataclass(frozen=True)
class Shard:
    """A part of a pool's batches: the `number`-th of `count`, from 1."""

    number: int = 1
    count: int = 1

    def draws(self, batch: int) -> bool:
        """Whether the batch of this index, from 0, is its own."""
        return batch % self.count == self.number - 1


def parse_shard(text: str) -> Shard:
    """`2/8` -> the second of eight.

    Raises:
        UserError: the text has another form, or numbers out of range.
    """
    number, slash, count = text.partition("/")
    small = all(part.isdecimal() and len(part) < 7 for part in (number, count))
    if not slash or not small or not 1 <= int(number) <= int(count):
        raise UserError(f"--shard takes a part and their number, such as 2/8, not {text!r}.")
    return Shard(int(number), int(count))


# Nine parameters: what a pool is drawn from, each needed in every batch.
def draw_pool(
    pipeline: Any,
    requests: Sequence[Request],
    states: TextStates,
    prompt_rows: Sequence[int],
    settings: GeneratorSettings,
    seed: int,
    done: Callable[[Request], bool],
    shard: Shard | None = None,
    photographs: Cache | None = None,
) -> Iterator[tuple[Request, np.ndarray]]:
    """Draws the pool batch by batch; a batch of which every image is `done` is passed over.

    Each image follows from its own seed; which others are in its batch changes the last bits at most (a value of 255
    by 1, where a library computes another batch size in another order). Shards draw whole batches, so the bytes of a
    pool are the same with any number of them. A last batch that is not full is filled up with its last request where
    the base is compiled, for one shape.

    Args:
        pipeline: with the adapter in it, which is merged into its weights.
        states: row 0 of the empty or the negative caption; prompt_rows: for every request the row of its caption.
        seed: of this pool.
        done: whether a request's image lies on disk already.
        photographs: latents of the training photographs, for requests that begin from one.

    Yields:
        (request, (size, size, 3) uint8) for every image that was missing.
    """
    # Nine arguments: what is drawn, with what, and which of it.
    draw = settings.draw
    artist = Artist(pipeline, settings, device())
    for start in range(0, len(requests), draw.batch):
        batch = requests[start : start + draw.batch]
        if not (shard or Shard()).draws(start // draw.batch) or all(done(request) for request in batch):
            continue
        width = draw.batch if artist.compiled else len(batch)
        places = [min(start + place, start + len(batch) - 1) for place in range(width)]
        drawn: dict[int, np.ndarray] = {}
        # Images from photographs and from noise alone take different numbers of steps.
        for begins in (False, True):
            own = [place for place in places if (requests[place].source is not None) == begins]
            if own:
                seeds = [image_seed(seed, requests[place].number) for place in own]
                begun = _start([requests[place] for place in own], photographs, draw.strength, seed) if begins else None
                conditional = states.rows([prompt_rows[place] for place in own])
                images = artist.pictures(conditional, states.rows([0]), seeds, begun).numpy()
                drawn |= dict(zip(own, images, strict=True))
        for place, request in enumerate(batch, start):
            if not done(request):
                yield request, drawn[place]


def _start(requests: Sequence[Request], photographs: Cache | None, strength: float, seed: int) -> Start:
    """The photographs' latents, each mirrored or not as its request's seed says."""
    assert photographs is not None
    rows = [request.source or 0 for request in requests]
    mirrored = [derive(seed, "mirror", request.number) % 2 for request in requests]
    return Start(photographs.mean[rows, mirrored].float(), strength) if rows else Start(torch.empty(0), strength)

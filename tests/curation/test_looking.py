"""A pool of two blocks, looked at here and by processes of their own."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kilnmix.collection.prepared import Prepared, Task
from kilnmix.curation import looking
from kilnmix.curation.copies.find import Comparison
from kilnmix.curation.looking import Looker, Seen
from kilnmix.generator.pool import Pool
from tests import composed
from tests.curation.copies.pictures import SIDE, edited, vessel, vessels

COUNT = looking.BLOCK + 6


@pytest.fixture(scope="module")
def looker(tmp_path_factory: pytest.TempPathFactory) -> Looker:
    """Photographs 0 to 23; images are other vessels but the last six, which are copies of photographs."""
    folder = tmp_path_factory.mktemp("pool")
    pictures = vessels(24)
    np.save(folder / "pixels.npy", pictures)
    parts = {0: np.where(np.arange(24) < 18, "train", "test")}
    ids = np.array([f"{row}.jpg" for row in range(24)])
    task = Task("glaze", ("a",), {})
    photographs = Prepared(folder, (task,), ids, np.arange(24), {"glaze": np.zeros(24, int)}, parts, np.full(24, ""))
    (folder / "images").mkdir()
    others = vessels(4, first=100)
    copies = list(edited(vessel(3)).values())[:3] + list(edited(vessel(20)).values())[:3]
    for number in range(COUNT):
        picture = others[number % 4] if number < looking.BLOCK else copies[number - looking.BLOCK]
        Image.fromarray(picture).save(folder / "images" / f"{number:04d}.png")
    names = tuple(f"{number:04d}" for number in range(COUNT))
    pool = Pool(folder, names, np.zeros((COUNT, 1), int), ("",) * COUNT, (0,) * COUNT)
    copied = composed.settings().curation.copies
    return Looker(Comparison(photographs, 0, copied), pool, SIDE)


def looked(looker: Looker, processes: int) -> tuple[list[Seen], list[tuple[int, int]], int]:
    """What was seen, the blocks that were handed on, and the images told of."""
    handed: list[tuple[int, int]] = []
    told: list[int] = []
    seen = looking.look(looker, lambda start, pixels: handed.append((start, len(pixels))), told.append, processes)
    return seen, handed, sum(told)


def same(some: list[Seen], others: list[Seen]) -> bool:
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for one, other in zip(some, others, strict=True)
        for a, b in zip(one, other, strict=True)
        for name in vars(a)
    )


def test_processes_see_what_is_seen_here(looker: Looker) -> None:
    here, handed, told = looked(looker, 0)
    assert handed == [(0, looking.BLOCK), (looking.BLOCK, 6)] and told == COUNT
    copies = here[1].copies
    assert copies.memorised.tolist() == [True] * 3 + [False] * 3
    assert copies.leaked.tolist() == [False] * 3 + [True] * 3
    assert copies.nearest[:3].tolist() == [3] * 3 and copies.held_out[3:].tolist() == [20] * 3
    assert not here[0].copies.memorised.any()
    there, handed_there, told_there = looked(looker, 2)
    assert handed_there == handed and told_there == told
    assert same(here, there)


def test_where_a_process_is_killed_the_rest_is_looked_at_here(looker: Looker) -> None:
    here, handed, _ = looked(looker, 0)
    seen: list[tuple[int, int]] = []

    def meanwhile(start: int, pixels: np.ndarray) -> None:
        seen.append((start, len(pixels)))
        for child in children():
            with contextlib.suppress(ProcessLookupError):  # one that was killed before may still be listed
                os.kill(child, signal.SIGKILL)

    assert same(here, looking.look(looker, meanwhile, lambda count: None, 1))
    assert seen == handed


def test_where_it_goes_wrong_here_the_rest_is_not_looked_at(looker: Looker) -> None:
    told: list[int] = []
    ids = looker.pool.ids * 12
    many = looker._replace(pool=dataclasses.replace(looker.pool, ids=ids, sources=()))

    def meanwhile(start: int, pixels: np.ndarray) -> None:
        raise ValueError("what the judges cannot read")

    with pytest.raises(ValueError, match="cannot read"):
        looking.look(many, meanwhile, told.append, 1)
    assert sum(told) < len(ids) / 2


def children() -> list[int]:
    """Processes that this one started to look."""
    own = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    commands: dict[int, bytes] = {}
    for child in own:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            commands[int(child)] = Path(f"/proc/{child}/cmdline").read_bytes()
    return [child for child, command in commands.items() if b"spawn_main" in command]

"""Damaged and odd inputs of every kind: a sentence, or success that can be right; no traceback, no hang, no change.

`make faults` tries KILNMIX_INPUTS of them, by a corpus of spoiled files and by hypothesis; `make test` a handful.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kilnmix.common.errors import UserError
from kilnmix.common.seeds import rng
from tests.collection.test_malformed import spoil
from tests.faults.inputs import Kind, kinds

INPUTS = int(os.environ.get("KILNMIX_INPUTS", "60"))
SECONDS = 120
"""After which an input counts as a hang, on a machine that others use as well."""
ODD = [
    b"", b"\n", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"{}", b"[]", b"null", b"1", b'"', b"[" * 50_000, b'{"a":' * 9_000,
    b"a,b\n1\n", b"PK\x03\x04", b"PAR1", b"\x08\x00\x00\x00\x00\x00\x00\x00{}", b"\xff" * 8 + b"{}", b"\x89PNG\r\n",
    "﻿图片,年代\n甲.png,明\n".encode("gb18030"), "a: 参数\n".encode("gbk"), b"a: &a [*a]", b"a: !!python/object:x {}",
    b"a: 2026-13-45", b"- - -", b"\r\r\r", b"=1+1,@x\n-2,+3\n", "\u202e\u200b".encode(), b"NaN", b"1e999", b"-",
    b'{"a": NaN, "a": Infinity}', b"a: b: c", b"\t", b"0/0/000003.png", b"0/0/3", b"<html><table><tr><td>a",
]  # fmt: skip
"""Contents for every kind of file."""


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Kind]:
    return kinds(tmp_path_factory.mktemp("inputs"))


NAMES = [
    "table", "retrieved table", "picture", "predicted picture", "settings", "conf", "vetoes", "vocabulary", "rules",
    "model card", "model weights", "sets", "backbone", "answers", "kept predictions", "prepared", "folds", "tasks",
    "data card", "given pool",
]  # fmt: skip


class HangError(BaseException):
    """An input was not done with in time."""


@contextlib.contextmanager
def limited() -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise HangError(f"more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tried(kind: Kind, content: bytes, folder: Path) -> str:
    """What came of an input: `read` or `refused`; anything else is raised."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = folder / kind.name
    path.write_bytes(content)
    before = digest(path)
    with limited(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            kind.read(folder)
            outcome = "read"
        except UserError as error:
            said = str(error)
            assert said.strip() and "Traceback" not in said
            assert said.encode("utf-8", "surrogateescape")
            outcome = "refused"
    assert digest(path) == before, "the input was changed"
    return outcome


def share(kind: Kind, all_kinds: dict[str, Kind]) -> int:
    return max(2, round(INPUTS * kind.share / sum(each.share for each in all_kinds.values())))


def spoiled(kind: Kind, name: str, number: int) -> bytes:
    """An input of the corpus: odd contents first, then sound ones that were spoiled once or twice."""
    random = rng(1, "input", name, number)
    if random.random() < 0.15:
        return ODD[int(random.integers(len(ODD)))]
    content = spoil(kind.sound[number % len(kind.sound)], random)
    return spoil(content, random) if content and random.random() < 0.3 else content


@pytest.mark.parametrize("name", NAMES)
def test_what_is_sound_is_read(known: dict[str, Kind], tmp_path: Path, name: str) -> None:
    for content in known[name].sound[: None if INPUTS >= 1000 else 1]:
        assert tried(known[name], content, tmp_path / "input") == "read"


@pytest.mark.parametrize("name", NAMES)
def test_spoiled_inputs(known: dict[str, Kind], tmp_path: Path, name: str) -> None:
    assert list(known) == NAMES
    kind, counts = known[name], {"read": 0, "refused": 0}
    for number in range(share(kind, known) // 2 + 1):
        content = spoiled(kind, name, number)
        try:
            counts[tried(kind, content, tmp_path / "input")] += 1
        except (Exception, HangError) as error:
            kept = tmp_path / f"{number}-{kind.name}"
            kept.write_bytes(content)
            raise AssertionError(f"{name}, input {number} ({kept}): {type(error).__name__}: {error}") from error
    _tell(name, "corpus", counts)


@pytest.mark.parametrize("name", NAMES)
def test_inputs_by_hypothesis(known: dict[str, Kind], tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    kind, counts = known[name], {"read": 0, "refused": 0}
    folder = tmp_path_factory.mktemp("hypothesis") / "input"
    text = st.text(st.characters(codec="utf-8"), max_size=12).map(str.encode)
    piece = st.one_of(text, st.binary(max_size=12), st.sampled_from(ODD))
    edit = st.tuples(st.floats(0, 1), st.floats(0, 0.2), piece)

    @settings(
        max_examples=share(kind, known) // 2 + 1, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(base=st.sampled_from(range(len(kind.sound))), edits=st.lists(edit, min_size=1, max_size=4))
    def attempt(base: int, edits: list[tuple[float, float, bytes]]) -> None:
        content = kind.sound[base]
        for start, length, new in edits:
            place = int(start * len(content))
            content = content[:place] + new + content[place + int(length * len(content)) :]
        counts[tried(kind, content, folder)] += 1

    attempt()
    _tell(name, "hypothesis", counts)


def _tell(name: str, way: str, counts: dict[str, int]) -> None:
    """A line for the file that KILNMIX_INPUTS_TABLE names."""
    if "KILNMIX_INPUTS_TABLE" in os.environ:
        with Path(os.environ["KILNMIX_INPUTS_TABLE"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": name, "way": way, **counts}) + "\n")


def test_the_corpus_is_the_same_every_time(known: dict[str, Kind]) -> None:
    first = [spoiled(known["table"], "table", number) for number in range(5)]
    assert first == [spoiled(known["table"], "table", number) for number in range(5)]
    assert len(set(first)) > 1
    assert np.prod([len(kind.sound) for kind in known.values()]) > 0

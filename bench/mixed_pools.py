"""A pool in which every kind of fault is mixed with good images, on the demo with known truth: what curation finds.

Good images are fresh renders of what their labels say (`oracle`). Among them are renders of something else in all four
tasks (`wrong-label`), edited copies of training and of test photographs, and blurred, empty and doubled renders. Faults
of an image by itself are rejected here (`curation.quality.reject`), other settings are the demo's. It needs the demo
up to its judges: `dvc repro judge`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from bench.copies import EDITS
from bench.rows import Row, missing
from kilnmix.collection import prepared as collection
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common import seeds
from kilnmix.common.paths import PREPARED, output
from kilnmix.config import Params, load
from kilnmix.curation.curate import Curation, curate
from kilnmix.curation.fidelity import wilson
from kilnmix.curation.judges import Judges
from kilnmix.curation.observation import observe
from kilnmix.demo import domain
from kilnmix.demo.collection import oracle, wrong_label
from kilnmix.demo.domain import Labels
from kilnmix.demo.render import photograph
from kilnmix.generator.pool import Pool

GOOD, BAD = 150, 60
KEPT, CAUGHT = ">= 0.9", ">= 0.98"
REJECTED = ("blurred", "empty", "doubled")
COPIED = ("flip", "crop to 80 %", "jpeg 40", "brightness +-30 %")


def measure() -> Iterator[Row]:
    if not (PREPARED / "tasks.json").exists() or not output("judge", 0).exists():
        yield missing("mixed.oracle.kept", "share", KEPT, "there are no judges here: `dvc repro judge`")
        return
    params, photographs = load(), collection.load(PREPARED)
    asked, kinds, pictures = mixture(params, photographs)
    with tempfile.TemporaryDirectory() as scratch:
        pool = written(Path(scratch), asked, pictures)
        quality = params.curation.quality.model_copy(update={"reject": REJECTED})
        settings = params.curation.model_copy(update={"quality": quality})
        judges = Judges.load(output("judge", 0))
        observed = observe(settings, photographs, 0, pool, judges, params.seed, lambda count: None)
        found = curate(settings, photographs, pool, observed, frozenset())
    yield from rows(found, np.array(kinds))


def rows(found: Curation, kinds: np.ndarray) -> Iterator[Row]:
    """Shares of the images of each kind, with 95 % intervals over images (Wilson)."""
    status = np.array(found.table.status)
    asked, masked = found.table.asked != MISSING, found.table.masked
    yield _share("mixed.oracle.kept", status[kinds == "oracle"] == "accepted", KEPT)
    yield _share("mixed.oracle.labels masked", masked[kinds == "oracle"][asked[kinds == "oracle"]], "")
    wrong = kinds == "wrong-label"
    yield _share(
        "mixed.wrong-label.some label masked or rejected",
        (masked[wrong].any(axis=1)) | (status[wrong] != "accepted"),
        "",
    )
    yield _share("mixed.wrong-label.labels masked", masked[wrong][asked[wrong]], "")
    for column, (task, judgement) in enumerate(found.judgements.items()):
        yield Row(f"mixed.wrong-label.{task}.skill", judgement.skill, "above chance")
        yield _share(f"mixed.wrong-label.{task} masked", masked[wrong, column][asked[wrong, column]], "")
    for kind, reason in (("memorised", "memorised"), ("leaked", "leaked")):
        yield _share(f"mixed.copies.{kind}", status[kinds == kind] == reason, CAUGHT)
    for kind in REJECTED:
        yield _share(f"mixed.{kind}", found.table.faults[kind][kinds == kind], "")
    yield _share("mixed.two in a scene", found.table.faults["doubled"][kinds == "two in a scene"], "")


def _share(name: str, hits: np.ndarray, target: str) -> Row:
    low, high = wilson(int(hits.sum()), len(hits))
    return Row(name, float(hits.mean()), f"share ({low:.3f} to {high:.3f})", target=target, runs=len(hits))


def mixture(params: Params, photographs: Prepared) -> tuple[np.ndarray, list[str], list[np.ndarray]]:
    """Labels asked for (m, T), the kind of each image, and the images, in a shuffled order."""
    rng = seeds.rng(params.seed, "mixed pools")
    train = photographs.members(0, "train")
    complete = train[(photographs.label_matrix[train] != MISSING).all(axis=1)]
    size = photographs.pixels.shape[1]
    drawn: list[tuple[np.ndarray, str]] = []

    def say(count: int) -> tuple[np.ndarray, list[Labels]]:
        matrix = photographs.label_matrix[rng.choice(complete, count)]
        names = [task.name for task in photographs.tasks]
        return matrix, [
            Labels(**{name: photographs.task(name).classes[label] for name, label in zip(names, row, strict=True)})
            for row in matrix.tolist()
        ]

    def render(count: int, kind: str) -> list[np.ndarray]:
        matrix, said = say(count)
        drawn.extend((row, kind) for row in matrix)
        if kind == "wrong-label":
            return list(wrong_label(said, params.seed, size))
        return list(oracle(said, params.seed, size, f"mixed/{kind}"))

    pictures = [*render(GOOD, "oracle"), *render(BAD, "wrong-label")]
    pictures += [cv2.GaussianBlur(one, (0, 0), 2.5) for one in render(BAD, "blurred")]
    pictures += emptied(say(BAD)[1], params.seed, size)
    drawn.extend((row, "empty") for row in say(BAD)[0])
    pictures += [halves(one, other) for one, other in zip(render(BAD, "doubled"), pictures[:BAD], strict=True)]
    pictures += beside(say(BAD)[1], say(BAD)[1], params.seed, size)
    drawn.extend((row, "two in a scene") for row in say(BAD)[0])
    for kind, part in (("memorised", ("train",)), ("leaked", ("val", "test"))):
        members = np.concatenate([photographs.members(0, name) for name in part])  # type: ignore[arg-type]
        for place, row in enumerate(rng.choice(members, BAD, replace=False)):
            edit = EDITS[COPIED[place % len(COPIED)]]
            pictures.append(edit(np.asarray(photographs.pixels[row]), rng, pictures[0]))
        drawn.extend((row, kind) for row in say(BAD)[0])
    order = rng.permutation(len(pictures))
    asked = np.stack([labels for labels, _ in drawn])[order]
    return asked, [drawn[place][1] for place in order], [pictures[place] for place in order]


def emptied(labels: Sequence[Labels], seed: int, size: int) -> list[np.ndarray]:
    """The backdrops of photographs whose vessel lies outside of the frame."""
    found = []
    for number, said in enumerate(labels):
        piece = domain.piece_of(said, seed, "mixed/empty", number)
        view = domain.view_for(said, seed, "mixed/empty", number, 0)
        found.append(photograph(piece, replace(view, shift=(9.0, view.shift[1])), size))
    return found


def halves(picture: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Two pictures side by side, each at half its size."""
    side = len(picture)
    halves = [cv2.resize(one, (side // 2, side // 2), interpolation=cv2.INTER_AREA) for one in (picture, other)]
    rim = side // 2 - side // 4
    tops = [cv2.copyMakeBorder(half, rim, side // 2 - rim, 0, 0, cv2.BORDER_REPLICATE) for half in halves]
    return np.ascontiguousarray(np.concatenate(tops, axis=1)[:side, :side])


def beside(labels: Sequence[Labels], others: Sequence[Labels], seed: int, size: int) -> list[np.ndarray]:
    """Two vessels, with their shadows, in one scene: of two photographs by one camera what differs more from the scene
    without a vessel."""
    found = []
    for number, pair in enumerate(zip(labels, others, strict=True)):
        rng = seeds.rng(seed, "mixed/two in a scene", number)
        view = domain.view_for(pair[0], seed, "mixed/two in a scene", number, 0)
        pieces = [
            domain.piece_of(said, seed, f"mixed/two in a scene/{place}", number) for place, said in enumerate(pair)
        ]
        way, zoom = rng.uniform(0.2, 0.26), rng.uniform(0.45, 0.6, 2)
        ground = photograph(pieces[0], replace(view, shift=(9.0, view.shift[1])), size).astype(int)
        shown = [
            photograph(piece, replace(view, zoom=float(near), shift=(float(side * way), view.shift[1])), size)
            for piece, near, side in zip(pieces, zoom, (-1, 1), strict=True)
        ]
        away = [np.abs(one.astype(int) - ground).sum(axis=2) for one in shown]
        found.append(np.where((away[1] > away[0])[..., None], shown[1], shown[0]))
    return found


def written(folder: Path, asked: np.ndarray, pictures: Sequence[np.ndarray]) -> Pool:
    """The pool on disk."""
    (folder / "images").mkdir()
    ids = tuple(f"{number:06d}" for number in range(len(pictures)))
    for name, picture in zip(ids, pictures, strict=True):
        Image.fromarray(picture).save(folder / "images" / f"{name}.png")
    return Pool(folder, ids, asked, ("",) * len(ids), (0,) * len(ids), ("",) * len(ids), (1.0,) * len(ids))

"""The rendered folder: what prepare will find in it."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kilnmix.demo import collection, domain
from kilnmix.demo.domain import TASKS


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collection")
    collection.render_collection(folder, seed=3, objects=40, size=24)
    return folder


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_table_matches_the_pictures(small: Path) -> None:
    rows = table(small)
    assert list(rows[0]) == ["image", "object_id", *TASKS]
    assert {row["image"] for row in rows} == {f"images/{path.name}" for path in (small / "images").iterdir()}
    assert len({row["image"] for row in rows}) == len(rows)
    known = {task: {getattr(labels, task) for labels in domain.joint()} | {""} for task in TASKS}
    assert all(row[task] in known[task] for row in rows for task in TASKS)


def test_views_of_an_object_share_labels_and_differ_in_pixels(small: Path) -> None:
    objects: dict[str, list[dict[str, str]]] = {}
    for row in table(small):
        if row["object_id"]:
            objects.setdefault(row["object_id"], []).append(row)
    assert len(objects) == 40
    several = [views for views in objects.values() if len(views) > 1]
    assert 5 <= len(several) <= 22
    for views in several:
        assert len({tuple(row[task] for task in TASKS) for row in views}) == 1
        pixels = [np.asarray(Image.open(small / row["image"])) for row in views]
        assert (pixels[0] != pixels[1]).any()


def test_there_are_exact_and_near_duplicates_without_an_object(small: Path) -> None:
    content = Counter((small / row["image"]).read_bytes() for row in table(small))
    assert sum(count - 1 for count in content.values()) == collection.EXACT
    assert sum(not row["object_id"] for row in table(small)) == collection.EXACT + collection.NEAR


def test_a_tenth_of_the_labels_is_missing() -> None:
    labels = collection.draw_objects(0, 400)
    assert len(labels) == 400
    rows = 0
    for number in range(400):
        rng = collection.seeds.rng(0, "demo/row", number)
        rows += sum(rng.random() < collection.MISSING for _ in TASKS)
    assert rows / 1600 == pytest.approx(0.1, abs=0.025)


def test_rendering_again_gives_the_same_bytes(small: Path, tmp_path: Path) -> None:
    collection.render_collection(tmp_path, seed=3, objects=40, size=24)
    assert (tmp_path / "labels.csv").read_bytes() == (small / "labels.csv").read_bytes()
    for path in (small / "images").iterdir():
        assert (tmp_path / "images" / path.name).read_bytes() == path.read_bytes()


def test_the_oracle_is_fresh_and_the_wrong_label_shows_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    said = domain.draw_labels(np.random.default_rng(0), 12)
    images = list(collection.oracle(said, seed=1, size=16))
    assert len(images) == 12 and images[0].shape == (16, 16, 3)
    assert (list(collection.oracle(said, seed=1, size=16))[5] == images[5]).all()
    shown = []
    real = collection.shot

    def spy(labels: domain.Labels, *args: object, **options: object) -> np.ndarray:
        shown.append(labels)
        return real(labels, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(collection, "shot", spy)
    list(collection.wrong_label(said, seed=1, size=16))
    for one, other in zip(said, shown, strict=True):
        assert all(getattr(one, task) != getattr(other, task) for task in TASKS)

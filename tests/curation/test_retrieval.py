"""Other photographs as a pool: labels in the collection's classes, and nothing that the collection holds too."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from kilnmix.collection import pipeline, prepared
from kilnmix.collection.prepared import Prepared
from kilnmix.common.errors import UserError
from kilnmix.config import Arm, CollectionSettings
from kilnmix.curation import accepted
from kilnmix.curation.retrieval import LEFT_OUT, Retrieved, retrieve
from tests import composed
from tests.collection.conftest import REPOSITORY, draw, picture


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> CollectionSettings:
    folder = tmp_path_factory.mktemp("collection") / "data"
    draw(folder, objects=30)
    vocabulary = REPOSITORY / "conf" / "vocabulary.yaml"
    changed = {"folder": folder, "tasks": ("dynasty", "type"), "vocabulary": vocabulary, "size": 32}
    return composed.settings("collection=default").collection.model_copy(update=changed)


@pytest.fixture(scope="module")
def ours(settings: CollectionSettings) -> Prepared:
    out = settings.folder.parent / "prepared"
    out.mkdir()
    pipeline.prepare(settings, 1, 0, out, out)
    return prepared.load(out)


@pytest.fixture
def others(
    settings: CollectionSettings, ours: Prepared, tmp_path: Path
) -> Callable[[Sequence[tuple[Image.Image, str, str]]], Retrieved]:
    def make(rows: Sequence[tuple[Image.Image, str, str]]) -> Retrieved:
        source = tmp_path / "others"
        source.mkdir(exist_ok=True)
        lines = [["image", "dynasty", "type"]]
        for number, (drawn, dynasty, kind) in enumerate(rows):
            drawn.save(source / f"{number}.png")
            lines.append([f"{number}.png", dynasty, kind])
        with (source / "labels.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(lines)
        return retrieve(source, source / "labels.csv", settings, ours, tmp_path / "retrieved")

    return make


def left_out(found: Retrieved) -> dict[str, str]:
    with (found.folder / LEFT_OUT).open(encoding="utf-8", newline="") as file:
        return {row["image"]: row["reason"] for row in csv.DictReader(file)}


def test_labels_are_those_of_the_collection(others: Callable[..., Retrieved], ours: Prepared) -> None:
    found = others([(picture(5001), "Ming", "碗"), (picture(5002), "", "jar"), (picture(5003), "Tang", "jar")])
    pool = accepted.load(found.folder, ours.tasks)
    # The collection has song, ming, qing and bowl, jar; Tang is none of its classes.
    assert pool.asked.tolist() == pool.kept.tolist() == [[1, 0], [-1, 1], [-1, 1]]
    assert pool.ids == ("0.png", "1.png", "2.png")
    pixels = np.load(pool.pixels)
    wanted = picture(5001).resize((32, 32), Image.Resampling.LANCZOS)
    assert pixels.shape == (3, 32, 32, 3)
    assert np.abs(pixels[0].astype(int) - np.asarray(wanted)).max() <= 3


def test_what_the_collection_holds_is_left_out(
    others: Callable[..., Retrieved], settings: CollectionSettings, ours: Prepared
) -> None:
    tested = ours.ids[ours.members(0, "test")[0]]
    trained = ours.ids[ours.members(0, "train")[0]]
    leak = ImageOps.mirror(Image.open(settings.folder / tested)).point(lambda value: min(255, value + 12))
    again = Image.open(settings.folder / trained)
    found = others(
        [
            (leak, "Song", "bowl"),
            (again, "Song", "bowl"),
            (picture(6001), "Song", "bowl"),
            (picture(6001), "Song", "bowl"),
            (picture(6002), "Tang", ""),
        ]
    )
    assert left_out(found) == {
        "0.png": "in-the-collection",
        "1.png": "in-the-collection",
        "3.png": "twice",
        "4.png": "no-label",
    }
    assert (found.kept, found.left_out["in-the-collection"]) == (1, 2)


def test_the_folder_is_named_by_what_it_holds(others: Callable[..., Retrieved]) -> None:
    first = others([(picture(7001), "Song", "bowl")])
    again = others([(picture(7001), "Song", "bowl")])
    relabelled = others([(picture(7001), "Ming", "bowl")])
    assert first.folder == again.folder != relabelled.folder
    assert first.folder.exists() and relabelled.folder.exists()


def test_the_arm_that_is_proposed_is_one(others: Callable[..., Retrieved]) -> None:
    import yaml

    found = others([(picture(7001), "Song", "bowl")])
    ((name, values),) = yaml.safe_load(found.arm(0.1)).items()
    assert (name, Arm(**values).pool) == ("retrieved-90-10", found.folder)


def test_nothing_left_is_said(others: Callable[..., Retrieved]) -> None:
    with pytest.raises(UserError, match="no-label 1"):
        others([(picture(8001), "Tang", "")])


def test_a_table_without_a_task_is_said(settings: CollectionSettings, ours: Prepared, tmp_path: Path) -> None:
    source = tmp_path / "others"
    source.mkdir()
    picture(1).save(source / "a.png")
    (source / "labels.csv").write_text("image,colour\na.png,red\n", encoding="utf-8")
    with pytest.raises(UserError, match="no column for any of dynasty, type"):
        retrieve(source, source / "labels.csv", settings, ours, tmp_path / "retrieved")
    with pytest.raises(UserError, match="no folder"):
        retrieve(tmp_path / "nowhere", source / "labels.csv", settings, ours, tmp_path / "retrieved")

"""What an answer rests on, saved as a folder, for a real network on the shapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kilnmix.classifier.answers import Answer
from kilnmix.classifier.explanation import Explanations, Neighbours, heat_maps, said
from kilnmix.classifier.predict_files import Predictor
from kilnmix.classifier.reference import Reference
from kilnmix.collection.prepared import Prepared
from kilnmix.common.errors import UserError
from tests.classifier.conftest import SIDE


class Colours:
    """Reads the mean colour of a picture's middle; its features are every fourth pixel."""

    size, fit, classes = SIDE, "pad", {"colour": ("red", "green", "blue")}

    def apply(self, pixels: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        middle = pixels[:, 8:16, 8:16].mean(axis=(1, 2)).astype(np.float32)
        return {"colour": middle / middle.sum(axis=1, keepdims=True)}, pixels[:, ::4, ::4].reshape(len(pixels), -1)


@pytest.fixture
def predictor(shapes: Prepared) -> Predictor:
    features = Colours().apply(shapes.pixels)[1]
    return Predictor(Colours(), {}, Reference.of(features, shapes.objects, shapes.ids.tolist()))


def test_red_is_where_the_answer_comes_from(shapes: Prepared, predictor: Predictor) -> None:
    square = np.full((SIDE, SIDE, 3), 120, np.uint8)
    square[8:16, 8:16] = (220, 30, 30)
    (seen,) = predictor.look(["a"], square[None], 1)
    drawn = heat_maps(predictor, seen)["colour"]
    assert drawn[12, 12, 0] > drawn[12, 12, 2] + 30
    assert abs(int(drawn[0, 0, 0]) - int(drawn[0, 0, 2])) < 30


def test_neighbours_are_shown_with_their_labels(shapes: Prepared, predictor: Predictor, tmp_path: Path) -> None:
    row = 4
    (seen,) = predictor.look(["a"], shapes.pixels[row : row + 1], 1)
    near = Neighbours(predictor, shapes.folder).of(seen, 3)
    assert near[0].name == f"p{row:02}"
    assert {neighbour.labels["colour"] for neighbour in near} == {"green"}
    assert all(neighbour.picture.startswith("data:image/webp") for neighbour in near)
    # Elsewhere than in the project there are names alone.
    assert [(n.name, n.labels, n.picture) for n in Neighbours(predictor, tmp_path).of(seen, 1)] == [("p04", {}, "")]


def test_a_folder_of_explanations(shapes: Prepared, predictor: Predictor, tmp_path: Path) -> None:
    folder = tmp_path / "why"
    explanations = Explanations(predictor, folder)
    for seen in predictor.look(["a/b.jpg", "<i>.png"], shapes.pixels[:2], 1):
        explanations.add(seen)
    page = explanations.close().read_text(encoding="utf-8")
    assert sorted(path.name for path in folder.iterdir()) == [
        "001-b-colour.jpg",
        "001-b.jpg",
        "002-_i_-colour.jpg",
        "002-_i_.jpg",
        "index.html",
    ]
    assert "&lt;i&gt;.png" in page
    assert "<i>.png" not in page
    with Image.open(folder / "001-b-colour.jpg") as image:
        assert image.size == (SIDE, SIDE)
    with pytest.raises(UserError, match="not empty"):
        Explanations(predictor, folder)


def test_pictures_that_could_not_be_read_are_counted(shapes: Prepared, predictor: Predictor, tmp_path: Path) -> None:
    explanations = Explanations(predictor, tmp_path / "why")
    for seen in predictor.look(["a.jpg", "b.jpg"], shapes.pixels[:2], 1):
        explanations.add(seen)
    assert "could not be read" not in explanations.close().read_text(encoding="utf-8")
    explanations.unread("<c>.jpg", "the file is empty")
    page = explanations.close().read_text(encoding="utf-8")
    assert "1 of 3 pictures could not be read" in page
    assert "<li>&lt;c&gt;.jpg: the file is empty</li>" in page


def test_an_unsure_answer_names_the_others() -> None:
    given = Answer("a", {"glaze": [("celadon", 0.5)], "type": [("jar", 0.9)]}, {"glaze": ["celadon", "white"]})
    assert (said(given, "glaze"), said(given, "type")) == ("celadon 0.50, not sure: or white", "jar 0.90")

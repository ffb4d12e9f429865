"""The data card on the page, and pictures in it."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
from PIL import Image

from kilnmix.report import card, gallery, pictures
from kilnmix.report.inputs import Study
from kilnmix.report.language import wording
from kilnmix.report.naming import Names

T = wording("en")
PARTS = {"train": 10, "val": 3, "test": 7}
CARD = {
    "schema": 1,
    "rows": 30,
    "kept": 28,
    "objects": 20,
    "rejected": {"exact-duplicate": 2},
    "labels": {"glaze": {"labelled": 25, "labelled_objects": 18, "missing": 3}},
    "classes": {"glaze": {"celadon": {"photographs": 25, "objects": 20, "folds": {"0": PARTS}}}},
    "associations": [
        {"task": "glaze", "with": "type", "cramers_v": 0.1, "told": 0.3, "base": 0.2},
        {"task": "glaze", "with": "kiln", "cramers_v": 0.68, "told": 0.6, "base": 0.35},
    ],
    "warnings": ["glaze and kiln go together"],
    "new_figure": {"of": 3},
}


def test_a_card_of_the_known_form_is_laid_out(study: Study) -> None:
    shown = card.section(replace(study, card=CARD), Names(study, T), T)
    assert shown["facts"][:3] == [("Photographs kept", "28"), ("Objects", "20"), ("Rows of the label table", "30")]
    assert ("Left out: same file twice", "2") in shown["facts"]
    assert shown["warnings"] == ["glaze and kiln go together"]
    labels, associations, classes = (entry["table"] for entry in shown["tables"])
    assert [str(cell.text) for cell in labels.rows[0]] == ["Glaze", "25", "18", "3"]
    assert [str(row[0].text) for row in associations.rows] == ["Glaze, kiln", "Glaze, type"]
    assert [str(cell.text) for cell in classes.rows[0]] == ["celadon", "25", "20", "10", "3", "7"]
    assert classes.rows[0][0].second == "青釉"
    assert shown["rest"] == [("new figure.of", "3")]


def test_with_several_folds_the_parts_are_left_out(study: Study) -> None:
    folds = {"glaze": {"celadon": {"photographs": 5, "objects": 4, "folds": {"0": PARTS, "1": PARTS}}}}
    shown = card.section(replace(study, card={"classes": folds}), Names(study, T), T)
    assert [str(cell.text) for cell in shown["tables"][0]["table"].rows[0]] == ["celadon", "5", "4"]


def test_a_card_of_another_form_is_shown_as_it_stands(study: Study) -> None:
    odd = {"labels": [1, 2], "classes": "many", "warnings": None, "duplicates": 3, "x": {"y": [1.5, "a"]}}
    shown = card.section(replace(study, card=odd), Names(study, T), T)
    assert shown["rest"] == [("x.y", "1.5, a")]
    assert not card.section(replace(study, card={}), Names(study, T), T)["known"]


def test_thumbnails_are_small_and_keep_their_form() -> None:
    pixels = np.zeros((300, 150, 3), np.uint8)
    pixels[:, :, 0] = 200
    uri = pictures.data_uri(pixels)
    head, data = uri.split(",")
    assert head == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.size == (64, 128)
        red = np.asarray(picture.convert("RGB")).mean((0, 1))
    assert abs(red[0] - 200) < 6
    assert red[1] < 6


def test_examples_are_accepted_images_of_the_classes_that_moved(study: Study) -> None:
    wanted = [study.samples[7].labels["glaze"], study.samples[1].labels["glaze"]]
    found = gallery.examples(study.samples, "glaze", wanted, Names(study, T), T)
    captions = [example["caption"] for example in found]
    assert all(captions.count(caption) <= gallery.OF_ONE_CLASS for caption in captions)
    assert all(example["status"] == "" for example in found)
    # Sample 7 was rejected as a copy, so that its class is shown by others, if at all.
    assert not any(example["pixels"] is study.samples[7].pixels for example in found)
    assert any(example["pixels"] is study.samples[1].pixels for example in found)

from collections.abc import Sequence

import numpy as np

from kilnmix.curation.copies.sketches import Sketches
from kilnmix.curation.copies.structure import small, structure
from tests.curation.copies.pictures import edited, vessels

PICTURES = vessels(12)


def drawn(pictures: Sequence[np.ndarray]) -> Sketches:
    return Sketches.draw(structure(small(picture)) for picture in pictures)


def test_the_original_of_every_edit_is_the_most_similar() -> None:
    sketches = drawn(list(PICTURES))
    assert sketches.values.shape == (12, 26, 128)
    edits = edited(PICTURES[7])
    found = sketches.candidates([structure(small(picture)) for picture in edits.values()], 3, 0.0)
    assert {name: each[0].row for name, each in zip(edits, found, strict=True)} == dict.fromkeys(edits, 7)
    turned = {name: each[0].flipped for name, each in zip(edits, found, strict=True)}
    assert turned["flip"] and turned["flip and crop"]
    assert not turned["crop"] and not turned["jpeg"]


def test_one_by_one_and_together_alike_and_the_least_similar_left_out() -> None:
    sketches = drawn(list(PICTURES))
    structures = [structure(small(picture)) for picture in PICTURES[:3]]
    together = sketches.candidates(structures, 2, 0.98)
    assert [[each.row for each in found] for found in together] == [[0], [1], [2]]
    alone, mirrored = sketches.ways(structures[1], 1)
    assert alone.similarity > 0.999 > mirrored.similarity and (alone.flipped, mirrored.flipped) == (False, True)
    np.testing.assert_allclose(alone.place, [[1, 0, 0], [0, 1, 0]], atol=1e-9)
    assert Sketches.draw([]).values.shape == (0, 26, 128)


def test_an_image_as_it_is_and_in_a_mirror_are_two_candidates() -> None:
    even = (PICTURES[0] // 2 + PICTURES[0][:, ::-1] // 2).astype(np.uint8)
    sketches = drawn([*PICTURES[:3], even])
    (found,) = sketches.candidates([structure(small(even))], 3, 0.0)
    assert [(each.row, each.flipped) for each in found[:2]] in ([(3, False), (3, True)], [(3, True), (3, False)])
    assert found[2].row != 3

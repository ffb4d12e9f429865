import numpy as np

from kilnmix.curation.copies.structure import mirrored, small, structure
from tests.curation.copies.pictures import vessel


def test_an_upright_edge_has_a_strength_and_a_direction() -> None:
    picture = np.zeros((96, 96, 3), np.float32)
    picture[:, 48:] = 200
    found = structure(picture)[48, 47]
    # Across alone: strength s, doubled angle 0, so that cosine is s and sine 0.
    assert found[0] > 1
    np.testing.assert_allclose(found[1:], [found[0], 0], atol=1e-3)
    lying = structure(np.ascontiguousarray(picture.transpose(1, 0, 2)))[47, 48]
    np.testing.assert_allclose(lying[1:], [-lying[0], 0], atol=1e-3)


def test_swapped_colours_change_nothing_and_a_mirror_turns_the_sine() -> None:
    picture = small(vessel(1))
    found = structure(picture)
    np.testing.assert_allclose(structure(np.ascontiguousarray(picture[..., ::-1])), found, atol=1e-4)
    turned = structure(np.ascontiguousarray(picture[:, ::-1]))
    np.testing.assert_allclose(mirrored(found)[5:-5, 5:-5], turned[5:-5, 5:-5], atol=1e-3)


def test_pictures_of_any_side_are_brought_to_one() -> None:
    assert small(np.full((50, 50, 3), 9, np.uint8)).shape == small(np.full((512, 512, 3), 9, np.uint8)).shape
    assert np.isfinite(structure(small(np.full((50, 50, 3), 9, np.uint8)))).all()

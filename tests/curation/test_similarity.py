import numpy as np

from kilnmix.curation import similarity

RNG = np.random.default_rng(5)
PICTURES = RNG.integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)


def test_similarity_is_the_correlation_of_the_small_pictures() -> None:
    one, two = similarity.descriptors(PICTURES[:2])
    small = PICTURES[:2].reshape(2, 16, 2, 16, 2, 3).mean(axis=(2, 4)).reshape(2, -1)
    np.testing.assert_allclose(one @ two, np.corrcoef(small)[0, 1], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(one), 1, atol=1e-5)


def test_brightness_and_contrast_do_not_matter() -> None:
    darker = (PICTURES[:1].astype(float) * 0.5 + 20).round().astype(np.uint8)
    (one,), (two,) = similarity.descriptors(PICTURES[:1]), similarity.descriptors(darker)
    assert one @ two > 0.999


def test_sides_that_sixteen_does_not_divide() -> None:
    flat = np.full((1, 50, 50, 3), 7, np.uint8)
    flat[:, :, 25:] = 200
    assert np.isfinite(similarity.descriptors(flat)).all()


def test_pictures_are_described_alike_in_blocks_and_one_by_one() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (130, 20, 20, 3), np.uint8)
    single = np.concatenate([similarity.descriptors(picture[None]) for picture in pixels])
    assert (similarity.descriptors(pixels) == single).all()
    assert similarity.descriptors(pixels[:0]).shape == (0, 768)

import numpy as np

from kilnmix.curation import copies, similarity

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


def test_a_copy_and_a_mirrored_copy_are_found_and_a_new_picture_is_not() -> None:
    train, new = PICTURES[:4], PICTURES[4:5]
    images = np.concatenate([train[2:3], similarity.mirrored(train[1:2]), new])
    found = copies.find(images, train, np.arange(4), PICTURES[5:], 0.99, 0.95)
    assert found.nearest[:2].tolist() == [2, 1]
    assert found.memorised.tolist() == [True, True, False]
    assert found.leaked.tolist() == [False, False, False]


def test_a_held_out_photograph_that_comes_back_is_a_leak() -> None:
    found = copies.find(PICTURES[5:6], PICTURES[:4], np.arange(4), PICTURES[5:], 0.99, 0.95)
    assert found.leaked.tolist() == [True]


def test_objects_that_look_alike_raise_the_threshold() -> None:
    base = PICTURES[0].astype(int)
    alike = np.stack([np.clip(base + RNG.integers(-20, 21, base.shape), 0, 255) for _ in range(5)]).astype(np.uint8)
    found = copies.find(alike[4:], alike[:4], np.arange(4), np.empty((0, 32, 32, 3), np.uint8), 1.0, 0.5)
    assert found.similarity[0] > 0.9
    assert found.thresholds[0] > 0.9
    one_object = copies.find(alike[4:], alike[:4], np.zeros(4), np.empty((0, 32, 32, 3), np.uint8), 1.0, 0.5)
    assert one_object.thresholds[0] == 0.5


def test_pictures_are_described_alike_in_blocks_and_one_by_one() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (130, 20, 20, 3), np.uint8)
    single = np.concatenate([similarity.descriptors(picture[None]) for picture in pixels])
    assert (similarity.descriptors(pixels) == single).all()
    assert similarity.descriptors(pixels[:0]).shape == (0, 768)

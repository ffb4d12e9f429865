import numpy as np

from kilnmix.classifier.data.resize import resized


def test_resizing_down_averages():
    blocks = np.kron(np.array([[0, 100], [200, 40]], np.uint8), np.ones((8, 8), np.uint8))
    pixels = np.repeat(blocks[None, :, :, None], 3, axis=3)
    assert resized(pixels, 2)[0, :, :, 0].tolist() == [[0, 100], [200, 40]]
    np.testing.assert_array_equal(resized(pixels, 16), pixels)
    assert resized(pixels[:0], 2).shape == (0, 2, 2, 3)

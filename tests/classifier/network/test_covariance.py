import numpy as np
import torch

from kilnmix.classifier.network.covariance import Covariance


def test_roots_of_second_moments_by_hand():
    part = Covariance(channels=2, rank=4)
    assert part.width == 3
    # Two places of one picture: (1, 2) and (3, -4). Moments: (1 + 9) / 2, (2 - 12) / 2, (4 + 16) / 2.
    found = part(torch.tensor([[[1.0, 2.0], [3.0, -4.0]]]))
    torch.testing.assert_close(found, torch.tensor([[5**0.5, -(5**0.5), 10**0.5]]))


def test_axes_are_the_principal_ones_strongest_first():
    generator = np.random.default_rng(0)
    turned, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    x = generator.normal(size=(4000, 3)) * [0.1, 3.0, 1.0] @ turned.T + [5.0, -2.0, 1.0]
    part = Covariance(channels=3, rank=2)
    given = torch.from_numpy(x)
    part.fit(len(x), given.sum(0), given.T @ given)
    # numpy's singular vectors of the centred vectors, up to sign.
    _, _, theirs = np.linalg.svd(x - x.mean(0), full_matrices=False)
    np.testing.assert_allclose(abs((part.axes.numpy() * theirs[:2].T).sum(0)), 1, atol=1e-5)
    moments = part(given.float()[None]).numpy()[0]
    variance = (x - x.mean(0)) @ theirs[:2].T
    np.testing.assert_allclose(moments[[0, 2]] ** 2, variance.var(0), rtol=1e-3)
    assert abs(moments[1]) < 0.05


def test_the_direction_of_an_axis_is_settled():
    vectors = torch.from_numpy(np.random.default_rng(1).normal(size=(50, 5)))
    part = Covariance(channels=5, rank=5)
    part.fit(50, vectors.sum(0), vectors.T @ vectors)
    largest = part.axes.gather(0, part.axes.abs().argmax(0, keepdim=True))
    assert (largest > 0).all()

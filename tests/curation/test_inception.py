"""Inception's network with random weights: its pools, its loading, its features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.models import inception as torchvisions

from kilnmix.common.errors import UserError
from kilnmix.curation import inception
from kilnmix.curation.inception import Repooled


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / inception.FILES[0]
    network = torchvisions.inception_v3(weights=None, num_classes=1008, aux_logits=False, init_weights=False)
    torch.save(network.state_dict(), path)
    return path


def test_a_block_pools_as_it_is_told() -> None:
    torch.manual_seed(0)
    block = torchvisions.InceptionA(4, 2).eval()
    x = torch.rand(1, 4, 5, 5)
    found = Repooled(block, lambda given: torch.zeros_like(given))(x)
    assert torch.equal(found[:, :-2], block(x)[:, :-2])
    assert torch.allclose(found[:, -2:], block.branch_pool(torch.zeros_like(x)))


def test_features_are_those_before_the_classes(file: Path) -> None:
    network = inception.load(file)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
    found = inception.features(network, pixels)
    assert found.shape == (2, inception.WIDTH) and found.dtype == np.float32 and np.isfinite(found).all()
    assert inception.features(network, pixels[1:])[0] == pytest.approx(found[1], abs=1e-4)
    assert sum(isinstance(module, Repooled) for module in network.modules()) == 9


def test_features_that_are_not_finite_are_refused() -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(3, inception.WIDTH, 1, stride=inception.SIDE), torch.nn.Flatten())
    pixels = np.zeros((1, 16, 16, 3), np.uint8)
    assert inception.features(network, pixels).shape == (1, inception.WIDTH)
    torch.nn.init.constant_(network[0].bias, torch.inf)
    with pytest.raises(UserError, match="features are not finite"):
        inception.features(network, pixels)


def test_where_weights_are_looked_for(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    assert inception.weights(None) is None
    assert inception.weights(file) == file
    cached = tmp_path / "checkpoints" / inception.FILES[1]
    cached.parent.mkdir()
    cached.touch()
    assert inception.weights(None) == cached
    with pytest.raises(UserError, match="no file"):
        inception.weights(tmp_path / "none.pth")
    # No setting names it, so the sentence says what helps.
    with pytest.raises(UserError, match=f"{cached} cannot be read.* lies in torch's cache. `rm {cached}`"):
        inception.load(cached)
    torch.save({"Conv2d_1a_3x3.conv.weight": torch.zeros(32, 3, 3, 3)}, tmp_path / "half.pth")
    with pytest.raises(UserError, match=r"half\.pth lack .* curation\.inception names it"):
        inception.load(tmp_path / "half.pth")
    state = torch.load(file)
    state["Mixed_7c.branch_pool.bn.running_var"][3] = torch.nan
    torch.save(state, tmp_path / "odd.pth")
    with pytest.raises(UserError, match=r"odd\.pth are damaged: Mixed_7c\.branch_pool\.bn\.running_var is not finite"):
        inception.load(tmp_path / "odd.pth")

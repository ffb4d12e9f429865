import copy

import pytest
import torch
from torch import nn

from kilnmix.classifier.network.backbones import architecture
from kilnmix.classifier.network.depthwise import DepthwiseConvolution, _Convolve, quicken, weight_gradient

SHAPES = [((4, 4), (5, 5)), ((2, 2), (3, 3)), ((2, 3), (3, 5)), ((6, 5), (3, 3))]
FITTING = [
    (side, kernel, padding)
    for side, kernel in SHAPES
    for padding in (0, 1, 2)
    if all(length + 2 * padding >= reach for length, reach in zip(side, kernel, strict=True))
]


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("side", "kernel", "padding"), FITTING)
def test_weights_have_torch_s_gradient(side: tuple[int, int], kernel: tuple[int, int], padding: int, stride: int):
    torch.manual_seed(0)
    x = torch.randn(3, 4, *side, dtype=torch.float64).contiguous(memory_format=torch.channels_last)
    weight = torch.randn(4, 1, *kernel, dtype=torch.float64, requires_grad=True)
    result = nn.functional.conv2d(x, weight, None, stride, padding, 1, 4)
    gradient = torch.randn_like(result)
    (expected,) = torch.autograd.grad(result, weight, gradient)
    found = weight_gradient(x, gradient, kernel, (stride, stride), (padding, padding))
    torch.testing.assert_close(found, expected)


def test_a_gradient_by_hand():
    # One channel, one picture of a single place: the middle weight alone has touched it.
    found = weight_gradient(torch.full((1, 1, 1, 1), 3.0), torch.full((1, 1, 1, 1), 2.0), (3, 3), (1, 1), (1, 1))
    assert found.flatten().tolist() == [0, 0, 0, 0, 6, 0, 0, 0, 0]


def test_a_network_learns_what_it_learnt_before():
    torch.manual_seed(0)
    body = architecture("mobilenet_v3_small").body
    assert sum(type(part) is DepthwiseConvolution for part in body.modules()) == 11
    plain = copy.deepcopy(body)
    for part in plain.modules():
        if type(part) is DepthwiseConvolution:
            part.__class__ = nn.Conv2d
    assert list(plain.state_dict()) == list(body.state_dict())
    x = torch.rand(4, 3, 64, 64).contiguous(memory_format=torch.channels_last)
    steps = []
    for network in (body.train(), plain.train()):
        result = network(x)
        result.square().mean().backward()
        steps.append((result.detach(), [own.grad for own in network.parameters()]))
    torch.testing.assert_close(steps[0][0], steps[1][0], rtol=0, atol=0)
    for own, other in zip(steps[0][1], steps[1][1], strict=True):
        torch.testing.assert_close(own, other, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("bias", [True, False])
def test_only_a_training_on_small_maps_takes_its_own_way(bias: bool, monkeypatch: pytest.MonkeyPatch):
    called: list[tuple[int, ...]] = []
    apply = _Convolve.apply
    monkeypatch.setattr(_Convolve, "apply", lambda *given: (called.append(tuple(given[0].shape)), apply(*given))[1])
    body = nn.Sequential(nn.Conv2d(2, 2, 3, padding=1, groups=2, bias=bias), nn.Conv2d(2, 2, 3, padding=1))
    small, large = torch.ones(1, 2, 2, 2), torch.ones(1, 2, 3, 3)
    expected = body(small)
    quicken(body)
    assert [type(part) for part in body] == [DepthwiseConvolution, nn.Conv2d]
    torch.testing.assert_close(body(small), expected)
    assert called == [(1, 2, 2, 2)]
    body(large)
    with torch.no_grad():
        body(small)
    with torch.autocast("cpu", torch.bfloat16):
        body(small)
    body(torch.ones(2, 2, 2))
    body(torch.ones(1, 2, 2, 33))
    body.eval()(small)
    assert len(called) == 1


@pytest.mark.parametrize("stride", [1, (2, 1)])
def test_the_map_has_torch_s_gradient_too(stride: int | tuple[int, int]):
    torch.manual_seed(0)
    plain = nn.Conv2d(6, 6, 5, stride=stride, padding=2, groups=6)
    own = nn.Sequential(copy.deepcopy(plain))
    quicken(own)
    found = []
    for network in (plain, own):
        x = torch.arange(2 * 6 * 3 * 4, dtype=torch.float32).sin().reshape(2, 6, 3, 4).requires_grad_()
        network(x).square().sum().backward()
        found.append([x.grad, *(part.grad for part in network.parameters())])
    for expected, given in zip(*found, strict=True):
        torch.testing.assert_close(given, expected)

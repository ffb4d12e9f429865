import numpy as np
import pytest
import torch

from kilnmix.classifier.network.backbones import Backbone, architecture
from kilnmix.classifier.network.multitask import MultiTaskNetwork, groups
from kilnmix.common.errors import UserError


@pytest.mark.parametrize(
    ("name", "channels"), [("mobilenet_v3_small", 576), ("squeezenet1_1", 512), ("regnet_y_400mf", 440)]
)
def test_any_backbone_gives_logits_for_every_task(name: str, channels: int):
    backbone = architecture(name)
    assert backbone.channels == channels
    network = MultiTaskNetwork(backbone, {"glaze": 5, "in.type": 3}, (16,), 0.1).eval()
    logits = network(torch.zeros(2, 3, 64, 64))
    assert {task: tuple(values.shape) for task, values in logits.items()} == {"glaze": (2, 5), "in.type": (2, 3)}
    assert network.features(torch.zeros(2, 3, 64, 64)).shape == (2, 16)


def test_pixels_are_normalised_by_hand():
    backbone = architecture("squeezenet1_1")
    network = MultiTaskNetwork(backbone, {"a": 2}, (), 0.0)
    pixels = torch.full((1, 4, 4, 3), 255, dtype=torch.uint8)
    x = network.normalised(pixels)
    np.testing.assert_allclose(
        x[0, :, 0, 0].numpy(), [(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225], rtol=1e-5
    )
    assert x.is_contiguous(memory_format=torch.channels_last)


def test_groups_hold_every_parameter_once_with_its_rate():
    network = MultiTaskNetwork(architecture("mobilenet_v3_small"), {"a": 2}, (8,), 0.0)
    parts = groups(network, 1e-4, 1e-3, 0.05)
    listed = [parameter for part in parts for parameter in part["params"]]
    assert len(listed) == len({id(one) for one in listed}) == len(list(network.parameters()))
    assert {(part["lr"], part["weight_decay"]) for part in parts} == {
        (1e-4, 0.05),
        (1e-4, 0.0),
        (1e-3, 0.05),
        (1e-3, 0.0),
    }


def test_rates_fall_from_block_to_block():
    network = MultiTaskNetwork(architecture("squeezenet1_1"), {"a": 2}, (8,), 0.0)
    parts = groups(network, 1.0, 5.0, 0.05, layer_decay=0.5)
    last, first = network.backbone[12].squeeze.weight, network.backbone[0].weight
    rate = {id(one): part["lr"] for part in parts for one in part["params"]}
    assert rate[id(last)] == 1.0
    assert rate[id(network.backbone[11].squeeze.weight)] == 0.5
    # A convolution and eight blocks have weights; what pools has none.
    assert rate[id(first)] == 0.5**8
    assert rate[id(network.heads[0].weight)] == 5.0
    assert {part["part"] for part in parts} == {"backbone", "heads"}


def test_statistics_are_means_and_deviations_of_the_last_block_at_each_resolution():
    torch.manual_seed(0)
    network = MultiTaskNetwork(architecture("squeezenet1_1"), {"a": 2}, (), 0.0, "statistics").eval()
    # At 224 pixels blocks 2 to 4 see 55, blocks 5 to 7 see 27, blocks 8 to 12 see 13.
    assert network.taps == {"4": 128, "7": 256, "12": 512}
    x = torch.randn(2, 3, 64, 64)
    early = network.backbone[:5](x)
    pooled = network.pooled(x)
    assert pooled.shape == (2, 2 * (128 + 256 + 512))
    torch.testing.assert_close(pooled[:, :128], early.mean(dim=(2, 3)))
    torch.testing.assert_close(pooled[:, 128:256], early.flatten(2).std(dim=2, correction=0), rtol=1e-3, atol=4e-3)
    assert network(x)["a"].shape == (2, 2)


def test_statistics_of_a_network_with_skips_are_those_of_its_stages():
    network = MultiTaskNetwork(architecture("resnet18"), {"a": 2}, (), 0.0, "statistics").eval()
    assert network.taps == {"layer1.1": 64, "layer2.1": 128, "layer3.1": 256, "layer4.1": 512}
    x = torch.randn(2, 3, 64, 64)
    last = network.backbone(x).mean(dim=(2, 3))
    torch.testing.assert_close(network.pooled(x)[:, 2 * 448 : 2 * 448 + 512], last)


def test_statistics_need_maps():
    with pytest.raises(UserError, match=r"classifier\.pooling"):
        MultiTaskNetwork(architecture("test_vit"), {"a": 2}, (), 0.0, "statistics")


def test_a_block_that_comes_twice_is_left_out():
    class Twice(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = torch.nn.Conv2d(3, 4, 4, 4), torch.nn.Conv2d(4, 6, 2, 2)
            self.relu = torch.nn.ReLU()

        def forward(self, x):
            return self.relu(self.second(self.relu(self.first(x))))

    network = MultiTaskNetwork(Backbone(Twice(), 6), {"a": 2}, (), 0.0, "covariance")
    assert network.taps == {"first": 4, "second": 6}
    assert network.pooled(torch.randn(2, 3, 32, 32)).shape == (2, 10 + 21)


def test_a_small_deviation_survives_bfloat16():
    body = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 4, 4))
    network = MultiTaskNetwork(Backbone(body, 4), {"a": 2}, (), 0.0, "statistics").eval()
    x = 10 + 0.3 * torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.autocast("cpu", torch.bfloat16):
        maps, pooled = body(x), network.pooled(x)
    assert maps.dtype == torch.bfloat16 and pooled.dtype == torch.float32
    torch.testing.assert_close(pooled[:, 4:], maps.float().flatten(2).std(dim=2, correction=0), rtol=1e-2, atol=4e-3)

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchvision import models

from kilnmix.classifier.network import MultiTaskNetwork, architecture, groups, pretrained
from kilnmix.errors import UserError


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


def test_unknown_backbone_is_named():
    with pytest.raises(UserError, match="mobilenet_v9"):
        architecture("mobilenet_v9")


def _file(tmp_path, state, metadata=None):
    path = tmp_path / "weights.safetensors"
    save_file({key: value.contiguous() for key, value in state.items()}, path, metadata)
    return str(path)


def test_local_weights_are_used_with_their_normalisation(tmp_path):
    torch.manual_seed(5)
    source = models.squeezenet1_1(weights=None)
    path = _file(
        tmp_path, source.state_dict(), {"mean": json.dumps([0.5, 0.5, 0.5]), "std": json.dumps([0.2, 0.2, 0.2])}
    )
    torch.manual_seed(6)
    backbone = pretrained("squeezenet1_1", path)
    assert torch.equal(backbone.body[0].weight, source.features[0].weight)
    assert (backbone.mean, backbone.std) == ((0.5, 0.5, 0.5), (0.2, 0.2, 0.2))


def test_weights_that_do_not_fit_are_refused_with_a_count(tmp_path):
    state = models.squeezenet1_1(weights=None).state_dict()
    del state["features.0.weight"]
    with pytest.raises(UserError, match=r"classifier\.weights.*fits 49 of the 50 .*features\.0\.weight"):
        pretrained("squeezenet1_1", _file(tmp_path, state))


def test_weights_of_another_network_are_refused(tmp_path):
    with pytest.raises(UserError, match="fits 0 of the"):
        pretrained("mobilenet_v3_small", _file(tmp_path, {"features.0.squeeze.weight": torch.zeros(3)}))


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(UserError, match="nothing-here"):
        pretrained("squeezenet1_1", str(tmp_path / "nothing-here.safetensors"))
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"not this")
    with pytest.raises(UserError, match="not a safetensors file"):
        pretrained("squeezenet1_1", str(broken))


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
    assert rate[id(first)] == 0.5**12
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

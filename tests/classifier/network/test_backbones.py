import json

import pytest
import torch
from safetensors.torch import save_file
from torchvision import models

from kilnmix.classifier.network.backbones import architecture, blocks, pretrained
from kilnmix.common.errors import UserError


def _file(tmp_path, state, metadata=None):
    path = tmp_path / "weights.safetensors"
    save_file({key: value.contiguous() for key, value in state.items()}, path, metadata)
    return str(path)


def _pooled(backbone, x):
    features = backbone.body.eval()(x)
    return features if features.ndim == 2 else features.mean(dim=(2, 3))


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("mobilenet_v3_small", "classifier"),
        ("shufflenet_v2_x0_5", "fc"),
        ("mnasnet0_5", "classifier"),
        ("densenet121", "classifier"),
        ("googlenet", "fc"),
        ("resnet18", "fc"),
        ("swin_t", "head"),
    ],
)
@torch.no_grad()
def test_torchvision_networks_are_cut_where_they_classify(name: str, last: str, tmp_path):
    torch.manual_seed(0)
    extra = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    whole = models.get_model(name, weights=None, **extra).eval()
    backbone = pretrained(name, _file(tmp_path, whole.state_dict()))
    x = torch.randn(2, 3, 96, 96)
    pooled = _pooled(backbone, x)
    assert pooled.shape == (2, backbone.channels)
    torch.testing.assert_close(getattr(whole, last)(pooled), whole(x), rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_a_network_with_one_size_says_so():
    backbone = architecture("vit_b_32")
    assert (backbone.side, backbone.channels) == (224, 768)
    assert _pooled(backbone, torch.zeros(1, 3, 224, 224)).shape == (1, 768)


@pytest.mark.parametrize("name", ["test_resnet", "test_vit", "mobilenetv3_small_050"])
@torch.no_grad()
def test_timm_networks_are_what_timm_pools(name: str, tmp_path):
    import timm

    torch.manual_seed(0)
    whole = timm.create_model(name, pretrained=False, num_classes=0).eval()
    backbone = pretrained(name, _file(tmp_path, whole.state_dict()))
    x = torch.randn(2, 3, backbone.side or 96, backbone.side or 96)
    torch.testing.assert_close(_pooled(backbone, x), whole(x))


def test_unknown_backbone_is_named():
    with pytest.raises(UserError, match="mobilenet_v9"):
        architecture("mobilenet_v9")


def test_blocks_are_children_with_sequences_taken_apart():
    names = [name for name, _ in blocks(architecture("resnet18").body)]
    assert names[:6] == ["conv1", "bn1", "relu", "maxpool", "layer1.0", "layer1.1"]
    assert names[-1] == "layer4.1"
    assert [name for name, _ in blocks(architecture("squeezenet1_1").body)] == [str(number) for number in range(13)]


def test_local_weights_are_used_with_their_normalisation(tmp_path):
    torch.manual_seed(5)
    source = models.squeezenet1_1(weights=None)
    said = {"mean": json.dumps([0.5, 0.5, 0.5]), "std": json.dumps([0.2, 0.2, 0.2])}
    path = _file(tmp_path, source.state_dict(), said)
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


def test_a_hub_that_cannot_be_reached_is_no_random_start(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("no route")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", unreachable)
    with pytest.raises(UserError, match=r"ImageNet weights of mobilenet_v3_large cannot be had .*classifier\.weights"):
        pretrained("mobilenet_v3_large", "hub")

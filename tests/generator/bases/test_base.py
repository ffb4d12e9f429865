"""Which bases are taken, and the sentence for those that are not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from kilnmix.common.errors import UserError
from kilnmix.generator.base import load_base
from kilnmix.generator.bases import kinds
from kilnmix.generator.bases.identity import fingerprint, licence
from tests.generator.conftest import make_settings


@pytest.mark.parametrize("base", ["pocket/nowhere", "some-people/some-model", "model.safetensors"])
def test_a_base_that_is_not_to_be_had_is_one_sentence(base: str) -> None:
    with pytest.raises(UserError, match=r"generator\.base = .* is not to be had"):
        load_base(make_settings(base))


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def inpainting(base: Path) -> None:
    edit(base / "model_index.json", _class_name="StableDiffusionInpaintPipeline")


def nine_channels(base: Path) -> None:
    edit(base / "unet" / "config.json", in_channels=9)


def upscaler(base: Path) -> None:
    edit(base / "model_index.json", _class_name="StableDiffusionUpscalePipeline")


def no_scheduler(base: Path) -> None:
    shutil.rmtree(base / "scheduler")


def no_weights(base: Path) -> None:
    (base / "unet" / "diffusion_pytorch_model.safetensors").unlink()


def cut(base: Path) -> None:
    path = base / "vae" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:3000])


def weights_missing(base: Path) -> None:
    path = base / "unet" / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    weights.pop("conv_out.weight")
    save_file(weights, path)


@pytest.mark.parametrize(
    ("harm", "match"),
    [
        (inpainting, "is an inpainting base"),
        (nine_channels, "is an inpainting base"),
        (upscaler, "StableDiffusionUpscalePipeline"),
        (no_scheduler, "half a base: its folder scheduler"),
        (no_weights, "half a base: unet has no"),
        (cut, "is not to be had"),
        (weights_missing, "half a base, weights are missing"),
    ],
)
def test_wrong_and_broken_folders_are_refused(
    tiny_base: Path, tmp_path: Path, harm: Callable[[Path], None], match: str
) -> None:
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    harm(base)
    with pytest.raises(UserError, match=match):
        load_base(make_settings(base))


def test_half_precision_alone_and_v_prediction_are_taken(tiny_base: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    for path in base.rglob("*.safetensors"):
        path.rename(path.with_name(path.name.replace(".safetensors", ".fp16.safetensors")))
    edit(base / "scheduler" / "scheduler_config.json", prediction_type="v_prediction")
    assert load_base(make_settings(base)).scheduler.config.prediction_type == "v_prediction"
    assert load_base(make_settings(base, prediction="epsilon")).scheduler.config.prediction_type == "epsilon"


def test_sdxl_is_taken(tiny_xl: Path) -> None:
    assert type(load_base(make_settings(tiny_xl))).__name__ == "StableDiffusionXLPipeline"


def test_a_size_that_the_autoencoder_cannot_hold_is_refused(tiny_base: Path) -> None:
    with pytest.raises(UserError, match=r"generator\.size = 17 is no multiple of 2.*Set it to 16"):
        load_base(make_settings(tiny_base, size=17))


FIRST = "model.diffusion_model.input_blocks.0.0.weight"
PARTS = {"cond_stage_model.x": (1,), "first_stage_model.x": (1,)}


@pytest.mark.parametrize(
    ("shapes", "match"),
    [
        ({"lora_unet_down.lora_up.weight": (4, 4)}, "is an adapter"),
        ({"unet.x.lora_A.weight": (4, 4)}, "is an adapter"),
        ({FIRST: (320, 9, 3, 3), **PARTS}, "is an inpainting base"),
        ({FIRST: (320, 8, 3, 3), **PARTS}, "reads 8 channels"),
        ({FIRST: (320, 4, 3, 3), "cond_stage_model.x": (1,)}, "no autoencoder"),
        ({FIRST: (320, 4, 3, 3), "first_stage_model.x": (1,)}, "no text encoder"),
        ({"something": (1,)}, "has no UNet"),
        ({"double_blocks.0.img_attn.norm.key_norm.scale": (1,)}, "Flux"),
        ({FIRST: (320, 4, 3, 3), **PARTS}, r"Set generator\.config"),
    ],
)
def test_single_files_are_told_by_their_names_and_shapes(
    tmp_path: Path, shapes: dict[str, tuple[int, ...]], match: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    path = tmp_path / "base.safetensors"
    save_file({name: torch.zeros(shape) for name, shape in shapes.items()}, path)
    with pytest.raises(UserError, match=match):
        load_base(make_settings(path))


def test_a_single_file_tells_its_family_and_prediction(tmp_path: Path) -> None:
    xl = "conditioner.embedders.1.model.transformer.resblocks.9.mlp.c_proj.bias"
    weights = {FIRST: torch.zeros(320, 4, 3, 3), xl: torch.zeros(1), "first_stage_model.x": torch.zeros(1)}
    save_file({**weights, "v_pred": torch.zeros(1), "ztsnr": torch.zeros(1)}, tmp_path / "xl.safetensors")
    kind = kinds.of_file(tmp_path / "xl.safetensors")
    assert (kind.pipeline, kind.prediction, kind.zero_snr) == ("StableDiffusionXLPipeline", "v_prediction", True)


@pytest.mark.parametrize("name", ["cut.safetensors", "old.ckpt"])
def test_cut_files_and_pickles_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x80\x02}q\x00.")
    with pytest.raises(UserError, match=r"cut or no safetensors|is a pickle"):
        load_base(make_settings(tmp_path / name))


def test_the_fingerprint_changes_with_a_bases_bytes_and_not_with_its_place(tmp_path: Path) -> None:
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "model_index.json").write_text("{}")
    first = fingerprint(make_settings(tmp_path / "one"))
    assert fingerprint(make_settings(tmp_path / "two")) == first
    (tmp_path / "one" / "model_index.json").write_text("{ }")
    assert fingerprint(make_settings(tmp_path / "one")) != first


def test_the_licence_is_read_from_the_model_card_or_set(tmp_path: Path) -> None:
    assert licence(make_settings(tmp_path)) == "unknown"
    (tmp_path / "README.md").write_text("---\nlicense: creativeml-openrail-m\n---\n# A model\n")
    assert licence(make_settings(tmp_path)) == "creativeml-openrail-m"
    assert licence(make_settings(tmp_path, licence="mine")) == "mine"

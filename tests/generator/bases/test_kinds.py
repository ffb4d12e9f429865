"""Bases told by their names and shapes."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from kilnmix.common.errors import UserError
from kilnmix.generator.base import load_base
from kilnmix.generator.bases import kinds
from tests.generator.conftest import make_settings

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


def _json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _flow(base: Path) -> None:
    _json(base / "model_index.json", scheduler=["diffusers", "FlowMatchEulerDiscreteScheduler"])
    (base / "scheduler/scheduler_config.json").write_text('{"_class_name": "FlowMatchEulerDiscreteScheduler"}')


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda base: _cut(base / "unet/diffusion_pytorch_model.safetensors"), "unet"),
        (lambda base: _cut(base / "text_encoder/model.safetensors"), "is not to be had"),
        (lambda base: _cut(base / "model_index.json"), "model_index.json cannot be read"),
        (lambda base: (base / "model_index.json").write_text("[]"), "holds no object"),
        (lambda base: (base / "unet/config.json").write_text("{"), "cannot be read"),
        (lambda base: _json(base / "unet/config.json", in_channels="four"), "is not to be had"),
        (lambda base: _json(base / "unet/config.json", in_channels=9), "is an inpainting base"),
        (lambda base: _json(base / "unet/config.json", cross_attention_dim=77), "is not to be had"),
        (lambda base: shutil.rmtree(base / "scheduler"), "folder scheduler is missing"),
        (lambda base: shutil.rmtree(base / "unet"), "folder unet is missing"),
        (lambda base: shutil.rmtree(base / "tokenizer"), "folder tokenizer is missing"),
        (lambda base: [file.unlink() for file in (base / "tokenizer").iterdir()], "tokenizer has no vocabulary"),
        (lambda base: (base / "vae/diffusion_pytorch_model.safetensors").unlink(), "vae has no .safetensors"),
        (
            lambda base: (base / "unet/diffusion_pytorch_model.safetensors").rename(base / "unet/weights.bin"),
            "there is a pickle",
        ),
        (
            lambda base: (base / "unet/diffusion_pytorch_model.safetensors").write_text(
                "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
            ),
            "is not to be had",
        ),
        (lambda base: _json(base / "model_index.json", _class_name="StableDiffusionInpaintPipeline"), "inpainting"),
        (lambda base: _json(base / "model_index.json", _class_name="FluxPipeline"), "is a FluxPipeline"),
        (lambda base: _json(base / "model_index.json", _class_name="StableDiffusionXLPipeline"), "no text_encoder_2"),
        (lambda base: _json(base / "model_index.json", vae=[None, None]), "names no vae"),
        (lambda base: _json(base / "scheduler/scheduler_config.json", prediction_type="flow"), "predicts 'flow'"),
        (lambda base: _json(base / "scheduler/scheduler_config.json", beta_schedule="curly"), "is not to be had"),
        (lambda base: _flow(base), "has the scheduler FlowMatch"),
    ],
)  # fmt: skip
def test_a_folder_that_is_no_whole_base_is_one_sentence(
    tmp_path: Path, tiny_base: Path, spoil: Callable[[Path], object], said: str
) -> None:
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    spoil(base)
    with pytest.raises(UserError, match=re.escape(said)) as caught:
        load_base(make_settings(base))
    assert str(base) in str(caught.value)
    assert "generator.base" in str(caught.value)


@pytest.mark.parametrize("name", ["a/b/c", "../../x", "someone/none", "none"])
def test_a_base_that_is_nowhere_is_one_sentence(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"generator\.base = .* is not to be had"):
        load_base(make_settings(name))


def test_half_precision_alone_and_velocity_are_read(tmp_path: Path, tiny_base: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    for file in [*base.rglob("*.safetensors")]:
        file.rename(file.with_name(file.name.replace(".safetensors", ".fp16.safetensors")))
    _json(base / "scheduler/scheduler_config.json", prediction_type="v_prediction")
    assert load_base(make_settings(base)).scheduler.config.prediction_type == "v_prediction"


@pytest.mark.parametrize("name", ["cut.safetensors", "old.ckpt"])
def test_cut_files_and_pickles_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x80\x02}q\x00.")
    with pytest.raises(UserError, match=r"cut or no safetensors|is a pickle"):
        load_base(make_settings(tmp_path / name))

"""Bases told by their names and shapes."""

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


@pytest.mark.parametrize("name", ["cut.safetensors", "old.ckpt"])
def test_cut_files_and_pickles_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x80\x02}q\x00.")
    with pytest.raises(UserError, match=r"cut or no safetensors|is a pickle"):
        load_base(make_settings(tmp_path / name))

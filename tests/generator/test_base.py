"""Which bases are taken, and the sentence for those that are not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from kilnmix.common.errors import UserError
from kilnmix.generator.base import load_base
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

"""An adapter from a file of the person's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from kilnmix.common.errors import UserError
from kilnmix.generator.adapter.create import add_adapter
from kilnmix.generator.adapter.files import WEIGHTS, adapter_weights, save_adapter
from kilnmix.generator.adapter.given import take
from kilnmix.generator.base import load_base
from tests.generator.conftest import make_settings


@pytest.fixture(scope="module")
def saved(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = make_settings(tiny_base)
    pipeline = load_base(settings)
    add_adapter(pipeline, settings)
    folder = tmp_path_factory.mktemp("given")
    save_adapter(pipeline, folder, "base", "0" * 64)
    return folder / WEIGHTS


def test_an_adapter_reaches_the_base_whole(tiny_base: Path, saved: Path) -> None:
    pipeline = load_base(make_settings(tiny_base))
    take(pipeline, saved)
    reached = sorted(float(weight.sum()) for own in adapter_weights(pipeline).values() for weight in own.values())
    assert reached == pytest.approx(sorted(float(weight.sum()) for weight in load_file(saved).values()))


def no_file(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50])


def whole_model(path: Path) -> None:
    save_file({"unet.conv_in.weight": torch.ones(1)}, path)


def not_finite(path: Path) -> None:
    weights = load_file(path)
    next(iter(weights.values()))[0] = float("nan")
    save_file(weights, path)


def another_base(path: Path) -> None:
    save_file({name: torch.ones(3, 3) for name in load_file(path)}, path)


def half_of_it_elsewhere(path: Path) -> None:
    weights = load_file(path)
    name = next(name for name in weights if "lora_A" in name)
    stray = {part.replace("attentions.0", "attentions.7"): weight.clone() for part, weight in weights.items()}
    assert name in weights
    save_file({**weights, **stray}, path)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (no_file, "is not there"),
        (cut, "is cut or no safetensors file"),
        (whole_model, "is no LoRA"),
        (not_finite, "is not finite"),
        (another_base, "does not fit the base"),
        (half_of_it_elsewhere, "does not fit the base"),
    ],
)
def test_files_that_are_none_or_do_not_fit(
    tiny_base: Path, saved: Path, tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    path = tmp_path / "mine.safetensors"
    path.write_bytes(saved.read_bytes())
    harm(path)
    with pytest.raises(UserError, match=rf"generator\.adapter = .*mine.safetensors' {said}"):
        take(load_base(make_settings(tiny_base)), path)

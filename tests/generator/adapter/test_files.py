"""What is trained is what is drawn with: adapters saved, and read back by kilnmix and by stock diffusers."""

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file, save_file

from kilnmix.common.errors import UserError
from kilnmix.generator.adapter.create import add_adapter
from kilnmix.generator.adapter.files import WEIGHTS, adapter_weights, load_adapter, save_adapter
from kilnmix.generator.base import load_base
from tests.generator.conftest import make_settings

KINDS = [
    {"kind": "lora", "rank": 4, "alpha": 1},
    {"kind": "lora", "rank": 2, "alpha": 3},
    {"kind": "rslora", "rank": 4, "alpha": 2},
    {"kind": "dora", "rank": 4, "alpha": 2},
    {"kind": "lora", "rank": 4, "alpha": 2, "targets": ["to_q", "conv1", "proj_in"]},
    {"kind": "dora", "rank": 4, "alpha": 8, "targets": ["to_q", "conv1"]},
]


def tuned(base: Path, **lora: Any) -> StableDiffusionPipeline:
    """A pipeline whose adapter has random weights, B too."""
    recipe = make_settings(base, lora=lora)
    pipeline = load_base(recipe)
    add_adapter(pipeline, recipe)
    torch.manual_seed(1)
    for name, weight in pipeline.unet.named_parameters():
        if "lora_" in name and "magnitude" not in name:
            weight.data.normal_(std=0.3)
    return pipeline


def answer(pipeline: StableDiffusionPipeline) -> torch.Tensor:
    rng = torch.Generator().manual_seed(2)
    latents, told = torch.randn(2, 4, 8, 8, generator=rng), torch.randn(2, 7, 16, generator=rng)
    with torch.no_grad():
        return pipeline.unet(latents, torch.tensor([3, 700]), told).sample


@pytest.mark.parametrize("lora", KINDS, ids=lambda lora: "-".join(map(str, lora.values())))
def test_an_adapter_acts_as_strongly_when_it_is_loaded_as_it_did_when_it_was_trained(
    tiny_base: Path, tmp_path: Path, lora: dict[str, Any]
) -> None:
    trained = tuned(tiny_base, **lora)
    save_adapter(trained, tmp_path, "base", "0" * 64)
    ours, stock = load_base(make_settings(tiny_base)), StableDiffusionPipeline.from_pretrained(tiny_base)
    plain = answer(ours)
    load_adapter(ours, tmp_path)
    stock.load_lora_weights(tmp_path)
    assert not torch.allclose(answer(trained), plain, atol=1e-3)
    torch.testing.assert_close(answer(ours), answer(trained), rtol=0, atol=0)
    torch.testing.assert_close(answer(stock), answer(trained), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("kind", "factor"), [("lora", 0.5), ("rslora", 1.0), ("dora", 0.5)])
def test_the_factor_is_alpha_over_rank_or_over_its_root(
    tiny_base: Path, tmp_path: Path, kind: str, factor: float
) -> None:
    save_adapter(tuned(tiny_base, kind=kind, rank=4, alpha=2), tmp_path, "base", "0" * 64)
    pipeline = load_base(make_settings(tiny_base))
    load_adapter(pipeline, tmp_path)
    factors = {module.scaling["kilnmix"] for module in pipeline.unet.modules() if hasattr(module, "scaling")}
    assert factors == {factor}


def test_an_adapter_of_attention_and_convolutions_reads_back_whole(tiny_base: Path, tmp_path: Path) -> None:
    pipeline = tuned(tiny_base, targets=("to_q", "to_out.0", "conv1", "proj_in"))
    written = adapter_weights(pipeline)["unet"]
    assert {"to_q", "conv1"} <= {name.split(".")[-3] for name in written}
    assert save_adapter(pipeline, tmp_path, "base", "0" * 64) == sum(weight.numel() for weight in written.values())
    again = load_base(make_settings(tiny_base))
    load_adapter(again, tmp_path)
    read = adapter_weights(again)["unet"]
    assert read.keys() == written.keys()
    assert all(torch.equal(read[name], written[name]) for name in written)


def test_an_adapter_of_another_base_is_refused(tiny_base: Path, tmp_path: Path) -> None:
    save_adapter(tuned(tiny_base), tmp_path, "their/base", "0" * 64)
    load_adapter(load_base(make_settings(tiny_base)), tmp_path, "0" * 64)
    with pytest.raises(UserError, match="tuned on another base"):
        load_adapter(load_base(make_settings(tiny_base)), tmp_path, "1" * 64)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_adapter_that_is_not_finite_is_neither_written_nor_read(
    tiny_base: Path, tmp_path: Path, value: float
) -> None:
    pipeline = tuned(tiny_base)
    save_adapter(pipeline, tmp_path, "base", "0" * 64)
    weights = load_file(tmp_path / WEIGHTS)
    next(iter(weights.values()))[0, 0] = value
    save_file(weights, tmp_path / WEIGHTS)
    with pytest.raises(UserError, match="not finite"):
        load_adapter(load_base(make_settings(tiny_base)), tmp_path)
    (tmp_path / WEIGHTS).unlink()
    next(weight for weight in pipeline.unet.parameters() if weight.requires_grad).data[0, 0] = value
    with pytest.raises(UserError, match="not finite"):
        save_adapter(pipeline, tmp_path, "base", "0" * 64)
    assert not (tmp_path / WEIGHTS).exists()


@pytest.mark.parametrize("left", [0, 7, 500])
def test_a_cut_adapter_is_refused(tiny_base: Path, tmp_path: Path, left: int) -> None:
    save_adapter(tuned(tiny_base), tmp_path, "base", "0" * 64)
    (tmp_path / WEIGHTS).write_bytes((tmp_path / WEIGHTS).read_bytes()[:left])
    with pytest.raises(UserError, match="cut or no safetensors"):
        load_adapter(load_base(make_settings(tiny_base)), tmp_path)


def test_an_adapter_that_is_not_there_is_a_fault_and_never_passed_over(tiny_base: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no adapter"):
        load_adapter(load_base(make_settings(tiny_base)), tmp_path)


def test_targets_that_match_nothing_are_named(tiny_base: Path) -> None:
    with pytest.raises(UserError, match=r"generator\.lora\.targets"):
        tuned(tiny_base, targets=("to_nowhere",))

"""kohya's names, worked out by hand from its published scheme, and read by diffusers' own converter."""

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from safetensors import safe_open
from safetensors.torch import load_file

from kilnmix.common.errors import UserError
from kilnmix.generator.adapter import given
from kilnmix.generator.adapter.create import add_adapter
from kilnmix.generator.adapter.files import WEIGHTS, save_adapter
from kilnmix.generator.adapter.kohya import export, module_name
from kilnmix.generator.base import load_base
from tests.generator.conftest import make_settings

SD = {
    "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q":
        "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q",
    "unet.mid_block.attentions.0.proj_in": "lora_unet_mid_block_attentions_0_proj_in",
    "unet.up_blocks.3.resnets.2.conv1": "lora_unet_up_blocks_3_resnets_2_conv1",
    "text_encoder.text_model.encoder.layers.0.self_attn.q_proj": "lora_te_text_model_encoder_layers_0_self_attn_q_proj",
}  # fmt: skip
XL = {
    "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q":
        "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q",
    "unet.down_blocks.2.attentions.1.proj_in": "lora_unet_input_blocks_8_1_proj_in",
    "unet.down_blocks.0.resnets.0.conv1": "lora_unet_input_blocks_1_0_in_layers_2",
    "unet.down_blocks.0.downsamplers.0.conv": "lora_unet_input_blocks_3_0_op",
    "unet.mid_block.attentions.0.proj_in": "lora_unet_middle_block_1_proj_in",
    "unet.mid_block.resnets.1.conv2": "lora_unet_middle_block_2_out_layers_3",
    "unet.up_blocks.0.attentions.2.transformer_blocks.9.ff.net.2":
        "lora_unet_output_blocks_2_1_transformer_blocks_9_ff_net_2",
    "unet.up_blocks.1.attentions.0.transformer_blocks.1.attn2.to_out.0":
        "lora_unet_output_blocks_3_1_transformer_blocks_1_attn2_to_out_0",
    "unet.up_blocks.2.resnets.2.conv_shortcut": "lora_unet_output_blocks_8_0_skip_connection",
    "text_encoder.text_model.encoder.layers.0.mlp.fc1": "lora_te1_text_model_encoder_layers_0_mlp_fc1",
    "text_encoder_2.text_model.encoder.layers.31.mlp.fc1": "lora_te2_text_model_encoder_layers_31_mlp_fc1",
}  # fmt: skip


@pytest.mark.parametrize(("xl", "table"), [(False, SD), (True, XL)])
def test_names_are_those_of_kohyas_scheme(xl: bool, table: dict[str, str]) -> None:
    assert {path: module_name(path, xl) for path in table} == table


def tuned(base: Path, folder: Path, **lora: Any) -> Any:
    recipe = make_settings(base, lora=lora)
    pipeline = load_base(recipe)
    add_adapter(pipeline, recipe)
    torch.manual_seed(1)
    for part in (pipeline.unet, pipeline.text_encoder):
        for name, weight in part.named_parameters():
            if "lora_B" in name:
                weight.data.normal_(std=0.3)
    save_adapter(pipeline, folder, "base", "0" * 64)
    return pipeline


def answer(pipeline: Any) -> torch.Tensor:
    rng = torch.Generator().manual_seed(2)
    width = pipeline.unet.config.cross_attention_dim
    latents, told = torch.randn(2, 4, 8, 8, generator=rng), torch.randn(2, 7, width, generator=rng)
    added = {"text_embeds": torch.randn(2, 8, generator=rng), "time_ids": torch.ones(2, 6)}
    with torch.no_grad():
        return pipeline.unet(latents, torch.tensor([3, 700]), told, added_cond_kwargs=added).sample


@pytest.mark.parametrize("family", ["sd", "xl"])
@pytest.mark.parametrize(
    "lora",
    [{"rank": 4, "alpha": 1}, {"kind": "rslora", "rank": 4, "alpha": 2}, {"rank": 4, "alpha": 2, "text_encoder": True},
     {"rank": 2, "alpha": 2, "targets": ["to_q", "proj_in", "conv1"]}],
    ids=["alpha", "rslora", "text", "convolutions"],
)  # fmt: skip
def test_diffusers_converter_and_our_own_reader_take_the_export_at_its_strength(
    tiny_base: Path, tiny_xl: Path, tmp_path: Path, family: str, lora: dict[str, Any]
) -> None:
    base = tiny_xl if family == "xl" else tiny_base
    trained = tuned(base, tmp_path, **lora)
    target = tmp_path / "mine.safetensors"
    modules = export(tmp_path / WEIGHTS, target, "mine")
    weights = load_file(target)
    assert modules == len([name for name in weights if name.endswith("lora_down.weight")])
    assert len(weights) == 3 * modules
    stock = (StableDiffusionXLPipeline if family == "xl" else StableDiffusionPipeline).from_pretrained(base)
    stock.load_lora_weights(tmp_path, weight_name="mine.safetensors")
    torch.testing.assert_close(answer(stock), answer(trained), rtol=1e-4, atol=1e-5)
    ours = load_base(make_settings(base))
    given.take(ours, target)
    torch.testing.assert_close(answer(ours), answer(trained), rtol=1e-4, atol=1e-5)
    with safe_open(target, "pt") as file:
        metadata = file.metadata()
    assert metadata["ss_network_module"] == "networks.lora"
    assert metadata["ss_network_dim"] == str(lora["rank"])


def test_a_folder_that_is_not_there_is_named(tiny_base: Path, tmp_path: Path) -> None:
    tuned(tiny_base, tmp_path, kind="lora")
    with pytest.raises(UserError, match=r"there is no folder .*nowhere. Make it"):
        export(tmp_path / WEIGHTS, tmp_path / "nowhere" / "a.safetensors", "title")


def test_a_dora_is_not_exported(tiny_base: Path, tmp_path: Path) -> None:
    tuned(tiny_base, tmp_path, kind="dora")
    with pytest.raises(UserError, match="is a DoRA"):
        export(tmp_path / WEIGHTS, tmp_path / "mine.safetensors", "mine")


def test_an_adapter_of_another_base_a_base_and_a_cut_file_are_refused(
    tiny_base: Path, tiny_xl: Path, tmp_path: Path
) -> None:
    tuned(tiny_xl, tmp_path)
    with pytest.raises(UserError, match="does not fit the base"):
        given.take(load_base(make_settings(tiny_base)), tmp_path / WEIGHTS)
    with pytest.raises(UserError, match="is no LoRA"):
        given.take(load_base(make_settings(tiny_base)), tiny_base / "unet" / "diffusion_pytorch_model.safetensors")
    (tmp_path / WEIGHTS).write_bytes((tmp_path / WEIGHTS).read_bytes()[:900])
    with pytest.raises(UserError, match="cut or no safetensors"):
        given.take(load_base(make_settings(tiny_base)), tmp_path / WEIGHTS)
    with pytest.raises(UserError, match="is not there"):
        given.take(load_base(make_settings(tiny_base)), tmp_path / "nothing.safetensors")

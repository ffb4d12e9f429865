"""A fresh adapter inside the base.

LoRA (Hu et al. 2021, arXiv 2106.09685) adds alpha / rank times B A to a weight; rsLoRA (Kalajdzievski 2023,
2312.03732) alpha / sqrt(rank) times; DoRA (Liu et al. 2024, 2402.09353) learns each output's length apart. B begins at
zero, so a fresh adapter changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from peft import LoraConfig

from kilnmix.common.errors import UserError
from kilnmix.config import GeneratorSettings, Lora
from kilnmix.generator.base import ADAPTER
from kilnmix.generator.text import encoders

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline

TEXT_TARGETS = ("q_proj", "k_proj", "v_proj", "out_proj")


def add_adapter(pipeline: StableDiffusionPipeline, settings: GeneratorSettings) -> None:
    """Puts a fresh adapter into the pipeline's UNet and, if so set, its text encoders.

    Raises:
        UserError: `generator.lora.targets` matches no module of this base.
    """
    lora = settings.lora
    try:
        pipeline.unet.add_adapter(_config(lora, list(lora.targets)), adapter_name=ADAPTER)
    except ValueError as error:
        raise UserError(
            f"generator.lora.targets = {list(lora.targets)} matches no module of the base's UNet. "
            "The usual targets are to_q, to_k, to_v and to_out.0."
        ) from error
    if lora.text_encoder:
        for _, encoder in encoders(pipeline):
            encoder.add_adapter(_config(lora, list(TEXT_TARGETS)), adapter_name=ADAPTER)


def _config(lora: Lora, targets: list[str]) -> LoraConfig:
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        init_lora_weights="gaussian",
        target_modules=targets,
        use_rslora=lora.kind == "rslora",
        use_dora=lora.kind == "dora",
    )

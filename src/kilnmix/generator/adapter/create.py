"""A fresh adapter inside the base.

LoRA (Hu et al. 2021, arXiv 2106.09685) adds alpha / rank times B A to a weight; rsLoRA (Kalajdzievski 2023,
2312.03732) alpha / sqrt(rank) times; DoRA (Liu et al. 2024, 2402.09353) learns each output's length apart. B begins at
zero, so a fresh adapter changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from peft import LoraConfig

from kilnmix.common.errors import UserError
from kilnmix.config import GeneratorSettings
from kilnmix.generator.base import ADAPTER

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline


def add_adapter(pipeline: StableDiffusionPipeline, settings: GeneratorSettings) -> None:
    """Puts a fresh adapter into the pipeline's UNet.

    Raises:
        UserError: `generator.lora.targets` matches no module of this base.
    """
    lora = settings.lora
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        init_lora_weights="gaussian",
        target_modules=list(lora.targets),
        use_rslora=lora.kind == "rslora",
        use_dora=lora.kind == "dora",
    )
    try:
        pipeline.unet.add_adapter(config, adapter_name=ADAPTER)
    except ValueError as error:
        raise UserError(
            f"generator.lora.targets = {list(lora.targets)} matches no module of the base's UNet. "
            "The usual targets are to_q, to_k, to_v and to_out.0."
        ) from error

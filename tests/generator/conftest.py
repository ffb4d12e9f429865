"""Settings of tiny generators, from the values of conf/ with a few of a test's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from kilnmix.config import GeneratorSettings
from kilnmix.generator import cache
from kilnmix.generator.base import load_base
from kilnmix.generator.encoding import encode_pictures
from kilnmix.generator.text import encode_captions
from tests import composed

CAPTIONS = ("", "a bowl", "a jar", "celadon")
TINY: dict[str, Any] = {
    "size": 16,
    "lora": {
        "rank": 2,
        "alpha": 2,
        "targets": ["to_q", "to_k", "to_v", "to_out.0"],
        "learning_rate": 0.01,
        "steps": 6,
        "batch_size": 2,
        "warmup_steps": 1,
        "samples": {"every": 0, "images": 2, "steps": 2},
    },
    "draw": {"images": 4, "steps": 2, "batch_size": 2, "spacing": 1.0},
}


def make_settings(base: Path | str, **changes: Any) -> GeneratorSettings:
    """conf/generator/pocket.yaml, made tiny, with `changes` by group: `lora={"rank": 4}`."""
    groups = {name: {**TINY[name], **changes.pop(name, {})} for name in ("lora", "draw")}
    return composed.settings("generator=pocket", generator={**TINY, **groups, "base": str(base), **changes}).generator


def tiny_cache(base: Path | str, **changes: Any) -> cache.Cache:
    """The cache of five random photographs of four objects, with a caption of one or two variants each."""
    pipeline = load_base(make_settings(base, **changes))
    pixels = np.random.default_rng(0).integers(0, 256, (5, 24, 24, 3), dtype=np.uint8)
    mean, std = encode_pictures(pipeline, lambda part: pixels[part], 5, 16, 2, lambda count: None)
    states = encode_captions(pipeline, CAPTIONS)
    return cache.Cache(
        ids=tuple("abcde"),
        mean=mean,
        std=std,
        embeddings=states.embeddings,
        captions=CAPTIONS,
        rows=((1, 3), (2, 3), (1, 3), (3,), (2,)),
        objects=("0", "1", "2", "3", "0"),
        labels=((0,), (1,), (0,), (-1,), (1,)),
        pooled=states.pooled,
    )


@pytest.fixture(scope="session")
def filled(tiny_base: Path) -> cache.Cache:
    return tiny_cache(tiny_base)


@pytest.fixture(scope="session")
def tiny_xl(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stable Diffusion XL's parts and shapes at tiny widths, untrained: three levels, two text encoders, size ids."""
    folder = tmp_path_factory.mktemp("xl") / "base"
    torch.manual_seed(0)
    tokenizer = CLIPTokenizer.from_pretrained(str(tiny_base / "tokenizer"))
    text = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=32, bos_token_id=0, eos_token_id=1, pad_token_id=1, projection_dim=8,
    )  # fmt: skip
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 16, 16), layers_per_block=2, cross_attention_dim=32, norm_num_groups=4,
        attention_head_dim=(2, 4, 4), transformer_layers_per_block=(1, 1, 2), use_linear_projection=True,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), addition_embed_type="text_time",
        addition_time_embed_dim=4, projection_class_embeddings_input_dim=6 * 4 + 8,
    )  # fmt: skip
    StableDiffusionXLPipeline(
        vae=AutoencoderKL.from_pretrained(tiny_base / "vae"), text_encoder=CLIPTextModel(text),
        text_encoder_2=CLIPTextModelWithProjection(text), tokenizer=tokenizer, tokenizer_2=tokenizer, unet=unet,
        scheduler=DDIMScheduler(), force_zeros_for_empty_prompt=True,
    ).save_pretrained(folder)  # fmt: skip
    return folder

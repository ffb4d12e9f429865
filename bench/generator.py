"""Fine-tuning and drawing against what diffusers' own example and default pipeline do, in one process.

On a GPU: Stable Diffusion 1.5's shapes with random weights, 512 pixels, rank 16, batch 8, bfloat16. On a CPU: the
pocket base with the demo's settings. Both sides have their pictures in memory and write none; compiling is a row
of its own.
"""

from __future__ import annotations

import dataclasses
import gc
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
import yaml

from bench.rows import Row, missing
from kilnmix.config import GeneratorSettings
from kilnmix.generator.base import load_base
from kilnmix.generator.cache import Cache
from kilnmix.generator.drawing.draw import draw_pool
from kilnmix.generator.order import Request
from kilnmix.generator.text import TextStates
from kilnmix.generator.tuning import loop

ROOT = Path(__file__).parents[1]
SD15_NOISE = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "steps_offset": 1,
}


@dataclasses.dataclass(frozen=True)
class Setting:
    """What is measured on.

    Attributes:
        widths: the UNet's channels; None: the pocket base.
        plain_steps, plain_images: how long the references run.
    """

    device: torch.device
    settings: GeneratorSettings
    widths: tuple[int, ...] | None
    tokens: int
    features: int
    plain_steps: int
    plain_images: int

    def base(self, dtype: torch.dtype) -> Any:
        """A fresh pipeline on the device."""
        if self.widths is None:
            return load_base(self.settings).to(self.device)
        return random_base(self.widths, self.device, dtype)


PLAIN: Mapping[str, object] = {
    "steps": 20,
    "scheduler": "dpm++",
    "spacing": 1.5,
    "guidance": 1.0,
    "interval": None,
    "unconditional": "adapter",
    "negative": "",
}
"""Drawing without guidance, whatever the demo does."""


def settings_of(profile: str, **changes: dict[str, Any]) -> GeneratorSettings:
    """The values of conf/generator/PROFILE.yaml with `changes`, and nothing measured on the way."""
    values = yaml.safe_load((ROOT / "conf" / "generator" / f"{profile}.yaml").read_text(encoding="utf-8"))
    values |= yaml.safe_load((ROOT / "conf" / "caption" / "default.yaml").read_text(encoding="utf-8"))
    for group, own in changes.items():
        values[group] |= own
    values["lora"]["validation"]["share"] = 0.0
    values["lora"]["samples"]["every"] = 0
    if profile == "pocket":
        values["base"] = str(ROOT / values["base"])
    return GeneratorSettings.model_validate(values)


def random_base(widths: tuple[int, ...], device: torch.device, dtype: torch.dtype) -> Any:
    """Stable Diffusion 1.5's pipeline with random weights; `widths` (320, 640, 1280, 1280) are its own."""
    from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    whole = widths == (320, 640, 1280, 1280)
    channels = (128, 256, 512, 512) if whole else (32, 32, 32, 32)
    text = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12 if whole else 1}
    with device:
        unet = UNet2DConditionModel(
            sample_size=64, cross_attention_dim=768, attention_head_dim=8, block_out_channels=widths
        )
        vae = AutoencoderKL(
            block_out_channels=channels,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=2,
            sample_size=512,
        )
        encoder = CLIPTextModel(
            CLIPTextConfig(vocab_size=49408, num_attention_heads=12, max_position_embeddings=77, **text)
        )
    pipeline = StableDiffusionPipeline(
        vae=vae.to(dtype), text_encoder=encoder.to(dtype), tokenizer=None, unet=unet.to(dtype),
        scheduler=PNDMScheduler(**SD15_NOISE, skip_prk_steps=True),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def emptied(device: torch.device) -> None:
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def waited(device: torch.device) -> float:
    """The time, when the device has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def peak(device: torch.device) -> float:
    """GiB of GPU memory allocated at most since `emptied`; 0 on a CPU."""
    return torch.cuda.max_memory_allocated() / 2**30 if device.type == "cuda" else 0.0


def plain_finetuning(where: Setting) -> tuple[float, float]:
    """Images/s and GiB of diffusers' train_text_to_image_lora.py: autoencoder and text encoder at every step."""
    from diffusers import DDPMScheduler
    from diffusers.training_utils import cast_training_params
    from peft import LoraConfig

    emptied(where.device)
    lora, device, size = where.settings.lora, where.device, where.settings.size
    on_gpu = device.type == "cuda"
    pipeline = where.base(torch.bfloat16 if on_gpu else torch.float32)
    unet, vae, text = pipeline.unet, pipeline.vae, pipeline.text_encoder
    for part in (unet, vae, text):
        part.requires_grad_(False)
    unet.add_adapter(
        LoraConfig(r=lora.rank, lora_alpha=lora.alpha, init_lora_weights="gaussian", target_modules=list(lora.targets))
    )
    cast_training_params(unet, dtype=torch.float32)
    trained = [weight for weight in unet.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=1e-2)
    noising = DDPMScheduler(**SD15_NOISE)
    images = torch.rand(lora.batch_size, 3, size, size, device=device) * 2 - 1
    tokens = torch.randint(0, text.config.vocab_size, (lora.batch_size, where.tokens), device=device)
    marks = []
    for _ in range(where.plain_steps):
        with torch.autocast(device.type, torch.bfloat16, enabled=on_gpu):
            latents = vae.encode(images.to(vae.dtype)).latent_dist.sample() * vae.config.scaling_factor
            noise = torch.randn_like(latents)
            steps = torch.randint(0, 1000, (lora.batch_size,), device=device)
            embedded = text(tokens, return_dict=False)[0]
            out = unet(noising.add_noise(latents, noise, steps), steps, embedded, return_dict=False)[0]
            loss = torch.nn.functional.mse_loss(out.float(), noise.float())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        loss.item()
        marks.append(waited(device))
    skip = where.plain_steps // 3
    speed = lora.batch_size * (where.plain_steps - skip) / (marks[-1] - marks[skip - 1])
    return speed, peak(device)


def our_finetuning(where: Setting, compiled: str) -> tuple[float, float, float]:
    """Images/s in steady state, GiB, and the seconds that the first steps took over steady ones."""
    emptied(where.device)
    settings = where.settings.model_copy(update={"compile": compiled})
    pipeline = where.base(torch.bfloat16 if where.device.type == "cuda" else torch.float32)
    cache = made_up_cache(where, pipeline)
    pipeline.vae = pipeline.text_encoder = None
    emptied(where.device)
    marks, done = [waited(where.device)], [0]

    def progress(count: int) -> None:
        if count:
            marks.append(waited(where.device))
            done.append(done[-1] + count)

    with tempfile.TemporaryDirectory() as folder:
        loop.tune(pipeline, cache, settings, 1, Path(folder) / "state.pt", progress)
    first = next(place for place, count in enumerate(done) if count >= settings.lora.steps / 3)
    steady = (marks[-1] - marks[first]) / (done[-1] - done[first])
    return settings.lora.batch_size / steady, peak(where.device), marks[first] - marks[0] - steady * done[first]


def made_up_cache(where: Setting, pipeline: Any) -> Cache:
    side = where.settings.size // 2 ** (len(pipeline.vae.config.block_out_channels) - 1)
    shape = (64, 2, pipeline.unet.config.in_channels, side, side)
    rng = torch.Generator().manual_seed(0)
    return Cache(
        ids=tuple(map(str, range(64))),
        mean=torch.randn(shape, generator=rng).half(),
        std=torch.rand(shape, generator=rng).half(),
        embeddings=torch.randn(40, where.tokens, where.features, generator=rng).half(),
        captions=tuple(map(str, range(40))),
        rows=tuple((1 + row % 30, 31, 32) for row in range(64)),
        objects=tuple(map(str, range(64))),
        labels=((0,),) * 64,
    )


@torch.inference_mode()
def default_drawing(where: Setting, steps: int, multistep: bool) -> float:
    """Images/s of StableDiffusionPipeline, one at a time, guidance 7.5; its own sampler or DPM++."""
    from diffusers import DPMSolverMultistepScheduler

    emptied(where.device)
    dtype = torch.float16 if where.device.type == "cuda" else torch.float32
    pipeline = where.base(dtype)
    if multistep:
        pipeline.scheduler = DPMSolverMultistepScheduler.from_config(
            pipeline.scheduler.config, algorithm_type="dpmsolver++", timestep_spacing="trailing"
        )
    told = torch.randn(1, where.tokens, where.features, device=where.device, dtype=dtype)
    marks = []
    for _ in range(where.plain_images + 1):
        pipeline(
            prompt_embeds=told, negative_prompt_embeds=told, num_inference_steps=steps, guidance_scale=7.5,
            height=where.settings.size, width=where.settings.size, output_type="np",
        )  # fmt: skip
        marks.append(waited(where.device))
    return where.plain_images / (marks[-1] - marks[0])


def our_drawing(where: Setting, compiled: str, **draw: Any) -> tuple[float, float]:
    """Images/s of `draw_pool` from the second batch on, and the seconds that the first took over the others."""
    emptied(where.device)
    drawn = where.settings.draw.model_copy(update=draw)
    settings = where.settings.model_copy(update={"compile": compiled, "draw": drawn})
    pipeline = where.base(torch.bfloat16 if where.device.type == "cuda" else torch.float32)
    requests = [Request(number, (0,)) for number in range(drawn.images)]
    states = TextStates(torch.randn(40, where.tokens, where.features))
    begun = waited(where.device)
    rows = [1 + number % 30 for number in range(drawn.images)]
    pool = draw_pool(pipeline, requests, states, rows, settings, 7, lambda request: False)
    marks = [time.perf_counter() for _ in pool]
    batches = marks[:: drawn.batch]
    between = [after - before for before, after in itertools.pairwise(batches)]
    return drawn.batch / statistics.median(between), batches[0] - begun - statistics.median(between)


def on_gpu(widths: tuple[int, ...] = (320, 640, 1280, 1280), size: int = 512) -> Setting:
    settings = settings_of(
        "sd15", lora={"steps": 100, "batch_size": 8, "warmup_steps": 5}, draw={"images": 80, "batch_size": 16}
    )
    settings = settings.model_copy(update={"size": size})
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return Setting(device, settings, widths, 77, 768, plain_steps=36, plain_images=3)


def on_cpu() -> Setting:
    settings = settings_of("pocket", lora={"steps": 18}, draw={"images": 96, **PLAIN})
    return Setting(torch.device("cpu"), settings, None, 32, 160, plain_steps=18, plain_images=2)


def measure() -> Iterator[Row]:
    """The figures of this machine, each as it is taken."""
    gpu = torch.cuda.is_available()
    where = on_gpu() if gpu else on_cpu()
    compiled = "on" if gpu else "off"
    plain, plain_memory = plain_finetuning(where)
    speed, memory, compiling = our_finetuning(where, compiled)
    yield Row("finetune.vs_plain", speed, "images/s", plain, ">= 2.8" if gpu else ">= 1.5")
    if gpu:
        yield Row("finetune.memory_vs_plain", memory, "GiB", plain_memory, "<= 0.6")
        yield Row("finetune.compiling", compiling, "s")
    else:
        yield missing("finetune.memory_vs_plain", "GiB", "<= 0.6", "no GPU")
        yield missing("finetune.compiling", "s", "", "no GPU")
    default, equal = default_drawing(where, 50, False), default_drawing(where, where.settings.draw.steps, True)
    drawn, compiling = our_drawing(where, compiled)
    yield Row("generate.vs_default", drawn, "images/s", default, ">= 16" if gpu else ">= 3")
    guided = {"guidance": 7.5, "interval": None}
    full, _ = our_drawing(where, compiled, **guided)
    yield Row("generate.vs_default_equal_steps", full, "images/s", equal, ">= 6" if gpu else ">= 1.2")
    if gpu:
        yield Row("generate.compiling", compiling, "s")
    else:
        yield missing("generate.compiling", "s", "", "no GPU")

"""Settings of the base, its adapter and its drawing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kilnmix.config.fields import Frozen, Positive, Share

Strength = Annotated[float, Field(gt=0.0, le=1e4)]
LearningRate = Annotated[float, Field(gt=0.0, le=10.0)]
NoiseLevel = Annotated[float, Field(ge=0.0, le=1e6)]


class Validation(Frozen):
    """Which photographs are kept from tuning to measure it, and when tuning stops."""

    share: Annotated[float, Field(ge=0.0, le=0.5)]
    """Part of the training objects that is kept back; none of a class with fewer than five. 0: no validation."""
    every: Positive
    """Steps between two measurements."""
    patience: Positive | None
    """Measurements without a new lowest loss after which tuning stops; null: all steps are done."""
    keep: Literal["best", "last"]
    """Which adapter is kept: that of the lowest validation loss, or the last."""


class Prior(Frozen):
    """Prior preservation (DreamBooth, arXiv 2208.12242): images of the bare base are learned beside the photographs."""

    images: int = Field(ge=0)
    """How many the bare base draws before tuning; 0: none."""
    caption: Annotated[str, Field(min_length=1)]
    """What they show: the kind of thing, without a label."""
    weight: Annotated[float, Field(ge=0.0, le=100.0)]
    """Of their mean loss beside that of the photographs."""
    steps: Positive
    """Of the sampler that draws them."""
    guidance: Annotated[float, Field(ge=1.0, le=100.0)]
    """Of the sampler; 1: none. Not that of generator.draw, from which no adapter follows."""


class Samples(Frozen):
    """Pictures drawn while tuning, from the same captions and noise each time."""

    every: int = Field(ge=0)
    """Steps between two rows of the grid; 0: none."""
    images: Positive
    steps: Positive
    """Of the sampler, for a quick look."""


class Lora(Frozen):
    """The adapter and its training."""

    kind: Literal["lora", "rslora", "dora"]
    rank: Positive
    alpha: Strength
    """The adapter acts with alpha / rank, with rsLoRA with alpha / sqrt(rank)."""
    targets: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names of the UNet's modules that get an adapter (peft's suffix matching)."""
    text_encoder: bool
    """Whether the text encoders get an adapter too."""
    optimizer: Literal["adamw", "prodigy"]
    schedule: Literal["cosine", "constant"]
    learning_rate: LearningRate
    """With prodigy a factor, usually 1."""
    steps: Positive
    batch_size: Positive
    accumulate: Positive
    """Batches whose gradients are averaged for one step."""
    checkpointing: bool
    """Computes activations again in place of keeping them: slower, in less memory."""
    warmup_steps: int = Field(ge=0)
    snr_gamma: Annotated[float, Field(gt=0.0)] | None
    """Min-SNR loss weighting (Hang et al. 2023); null: none."""
    caption_dropout: Share
    """How often a whole caption is left out, which guidance needs."""
    term_dropout: Share
    """How often one label's words are left out of a caption."""
    noise_offset: Annotated[float, Field(ge=0.0, le=1.0)]
    max_grad_norm: Strength
    weight_decay: Annotated[float, Field(ge=0.0, le=1.0)]
    ema: Share
    """Decay of the moving average of the adapter that is kept in its place; 0: none."""
    sampling: Literal["as-real", "balanced"]
    """How often a photograph is shown: alike, or rare label combinations more often."""
    prior: Prior
    validation: Validation
    samples: Samples


class Draw(Frozen):
    """How synthetic images are drawn."""

    images: Positive
    """Size of one adapter's pool before curation."""
    steps: Positive
    guidance: Annotated[float, Field(ge=0.0, le=100.0)]
    """Ho and Salimans 2022 (2207.12598); 1 and less: none, which takes half of the time."""
    interval: tuple[NoiseLevel, NoiseLevel] | None
    """Noise levels (lowest, highest) between which steps are guided (2404.07724); null: all."""
    unconditional: Literal["adapter", "base"]
    """What guidance leads away from: the tuned base without a caption, or the bare base (2503.20240)."""
    negative: str
    """The caption that guidance leads away from; empty: no caption."""
    scheduler: Literal["dpm++", "ddim", "unipc", "lcm", "base"]
    """`base`: the scheduler that comes with the base model; `lcm` with generator.draw.fast."""
    fast: Path | None
    """An LCM or Hyper adapter (.safetensors) that makes few steps enough, beside the tuned adapter."""
    spacing: float = Field(ge=1.0, le=3.0)
    """1: evenly spaced timesteps. Above 1 (dpm++ alone): more of them near the finished image, where detail arises."""
    mode: Literal["text", "image", "mix"]
    """From captions; from a training photograph of the same labels (2302.07944); or on from one of another class with
    the second's caption and soft labels (2403.19600)."""
    strength: Annotated[float, Field(gt=0.0, le=1.0)]
    """image and mix: how much of the way from noise is drawn; 1 forgets the photograph."""
    mix_share: Annotated[float, Field(ge=0.0, le=1.0)]
    """mix: part of the images that start from a photograph of another class."""
    batch_size: Positive | Literal["auto"]
    """auto: chosen by the first machine that draws a pool, from its GPU's memory, and kept by all others."""
    part: Positive | None
    """Images computed at once, where memory is short; the batches and the bytes that they fix stay. null: all."""
    allocation: Literal["as-real", "rare-first"]
    """How images are divided over the label combinations."""
    combinations: Literal["attested", "free"]
    """`free`: every combination that collection.rules allows, not those of the photographs alone."""

    @property
    def batch(self) -> int:
        """`batch_size` where it is a number, which the drawing puts in the place of auto."""
        assert self.batch_size != "auto"
        return self.batch_size

    @property
    def guided(self) -> bool:
        """Whether steps also ask what would be drawn without the caption."""
        return self.guidance > 1.0

    @model_validator(mode="after")
    def _hangs_together(self) -> Draw:
        if self.spacing != 1.0 and self.scheduler != "dpm++":
            raise ValueError("spacing above 1 needs the scheduler dpm++; set generator.draw.spacing to 1")
        if self.interval is not None and self.interval[0] >= self.interval[1]:
            raise ValueError("interval: the first noise level must be below the second")
        if self.mode == "text" or self.strength == 1.0:
            return self
        if self.scheduler == "base":
            raise ValueError("mode image and mix need a sampler of kilnmix; set generator.draw.scheduler to dpm++")
        return self


class GeneratorSettings(Frozen):
    """The base diffusion model, its adapter and the drawing."""

    base: Annotated[str, Field(min_length=1)]
    """A local folder, a single .safetensors file, or a hub id."""
    config: Path | None
    """For a single file: a folder in diffusers' format whose configuration and tokenizer it uses; null: the hub's."""
    revision: str | None
    offline: bool
    """Never ask the hub: a base that is not on this machine is an error."""
    licence: str | None
    """The base's licence, recorded in every image; null: as its model card says."""
    prediction: Literal["epsilon", "v_prediction"] | None
    """What the base predicts; null: as its own configuration says."""
    size: Positive
    """Side in pixels at which the base is tuned and draws."""
    precision: Literal["float32", "bfloat16", "float16"]
    compile: Literal["auto", "on", "off"]
    """Whether the base is compiled, which takes minutes once and wins them back in long work; auto: on a GPU, there."""
    adapter: Path | None
    """A LoRA that is there already (diffusers' or kohya's names), used in the place of tuning."""
    pool: Path | None
    """A folder of images that are there already, with a table pool.csv, used in the place of drawing."""
    caption: str
    """Comma-separated parts, each naming one task; a part whose label is not known is left out."""
    nuisance: tuple[str, ...]
    """What photographs share by accident: `source`, `backdrop` (its shade, estimated from the border), or a task's
    name. Told to the generator while tuning, drawn over all its values (2510.24078)."""
    free_captions: Literal["none", "beside", "alone"]
    """Whether captions take up the photographs' own descriptions (collection.columns.caption): no, behind the parts of
    `caption`, or in their place."""
    own_tokens: tuple[str, ...]
    """Tasks whose words get a token of their own each, learned with the adapter: names that the text encoder does not
    know."""
    lora: Lora
    draw: Draw

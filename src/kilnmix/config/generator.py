"""Settings of the base, its adapter and its drawing, and of the pool's curation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kilnmix.config.fields import Frozen, Positive, Rate, Weight

Strength = Annotated[float, Field(gt=0.0, le=1e4)]


class Lora(Frozen):
    """The adapter and its training."""

    kind: Literal["lora", "rslora", "dora"] = "lora"
    rank: Positive = 16
    alpha: Strength = 16
    """The adapter acts with alpha / rank, with rsLoRA with alpha / sqrt(rank)."""
    targets: tuple[str, ...] = ("to_q", "to_k", "to_v", "to_out.0")
    """Names of the UNet's modules that get an adapter (peft's suffix matching)."""
    learning_rate: Rate = 1e-4
    steps: Positive = 1000
    batch_size: Positive = 8
    warmup_steps: int = Field(50, ge=0)
    snr_gamma: float | None = 5.0
    """Min-SNR loss weighting (Hang et al. 2023); null: none."""
    caption_dropout: float = Field(0.1, ge=0.0, lt=1.0)
    """How often a whole caption is left out, which guidance needs."""
    term_dropout: float = Field(0.1, ge=0.0, lt=1.0)
    """How often one label's words are left out of a caption."""
    noise_offset: Weight = 0.0
    max_grad_norm: Rate = 1.0
    weight_decay: Weight = 0.01


class Draw(Frozen):
    """How synthetic images are drawn."""

    images: Positive = 300
    """Size of one adapter's pool before curation."""
    steps: Positive = 20
    guidance: Weight = 2.0
    """Ho and Salimans 2022 (2207.12598); 1 and less: none, which takes half of the time."""
    interval: tuple[Weight, Weight] | None = None
    """Noise levels (lowest, highest) between which steps are guided (2404.07724); null: all."""
    unconditional: Literal["adapter", "base"] = "adapter"
    """What guidance leads away from: the tuned base without a caption, or the bare base (2503.20240)."""
    scheduler: Literal["dpm++", "ddim", "base"] = "dpm++"
    """`base`: the scheduler that comes with the base model."""
    spacing: float = Field(1.0, ge=1.0, le=3.0)
    """1: evenly spaced timesteps. Above 1 (dpm++ alone): more of them near the finished image, where detail arises."""
    batch_size: Positive = 8
    allocation: Literal["as-real", "rare-first"] = "rare-first"
    """How images are divided over the attested label combinations."""

    @property
    def guided(self) -> bool:
        """Whether each step also asks what the base would draw untold."""
        return self.guidance > 1.0

    @model_validator(mode="after")
    def _spaced(self) -> Draw:
        if self.spacing != 1.0 and self.scheduler != "dpm++":
            raise ValueError("spacing above 1 needs the scheduler dpm++; set generator.draw.spacing to 1")
        return self


class GeneratorSettings(Frozen):
    """The base diffusion model, its adapter and the drawing."""

    base: str = "pocket/base"
    """A local folder, a single .safetensors file, or a hub id."""
    revision: str | None = None
    offline: bool = True
    """Never ask the hub: a base that is not on this machine is an error."""
    size: Positive = 64
    """Side in pixels at which the base is tuned and draws."""
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    compile: Literal["auto", "on", "off"] = "auto"
    """Whether the base is compiled, which takes minutes once and wins them back in long work; auto: on a GPU, there."""
    caption: str = "a photograph of a {type}, {glaze} glaze, {kiln} kiln, {dynasty} dynasty"
    """Comma-separated parts, each naming one task; a part whose label is not known is left out."""
    lora: Lora = Lora()
    draw: Draw = Draw()


class CurationSettings(Frozen):
    """Which synthetic images are accepted, and for which tasks their label counts."""

    judges: int = Field(3, ge=2)
    """Cross-fitting parts of the judge stage: each judge is trained on the objects of all parts but one."""
    floor: float = Field(0.2, ge=0.0, le=1.0)
    """A judge whose cross-fitted balanced accuracy above chance is lower than this masks nothing for that task."""
    mask_below: float = Field(0.1, ge=0.0, le=1.0)
    """A label is masked when the judges give it less than this probability and prefer another."""
    reject_when_all_masked: bool = True
    copy_quantile: float = Field(0.99, gt=0.0, le=1.0)
    """An image counts as a copy of a training photograph (memorised) when it is nearer to it than this share of the
    training photographs are to other objects, and as a leak when so near to a validation or test photograph."""
    copy_similarity: float = Field(0.95, gt=0.0, le=1.0)
    """Least similarity (correlation of small pictures) of a copy, whatever the quantile."""
    vetoes: Path | None = None
    """A text file with one synthetic image's id a line, which are left out."""

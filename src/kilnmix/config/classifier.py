"""Settings of the multi-task network and its training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from kilnmix.config.fields import Frozen, Positive, Rate, Weight

Imbalance = Literal["none", "effective-number", "logit-adjustment", "focal"]


class ClassifierSettings(Frozen):
    """The multi-task network and its training."""

    backbone: str = "mobilenet_v3_small"
    """A network for classification by its name in torchvision, or else in timm."""
    weights: str | None = "pocket/backbone.safetensors"
    """A local safetensors file, `hub` for torchvision's ImageNet weights, or null for a random start."""
    size: Positive = 64
    first_size: Positive | None = None
    """Side in pixels, `size` at most, in the first `first_share` of the steps, which is faster when smaller; null:
    `size` throughout."""
    first_share: float = Field(0.5, ge=0.0, le=1.0)
    pooling: Literal["average", "statistics"] = "average"
    """What the heads get of the backbone: the last block's channel means, or means and deviations of several blocks."""
    probe: float = Field(0.0, ge=0.0, lt=1.0)
    """Weight, beside the trained network's, of a probe in the answers: logistic regression on covariances of the
    pretrained backbone's features as they are; 0: none."""
    neck: tuple[Positive, ...] = (256,)
    """Widths of the layers that all tasks share behind the backbone."""
    dropout: float = Field(0.2, ge=0.0, lt=1.0)
    steps: Positive = 300
    """Optimiser steps of every run of every arm."""
    batch_size: Positive = 32
    """Real slots of a step."""
    learning_rate: Rate = 1e-3
    backbone_rate: Rate = 3e-4
    layer_decay: float = Field(1.0, gt=0.0, le=1.0)
    """Factor of the backbone's rate from a block to the one before it."""
    freeze: float = Field(0.0, ge=0.0, le=1.0)
    """Share of the steps, from the first, in which the backbone stands still; 1: a probe of frozen features, a linear
    one without a `neck`."""
    weight_decay: Weight = 1e-2
    warmup: float = Field(0.1, ge=0.0, lt=1.0)
    """Share of the steps in which the rates rise from zero; then they fall along a cosine."""
    least_rate: Weight = 0.0
    """The rate at which the cosine ends; a lower one, of an early block, stays as it is."""
    max_grad_norm: Rate = 1.0
    label_smoothing: float = Field(0.05, ge=0.0, lt=1.0)
    imbalance: Imbalance | dict[str, Imbalance] = "logit-adjustment"
    """What the loss does about rare classes; one for all tasks or one a task (`none` for those not named)."""
    sampling: dict[str, Literal["balanced", "square-root"]] = Field(default_factory=dict)
    """Tasks whose rare classes are drawn more often into the real slots: all classes equally often, or half way."""
    augment: Literal["none", "paper", "strong"] = "paper"
    mix: Literal["none", "mixup", "cutmix"] = "none"
    """Pairs of images in a batch blended (mixup), or a box of one pasted into the other (cutmix), labels likewise."""
    mix_alpha: Rate = 0.2
    """Both parameters of the beta distribution that blends are drawn from."""
    task_weights: dict[str, Weight] = Field(default_factory=dict)
    """Weights of the tasks' losses; a task that is not named has 1."""
    task_weighting: Literal["static", "uncertainty", "dwa", "famo"] = "static"
    """`static`: `task_weights` as they are; the others find factors for them during training."""
    synthetic_weight: Weight = 1.0
    """Weight of a synthetic image's loss, a real photograph's being 1."""
    finish_on_real: float = Field(0.0, ge=0.0, lt=1.0)
    """Share of the steps, to the last, in which the extra slots stay empty."""
    ema: float = Field(0.99, ge=0.0, lt=1.0)
    """Decay a step of the averaged weights that are evaluated and kept; 0: none."""
    evaluations: Positive = 6
    """How often, evenly spread, validation is looked at."""
    keep: Literal["best", "last"] = "best"
    """Which averaged weights are kept: the best by validation's mean macro-F1, or the last, which a validation part
    with a few photographs a class cannot mislead."""
    patience: Positive | None = None
    """With `keep: best`: looks at validation without a better score, one after the other, after which the best weights
    are final. The steps go on, so that every run of every arm has the same budget; null: no look is too late."""
    ordered: tuple[str, ...] = ("dynasty",)
    """Tasks whose classes stand in an order, as the vocabulary lists them: how far off an answer is counts there."""
    flips: bool = False
    """Answer with the mean of a picture's and its mirror image's logits."""
    runs_at_once: int | Literal["auto"] = "auto"
    """Processes that train side by side, each with one thread; `auto`: one a core, on a GPU up to eight."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "float32"
    """Arithmetic of the training steps; parameters, losses and predictions are float32 either way. `auto`: bfloat16
    where it is faster: on a GPU of compute capability 8 (Ampere) or more, and on a CPU that has instructions for it if
    the backbone has no depthwise layers."""

    @model_validator(mode="after")
    def _patience_has_a_best(self) -> ClassifierSettings:
        if self.patience is not None and self.keep == "last":
            raise ValueError("`patience` waits for better weights, but `keep` is `last`; set it to `best`")
        return self

    @property
    def frozen_steps(self) -> int:
        """Steps, from the first, in which the backbone stands still."""
        return round(self.steps * self.freeze)

    @property
    def sides(self) -> tuple[int, int]:
        """Side in pixels of the first steps and of the others."""
        return min(self.first_size or self.size, self.size), self.size

"""Settings of the multi-task network and its training; conf/classifier holds their values."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from kilnmix.config.fields import Frozen, Positive, Rate, Weight

Imbalance = Literal["none", "effective-number", "logit-adjustment", "focal"]


class ClassifierSettings(Frozen):
    """The multi-task network and its training."""

    backbone: str
    """A network for classification by its name in torchvision, or else in timm."""
    weights: str | None
    """A local safetensors file, `hub` for torchvision's ImageNet weights, or null for a random start."""
    size: Positive
    """Side in pixels of the pictures that the network reads."""
    first_size: Positive | None
    """Side in pixels, `size` at most, in the first `first_share` of the steps, which is faster when smaller; null:
    `size` throughout."""
    first_share: float = Field(ge=0.0, le=1.0)
    pooling: Literal["average", "statistics"]
    """What the heads get of the backbone: the last block's channel means, or means and deviations of several blocks."""
    probe: float = Field(ge=0.0, lt=1.0)
    """Weight, beside the trained network's, of a probe in the answers: logistic regression on covariances of the
    pretrained backbone's features as they are; 0: none."""
    neck: tuple[Positive, ...]
    """Widths of the layers that all tasks share behind the backbone."""
    dropout: float = Field(ge=0.0, lt=1.0)
    """Rate of the dropout before the heads, and of nothing else."""
    steps: Positive
    """Optimiser steps of every run of every arm."""
    batch_size: Positive
    """Real slots of a step."""
    learning_rate: Rate
    """AdamW's highest rate for neck and heads."""
    backbone_rate: Rate
    """The same for the last block of the backbone."""
    layer_decay: float = Field(gt=0.0, le=1.0)
    """Factor of the learning rate from a block of the backbone to the block before it."""
    freeze: float = Field(ge=0.0, le=1.0)
    """Share of the steps, from the first, in which the backbone is frozen; 1 with an empty `neck`: a linear probe."""
    weight_decay: Weight
    """AdamW's, of weights; biases and norms have none."""
    warmup: float = Field(ge=0.0, lt=1.0)
    """Share of the steps in which the learning rates rise linearly from zero; then they fall along a half cosine."""
    least_rate: Weight
    """Learning rate at the end of the cosine; a lower rate, of an early block, stays as it is."""
    max_grad_norm: Rate
    """Norm to which the gradient of a step is clipped."""
    label_smoothing: float = Field(ge=0.0, lt=1.0)
    """Share of a label that is spread over all classes, by the prior under `logit-adjustment`."""
    imbalance: Imbalance | dict[str, Imbalance]
    """What the loss does about rare classes: for all tasks alike, or by task (`none` for a task that is not named)."""
    sampling: dict[str, Literal["balanced", "square-root"]]
    """Tasks whose rare classes are drawn more often into the real slots: `balanced`, all classes equally often;
    `square-root`, half way there."""
    augment: Literal["none", "paper", "strong"]
    """Policy of the classical augmentation; docs/classifier.md describes the two."""
    mix: Literal["none", "mixup", "cutmix"]
    """Pairs of images in a batch blended (mixup), or a box of one pasted into the other (cutmix), labels likewise."""
    mix_alpha: Rate
    """Both parameters of the beta distribution of the share that a picture keeps of itself."""
    task_weights: dict[str, Weight]
    """Weights of the tasks' losses; a task that is not named has 1."""
    task_weighting: Literal["static", "uncertainty", "dwa", "famo"]
    """`static`: `task_weights` as they are; the others find factors for them during training."""
    synthetic_weight: Weight
    """Weight of a synthetic image's loss, a real photograph's being 1."""
    finish_on_real: float = Field(ge=0.0, lt=1.0)
    """Share of the steps, to the last, in which the extra slots stay empty."""
    ema: float = Field(ge=0.0, lt=1.0)
    """Decay, by step, of the moving average of the weights, which is evaluated and kept; 0: no average."""
    evaluations: Positive
    """Number of evaluations on the validation part, evenly spread over the steps."""
    keep: Literal["best", "last"]
    """Which averaged weights are kept: the best by validation's mean macro-F1, or the last, which a validation part
    with a few photographs a class cannot mislead."""
    patience: Positive | None
    """With `keep: best`: consecutive evaluations without a better score after which the best weights are final. The
    steps go on, so that every run of every arm has the same budget; null: no evaluation is too late."""
    ordered: tuple[str, ...]
    """Tasks whose classes stand in an order, as the vocabulary lists them: how far off an answer is counts there."""
    flips: bool
    """Answer with the mean of a picture's and its mirror image's logits."""
    runs_at_once: Positive | Literal["auto"]
    """Processes that train side by side, each with one thread; `auto`: one a core, on a GPU up to eight."""
    device: Literal["auto", "cpu", "cuda"]
    """`auto`: a CUDA device where there is one."""
    precision: Literal["auto", "float32", "bfloat16"]
    """Arithmetic of the training steps; parameters, losses and predictions are float32 either way. `auto`: bfloat16
    where it is faster: on a GPU of compute capability 8 (Ampere) or more, and on a CPU that has instructions for it if
    the backbone has no depthwise layers."""

    @model_validator(mode="after")
    def _patience_has_a_best(self) -> ClassifierSettings:
        if self.patience is not None and self.keep == "last":
            raise ValueError("`patience` waits for better weights, but `keep` is `last`; set it to `best`")
        return self

    def imbalance_of(self, task: str) -> Imbalance:
        """What the loss of a task does about rare classes."""
        return self.imbalance if isinstance(self.imbalance, str) else self.imbalance.get(task, "none")

    @property
    def frozen_steps(self) -> int:
        """Steps, from the first, in which the backbone is frozen."""
        return round(self.steps * self.freeze)

    @property
    def sides(self) -> tuple[int, int]:
        """Side in pixels of the first steps and of the others."""
        return min(self.first_size or self.size, self.size), self.size

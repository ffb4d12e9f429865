"""What a study will take: how much there is to do, and estimates of time, memory and disk.

How much there is to do is counted from the settings. Seconds follow from rates that were measured once (`CPU`), or
published for data-centre cards (`GPU`); on other machines they are off by a factor of two or three, which is why the
counts are shown beside them. Rates of a classifier are affine in its multiply-adds: 0.8 ms + 0.08 ms for each million
per image in training, fitted to MobileNetV3 Small and Large at 64, 96 and 224 px, with two trainings at once on two
cores; a multiply-add of ResNet, whose convolutions are whole, takes a quarter of that. The other rates follow from what
the stages took on the demo's first collection (9 min 56 s in all).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kilnmix.config import Params
from kilnmix.config.experiment import FOUND
from kilnmix.experiment import champion

MULTIPLY_ADDS = {
    "mobilenet_v3_small": 57.0,
    "mobilenet_v3_large": 217.0,
    "efficientnet_b0": 386.0,
    "resnet18": 1814.0,
    "resnet34": 3664.0,
    "resnet50": 4089.0,
    "convnext_tiny": 4456.0,
}
"""Millions for one image of 224 px (torchvision's tables)."""
DENSE = ("resnet18", "resnet34", "resnet50", "convnext_tiny")
"""Backbones that are mostly made of whole convolutions or matrix products."""
OTHER = 1000.0
"""For backbones that are not listed."""
PARAMETERS_MB = 20.0
"""A trained classifier on disk, about."""


@dataclass(frozen=True)
class Rates:
    """Seconds.

    Attributes:
        image: of an image in classifier training; and `adds` more for each million of multiply-adds.
        tuned: of an image in a LoRA step, at 512 px or as the pocket base is; drawn: of one drawing step of an image,
            with guidance; encoded: of a photograph's latent.
        decoded: of a photograph in `prepare`. started: of a command, before its first step.
        dense: what a multiply-add of a `DENSE` backbone takes, as a share of `adds`.
        alone: how much longer a training takes that has the machine for itself than one of several at once, in all.
    """

    image: float
    adds: float
    tuned: float
    drawn: float
    encoded: float
    decoded: float = 0.01
    started: float = 9.0
    dense: float = 1.0
    alone: float = 1.0


CPU = Rates(image=0.8e-3, adds=0.08e-3, tuned=0.028, drawn=0.0115, encoded=0.02, dense=0.25, alone=2.0)
"""Two cores; the pocket base at 64 px."""
GPU = Rates(image=1e-4, adds=1.2e-6, tuned=0.08, drawn=0.032, encoded=0.03)
"""One data-centre GPU; Stable Diffusion 1.5 at 512 px. `tuned` is inferred from `drawn`."""


@dataclass(frozen=True)
class Work:
    """What is to be done for a study: each number is a total over folds, adapters, seeds and arms."""

    photographs: int
    judges: int
    trainings: int
    trials: int
    training_images: int
    tuned_images: int
    encoded: int
    drawn: int
    drawing_steps: int


@dataclass(frozen=True)
class Cost:
    """Estimates.

    Attributes:
        seconds: stage -> seconds, as the stages are named; `starting` is that of all commands.
        memory: bytes at once, at most about.
        disk: bytes of outputs, resume state and DVC's cache.
    """

    work: Work
    seconds: dict[str, float]
    memory: float
    disk: float


def work(params: Params, photographs: int, training: int) -> Work:
    """Counts.

    Args:
        photographs: of the whole collection. training: of a fold's training part.
    """
    folds, pools, adapters = len(params.folds), len(params.pool_folds), len(params.adapters)
    seeds, search = len(params.experiment.seeds), params.search
    fixed = _seeds(params) * folds * adapters
    found = len(FOUND) * folds * adapters * seeds
    trials = 2 * folds * (search.trials * len(search.seeds) + 2 * len(search.playoff))
    judges = params.curation.judges * pools
    steps, batch = params.classifier.steps, params.classifier.batch_size
    refit = champion.steps(steps, photographs, training)
    whole = (judges + fixed + found) * steps + refit + trials * round(steps * search.step_share)
    draw, lora = params.generator.draw, params.generator.lora
    drawn = draw.images * pools * adapters
    return Work(
        photographs=photographs,
        judges=judges,
        trainings=fixed + found + 1,
        trials=trials,
        training_images=whole * batch,
        tuned_images=lora.steps * lora.batch_size * lora.accumulate * pools * adapters,
        encoded=training * pools,
        drawn=drawn,
        drawing_steps=drawn * draw.steps,
    )


def _seeds(params: Params) -> int:
    """Of all fixed arms together: each is trained so often with an adapter of a fold."""
    return sum(len(arm.seeds or params.experiment.seeds) for arm in params.arms.values())


def seconds_of_an_image(params: Params, rates: Rates) -> float:
    """In classifier training, its extra slots not counted."""
    adds = MULTIPLY_ADDS.get(params.classifier.backbone, OTHER) * (params.classifier.size / 224) ** 2
    return rates.image + rates.adds * adds * (rates.dense if params.classifier.backbone in DENSE else 1.0)


def images_of_a_training(params: Params, photographs: int) -> float:
    """Images, in units of one in a step, that a training of the usual number of steps goes through.

    A probe reads every photograph and its mirror image once, without a gradient; what it saves by that it spends on the
    covariances.
    """
    read = 2 * photographs if params.classifier.probe else 0
    return params.classifier.steps * params.classifier.batch_size + 0.7 * read


def cost(params: Params, photographs: int, training: int, rates: Rates) -> Cost:
    """Estimates for a study; see `work` for the arguments."""
    todo = work(params, photographs, training)
    image = seconds_of_an_image(params, rates)
    step = images_of_a_training(params, photographs) * image
    pixels = (params.generator.size / (64 if rates is CPU else 512)) ** 2
    adapters, folds, seeds = len(params.adapters), len(params.folds), len(params.experiment.seeds)
    return Cost(
        work=todo,
        seconds={
            "starting": rates.started * _commands(params),
            "prepare": photographs * rates.decoded,
            "judge": todo.judges * step,
            "encode": todo.encoded * rates.encoded * pixels,
            "finetune": todo.tuned_images * rates.tuned * pixels,
            "generate": todo.drawing_steps * rates.drawn * pixels * (1.0 if params.generator.draw.guided else 0.5),
            "curate": todo.drawn * params.curation.judges * image / 3,
            "train": _seeds(params) * folds * adapters * step,
            "search": todo.trials * step * params.search.step_share,
            "confirm": len(FOUND) * folds * adapters * seeds * step,
            "refit": step
            * rates.alone
            * (champion.steps(params.classifier.steps, photographs, training) / params.classifier.steps),
        },
        memory=_memory(params, photographs),
        disk=_disk(params, todo),
    )


def _commands(params: Params) -> int:
    """Stage runs: prepare, compare and refit once, judge and encode a pool, three an adapter, three a fold."""
    return 3 + len(params.pool_folds) * (2 + 3 * len(params.adapters)) + 3 * len(params.folds)


def _memory(params: Params, photographs: int) -> float:
    """A process with torch takes 0.7 GB; training holds all pictures, generation its base."""
    runs = params.classifier.runs_at_once
    processes = 2 if runs == "auto" else runs
    batch = params.classifier.batch_size * params.classifier.size**2 * 3 * 4 * 60  # activations, sixty maps or so
    training = processes * (0.7e9 + photographs * params.classifier.size**2 * 3 + batch)
    generating = 0.7e9 + (0.5e9 if params.generator.size <= 96 else 6e9)
    return max(training, generating)


def _disk(params: Params, todo: Work) -> float:
    """Outputs once more in DVC's cache, except where the file system links them."""
    side, drawn = params.collection.size, params.generator.size
    photographs = todo.photographs * side**2 * 3
    pools = todo.drawn * (0.6 * drawn**2 * 3 + side**2 * 3)
    latents = todo.encoded * 2 * 4 * (drawn / 8) ** 2 * 4
    judges = todo.judges * PARAMETERS_MB * 1e6
    predictions = (todo.trainings + todo.trials) * todo.photographs * 300
    return 2 * (photographs + pools + latents + judges + predictions)


def total(seconds: Sequence[float]) -> str:
    """A duration for people: minutes to 100, then hours."""
    minutes = sum(seconds) / 60
    return f"{max(minutes, 1):.0f} min" if minutes < 100 else f"{minutes / 60:.0f} h"

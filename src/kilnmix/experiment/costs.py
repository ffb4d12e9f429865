"""What a study will take: how much there is to do, and estimates of time, memory and disk.

How much there is to do is counted from the settings. Seconds follow from rates that were measured once (`CPU`), or
published for data-centre cards (`GPU`); on other machines they are off by a factor of two or three, which is why the
counts are shown beside them. Rates of a classifier are affine in its multiply-adds: 0.8 ms + 0.08 ms for each million
per image in training, fitted to MobileNetV3 Small and Large at 64, 96 and 224 px, with two trainings at once on two
cores; a multiply-add of ResNet, whose convolutions are whole, takes a quarter of that. The other rates follow from what
the stages took on the demo (21 min in all, two quiet cores).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kilnmix.config import Arm, ClassifierSettings, Params
from kilnmix.experiment import champion, mixing

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


CPU = Rates(image=0.8e-3, adds=0.08e-3, tuned=0.045, drawn=0.0175, encoded=0.02, dense=0.25, alone=2.0)
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


@dataclass(frozen=True)
class Kind:
    """Trainings that differ by their luck alone.

    Attributes:
        recipe: of the classifier. count: how many there are. crowding: pictures in a step over its photographs, in the
            mean of all steps.
    """

    recipe: ClassifierSettings
    count: int
    crowding: float = 1.0

    @property
    def images(self) -> float:
        """That one of them goes through."""
        return self.recipe.steps * self.recipe.batch_size * self.crowding


def crowding(share: float, mode: str, recipe: ClassifierSettings) -> float:
    """Pictures in a step over its photographs: at a share of 0.6, two and a half times as many."""
    return 1 + (1 - recipe.finish_on_real) * share / (1 - share) if mode == "extra" else 1.0


def fixed(params: Params) -> list[Kind]:
    """The trainings of `train`: of every arm with its seeds, in all folds and adapters."""
    pairs = len(params.folds) * len(params.adapters)
    return [_kind(params, arm, pairs * len(arm.seeds or params.experiment.seeds)) for arm in params.arms.values()]


def _kind(params: Params, arm: Arm, count: int) -> Kind:
    recipe = arm.recipe(params.classifier)
    share = float(mixing.shares(arm, tuple(params.collection.tasks)).max())
    return Kind(recipe, count, crowding(share, arm.mode, recipe))


def trials(params: Params) -> tuple[Kind, Kind]:
    """The search's trainings, with images and without, of as many steps as a trial gets.

    Each task has a share of its own, and the largest counts: that of T uniform draws lies at T / (T + 1) of the range.
    """
    search, recipe = params.search, params.classifier
    recipe = recipe.model_copy(update={"steps": round(recipe.steps * search.step_share)})
    count = len(params.folds) * (search.trials * len(search.seeds) + 2 * len(search.playoff))
    low, high = search.space.share if isinstance(search.space.share, tuple) else (search.space.share,) * 2
    tasks = len(params.collection.tasks)
    share = low + (high - low) * tasks / (tasks + 1)
    mode = search.space.mode if isinstance(search.space.mode, str) else search.space.mode[0]
    return Kind(recipe, count, crowding(share, mode, recipe)), Kind(recipe, count)


def found(params: Params) -> tuple[Kind, ...]:
    """The trainings of what the search finds: with images, with photographs repeated in their place, and without."""
    count = len(params.folds) * len(params.adapters) * len(params.experiment.seeds)
    mixed = Kind(params.classifier, count, trials(params)[0].crowding)
    return mixed, mixed, Kind(params.classifier, count)


def refitted(params: Params, photographs: int, training: int) -> Kind:
    """The last training: of the fixed arm that settings name, else of the dearest of all fixed arms."""
    named = [params.arms[params.refit_arm]] if params.refit_arm in params.arms else list(params.arms.values())
    kind = max((_kind(params, arm, 1) for arm in named), key=lambda one: one.images)
    steps = champion.steps(kind.recipe.steps, photographs, training)
    return Kind(kind.recipe.model_copy(update={"steps": steps}), 1, kind.crowding)


def judges(params: Params) -> Kind:
    return Kind(params.classifier, params.curation.judges * len(params.pool_folds))


def work(params: Params, photographs: int, training: int) -> Work:
    """Counts.

    Args:
        photographs: of the whole collection. training: of a fold's training part.
    """
    pools, adapters = len(params.pool_folds), len(params.adapters)
    whole = [*fixed(params), *found(params), refitted(params, photographs, training)]
    every = [judges(params), *whole, *trials(params)]
    draw, lora = params.generator.draw, params.generator.lora
    drawn = draw.images * pools * adapters
    return Work(
        photographs=photographs,
        judges=judges(params).count,
        trainings=sum(kind.count for kind in whole),
        trials=sum(kind.count for kind in trials(params)),
        training_images=round(sum(kind.count * kind.images for kind in every)),
        tuned_images=lora.steps * lora.batch_size * lora.accumulate * pools * adapters,
        encoded=training * pools,
        drawn=drawn,
        drawing_steps=drawn * draw.steps,
    )


def seconds_of_an_image(recipe: ClassifierSettings, rates: Rates) -> float:
    """In classifier training."""
    adds = MULTIPLY_ADDS.get(recipe.backbone, OTHER) * (recipe.size / 224) ** 2
    return rates.image + rates.adds * adds * (rates.dense if recipe.backbone in DENSE else 1.0)


def seconds_of(kind: Kind, photographs: int, rates: Rates) -> float:
    """Of all trainings of a kind.

    A probe reads every photograph and its mirror image once, without a gradient; what it saves by that it spends on the
    covariances.
    """
    read = 2 * photographs if kind.recipe.probe else 0
    return kind.count * (kind.images + 0.7 * read) * seconds_of_an_image(kind.recipe, rates)


def cost(params: Params, photographs: int, training: int, rates: Rates) -> Cost:
    """Estimates for a study; see `work` for the arguments."""
    todo = work(params, photographs, training)
    pixels = (params.generator.size / (64 if rates is CPU else 512)) ** 2

    def seconds(kinds: Sequence[Kind]) -> float:
        return sum(seconds_of(kind, photographs, rates) for kind in kinds)

    return Cost(
        work=todo,
        seconds={
            "starting": rates.started * _commands(params),
            "prepare": photographs * rates.decoded,
            "judge": seconds([judges(params)]),
            "encode": todo.encoded * rates.encoded * pixels,
            "finetune": todo.tuned_images * rates.tuned * pixels,
            "generate": todo.drawing_steps * rates.drawn * pixels * (1.0 if params.generator.draw.guided else 0.5),
            "curate": todo.drawn * params.curation.judges * seconds_of_an_image(params.classifier, rates) / 3,
            "train": seconds(fixed(params)),
            "search": seconds(trials(params)),
            "confirm": seconds(found(params)),
            "refit": rates.alone * seconds([refitted(params, photographs, training)]),
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
    kinds = [*fixed(params), *found(params)]
    pictures = max(kind.recipe.batch_size * kind.crowding * kind.recipe.size**2 for kind in kinds)
    batch = pictures * 3 * 4 * 60  # activations, sixty maps or so
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

"""What the images of a frontier's points add to a classifier, on validation: equally many images for every point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kilnmix.classifier.results import read_predictions
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.parallel import train_all
from kilnmix.collection.prepared import Prepared
from kilnmix.config import Arm, Params
from kilnmix.curation import accepted
from kilnmix.curation.intervals import Interval
from kilnmix.experiment.arms import ArmBuilder
from kilnmix.experiment.predictions import outcomes_of
from kilnmix.experiment.training import RUNS
from kilnmix.statistics.paired import difference

REAL = "real"


def share_of(images: int, photographs: int) -> float:
    """The share by which an arm takes `images` beside so many photographs: images / (images + photographs)."""
    return images / (images + photographs)


def gains(
    params: Params, photographs: Prepared, fold: int, pools: Mapping[str, Path], count: int, seeds: Sequence[int]
) -> dict[str, Interval]:
    """Point -> gain of mean macro-F1 over photographs alone, a fraction, with a 95 % interval over objects and seeds.

    Points are compared at `count` images each. Test photographs are not predicted.

    Args:
        pools: name of a point -> a folder as `curate` leaves it.
        seeds: of the classifiers, the same for all points; two or more.

    Raises:
        ValueError: there is one seed alone.
    """
    hidden = photographs.without_test(fold)
    share = share_of(count, len(photographs.members(fold, "train")))
    runs: dict[str, list[TrainingRun]] = {}
    for name, folder in {REAL: None, **pools}.items():
        own = {} if folder is None else {0: accepted.load(folder, photographs.tasks)}
        arm = Arm() if folder is None else Arm(source="synthetic", share=share)
        builder = ArmBuilder(params, hidden, fold, own)
        made = [builder.training(name, arm, 0, seed, test=False, purpose="frontier") for seed in seeds]
        runs[name] = [replace(run, name=f"frontier {run.name}") for run in made]
    done = train_all(
        [run for own in runs.values() for run in own], RUNS, params.classifier.runs_at_once, label="frontier"
    )
    answers = {
        name: [read_predictions(done[run.digest()] / "validation.npz") for run in own] for name, own in runs.items()
    }
    outcomes = outcomes_of(hidden, answers)
    found = {}
    for name in pools:
        paired = difference([outcomes], name, REAL)
        ends = paired.interval()
        if ends is None:
            raise ValueError("a gain's interval takes two seeds or more")
        found[name] = Interval(paired.delta, *ends)
    return found

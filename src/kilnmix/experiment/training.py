"""Arms trained with every adapter and seed of a fold: what `train`, `confirm` and `kilnmix train --only` share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kilnmix.classifier.results import Metrics, read_metrics
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.parallel import train_all
from kilnmix.collection import prepared
from kilnmix.collection.prepared import Task
from kilnmix.common.errors import UserError
from kilnmix.common.nested import flatten
from kilnmix.common.paths import PREPARED, STATE, Fold, output
from kilnmix.config import Arm, Params
from kilnmix.curation import accepted
from kilnmix.experiment import predictions
from kilnmix.experiment.arms import ArmBuilder, describe
from kilnmix.tracking import confusion
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, tags
from kilnmix.tracking.trainings import LiveTrainings

RUNS = STATE / "runs"
"""Finished trainings under their digests, taken up by whatever stage asks for the same."""


def arm_builder(params: Params, fold: Fold, pools: bool = True, test: bool = True) -> ArmBuilder:
    """A fold's photographs and, unless it does without, its accepted pools.

    Args:
        test: with the fold's test part; who chooses anything by its scores does without.
    """
    photographs = prepared.load(PREPARED)
    if not test and fold != "all":
        photographs = photographs.without_test(fold)
    folders = {adapter: output("curate", fold, adapter) for adapter in params.adapters} if pools else {}
    loaded = {adapter: accepted.load(folder, photographs.tasks) for adapter, folder in folders.items()}
    return ArmBuilder(params, photographs, fold, loaded)


@dataclass(frozen=True)
class TrainedArms:
    """The trainings of some arms of a fold.

    Attributes:
        runs: in the order of arms, adapters and seeds; folders, metrics: of each.
        reused: how many of them had been trained before.
    """

    builder: ArmBuilder
    arms: Mapping[str, Arm]
    runs: Sequence[TrainingRun]
    folders: Sequence[Path]
    metrics: Sequence[Metrics]
    reused: int

    @property
    def scores(self) -> dict[str, float]:
        """Arm -> mean of its trainings' best validation scores; NaN without a validation part."""
        scores = {}
        for arm in self.arms:
            own = [m.best.score for run, m in zip(self.runs, self.metrics, strict=True) if _of(run, arm) and m.best]
            scores[arm] = sum(own) / len(own) if own else float("nan")
        return scores

    @property
    def sentence(self) -> str:
        """How many trainings of what, how many of them taken up, and which pool was too small."""
        if not self.runs:
            return "no arm is open any more, nothing to train"
        seeds, adapters = ({run.tags[name] for run in self.runs} for name in ("seed", "adapter"))
        count = f"{len(self.runs)} runs of {len(self.arms)} arms, {len(adapters)} adapters, {len(seeds)} seeds"
        return f"{count}{f' ({self.reused} of them reused)' if self.reused else ''}{_too_small(self.runs)}"

    def records(self, stage: str, look: int | None = None) -> list[Record]:
        """For MLflow: the stage's record, then one a training.

        Args:
            look: after which they were trained.
        """
        params, fold = self.builder.params, self.builder.fold
        pools = [DataInput(str(output("curate", fold, adapter)), "mixing") for adapter in params.adapters]
        inputs = [DataInput(str(PREPARED), "training"), *pools]
        whole = Record(
            name=f"{stage} {fold}" if look is None else f"{stage} {look} {fold}",
            tags=tags(stage, fold, look=look),
            params=flatten(params.classifier.model_dump(mode="json"), "classifier."),
            metrics={f"validation.{arm}": score for arm, score in self.scores.items()},
            inputs=inputs,
        )
        more = {} if look is None else {"look": look}
        pairs = zip(self.runs, self.metrics, strict=True)
        tasks = self.builder.photographs.tasks
        trainings = (
            training_record(stage, run, self.arms[run.tags["arm"]], m, inputs, tasks, **more) for run, m in pairs
        )
        return [whole, *trainings]

    def write(self, folder: Path) -> None:
        """Leaves the predictions for validation and test, in files of their own."""
        predictions.write(folder, self.builder.photographs, self.runs, self.folders)


def train_arms(builder: ArmBuilder, arms: Mapping[str, Arm], label: str, wave: int = 0) -> TrainedArms:
    """Trains arms with every adapter and seed; what was trained before is reused.

    Args:
        label: of the progress bar.
        wave: which of `experiment.waves` of seeds; without looks on the way the first has all.
    """
    params = builder.params
    runs = builder.trainings(arms, params.experiment.waves[wave])
    if not runs:
        return TrainedArms(builder, arms, [], [], [], 0)
    reused: list[str] = []
    done = train_all(
        runs,
        RUNS,
        params.classifier.runs_at_once,
        on_done=lambda run, folder, known: reused.append(run.name) if known else None,
        label=label,
        watcher=LiveTrainings(),
    )
    folders = [done[run.digest()] for run in runs]
    metrics = [read_metrics(folder / "metrics.json") for folder in folders]
    return TrainedArms(builder, arms, runs, folders, metrics, len(reused))


def train_only(params: Params, fold: int, names: Sequence[str]) -> str:
    """Trains some of the arms with all their seeds; returns how validation scores them, a line a training.

    Nothing is written but the trainings themselves, which the stage takes up when it runs. An arm without extra images
    needs photographs alone, no pool.

    Raises:
        UserError: params.yaml defines no such arm.
    """
    for name in names:
        if name not in params.arms:
            raise UserError(f"There is no arm {name!r}: params.yaml defines the arms {', '.join(params.arms)}.")
    arms = {name: params.arms[name] for name in names}
    builder = arm_builder(params, fold, pools=any(arm.source != "none" for arm in arms.values()))
    trained = train_arms(builder, arms, f"train fold {fold}")
    lines = []
    for run, metrics in zip(trained.runs, trained.metrics, strict=True):
        best = metrics.best
        scores = ", ".join(f"{task} {value:.3f}" for task, value in best.f1.items()) if best else "no validation part"
        lines.append(f"{run.name}: macro-F1 on validation {scores}; {metrics.seconds:.0f} s")
    return "\n".join(lines)


def training_record(
    stage: str,
    run: TrainingRun,
    arm: Arm,
    metrics: Metrics,
    inputs: Sequence[DataInput],
    tasks: Sequence[Task],
    **more: object,
) -> Record:
    """What MLflow is to know of one training: its setting, its curves, its validation scores and confusion matrices.

    Args:
        tasks: of the collection, for the names of the classes.
        more: further tags, such as study and trial.
    """
    own = {name: value for name, value in run.tags.items() if name != "fold"}
    classes = {task.name: task.classes for task in tasks}
    place = next((f" {name} {more[name]}" for name in ("trial", "playoff") if name in more), "")
    return Record(
        name=f"{run.name}{place}",
        tags=tags(stage, **{"fold": run.tags["fold"], **own, **more}),  # type: ignore[arg-type]
        params={
            **describe(arm),
            **{f"task_weight.{task}": run.task_weights.get(task, 1.0) for task in run.tasks},
            **flatten(
                run.settings.model_dump(mode="json", exclude={"task_weights", "synthetic_weight"}), "classifier."
            ),
            "photographs": len(run.train),
            "extra_images": len(run.extra.rows) if run.extra else 0,
            "extra_wanted": run.extra.wanted if run.extra else 0,
            "share": run.extra.share if run.extra else 0.0,
            **(flatten(arm.share, "share.") if isinstance(arm.share, dict) else {}),
            "run": run.digest()[:16],
        },
        metrics=_measured(metrics),
        curves=metrics.curves,
        inputs=inputs,
        confusion={task: confusion.table(classes[task], counts) for task, counts in metrics.confusion.items()},
        seconds=metrics.seconds,
    )


def _measured(metrics: Metrics) -> dict[str, float]:
    values = {
        "best_step": float(metrics.best_step),
        **{f"temperature.{task}": value for task, value in metrics.temperatures.items()},
    }
    if metrics.best is not None:
        values |= {"best.score": metrics.best.score}
        values |= {f"best.f1.{task}": value for task, value in metrics.best.f1.items()}
    for task, scores in metrics.validation.items():
        values |= {f"validation.{name}.{task}": value for name, value in scores.items()}
    return values


def _of(run: TrainingRun, arm: str) -> bool:
    return run.tags["arm"] == arm


def _too_small(runs: Sequence[TrainingRun]) -> str:
    """A clause on the arm that its pool fell shortest of, if there is such an arm."""
    short = [run for run in runs if run.extra is not None and len(run.extra.rows) < run.extra.wanted]
    if not short:
        return ""
    worst = max(short, key=lambda run: run.extra.wanted / len(run.extra.rows) if run.extra else 0.0)
    assert worst.extra is not None
    return (
        f"; {worst.tags['arm']} asks for {worst.extra.wanted} different images, but the pool of adapter "
        f"{worst.tags['adapter']} has {len(worst.extra.rows)}, which come more often (generator.draw.images draws more)"
    )

"""train: every fixed arm of the comparison, with every adapter and seed of this fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kilnmix.classifier.results import Metrics, read_metrics
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.parallel import train_many
from kilnmix.collection import prepared as collection
from kilnmix.common.errors import UserError
from kilnmix.common.files import fresh
from kilnmix.common.paths import PREPARED, STATE, output
from kilnmix.config import Arm, Params
from kilnmix.curation import accepted
from kilnmix.experiment import predictions
from kilnmix.experiment.arms import Bench, describe
from kilnmix.stages import Outcome
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, flatten, tags, write


def run(params: Params, fold: int) -> Outcome:
    return train_arms(params, "train", fold, params.arms)


def only(params: Params, fold: int, names: Sequence[str]) -> str:
    """Trains some of the arms with all their seeds, and says how validation scores them.

    Nothing is written but the trainings themselves, which the stage takes up when it runs. An arm without extra images
    needs photographs alone, no pool.

    Raises:
        UserError: params.yaml defines no such arm.
    """
    for name in names:
        if name not in params.arms:
            raise UserError(f"There is no arm {name!r}: params.yaml defines the arms {', '.join(params.arms)}.")
    arms = {name: params.arms[name] for name in names}
    if all(arm.source == "none" for arm in arms.values()):
        ready = Bench(params, collection.load(PREPARED), fold, {})
    else:
        ready = bench(params, fold)
    runs = ready.trainings(arms, params.experiment.seeds)
    done = train_many(runs, STATE / "runs", params.classifier.runs_at_once, label=f"train fold {fold}")
    lines = []
    for run in runs:
        metrics = read_metrics(done[run.digest()] / "metrics.json")
        best = metrics.best
        scores = ", ".join(f"{task} {value:.3f}" for task, value in best.f1.items()) if best else "no validation part"
        lines.append(f"{run.name}: macro-F1 on validation {scores}; {metrics.seconds:.0f} s")
    return "\n".join(lines)


def bench(params: Params, fold: int) -> Bench:
    """The fold's photographs and accepted pools."""
    photographs = collection.load(PREPARED)
    pools = {adapter: accepted.load(output("curate", fold, adapter), photographs.tasks) for adapter in params.adapters}
    return Bench(params, photographs, fold, pools)


def train_arms(params: Params, stage: str, fold: int, arms: Mapping[str, Arm]) -> Outcome:
    """Trains arms and writes their predictions; what `train` does for the fixed arms and `confirm` for those found."""
    ready = bench(params, fold)
    runs = ready.trainings(arms, params.experiment.seeds)
    reused: list[str] = []
    done = train_many(
        runs,
        STATE / "runs",
        params.classifier.runs_at_once,
        on_done=lambda run, folder, known: reused.append(run.name) if known else None,
        label=f"{stage} fold {fold}",
    )
    folders = [done[run.digest()] for run in runs]
    measured = [read_metrics(folder / "metrics.json") for folder in folders]
    inputs = [
        DataInput(str(PREPARED), "training"),
        *(DataInput(str(output("curate", fold, adapter)), "mixing") for adapter in params.adapters),
    ]
    records = [
        training_record(stage, run, arms[run.tags["arm"]], metrics, inputs)
        for run, metrics in zip(runs, measured, strict=True)
    ]
    scores = {arm: _mean_score(runs, measured, arm) for arm in arms}
    whole = Record(
        name=f"{stage} {fold}",
        tags=tags(stage, fold),
        params=flatten(params.classifier.model_dump(mode="json"), "classifier."),
        metrics={f"validation.{arm}": score for arm, score in scores.items()},
        inputs=inputs,
    )
    with fresh(output(stage, fold)) as folder:
        predictions.write(folder, ready.photographs, runs, folders)
        write(folder, [whole, *records])
    different = len({run.tags["seed"] for run in runs})
    count = f"{len(runs)} runs of {len(arms)} arms, {len(params.adapters)} adapters, {different} seeds"
    kept = f" ({len(reused)} of them reused)" if reused else ""
    return Outcome(f"{count}{kept}{_too_small(runs)}", [whole, *records])


def _too_small(runs: Sequence[TrainingRun]) -> str:
    """A clause on the arm that its pool fell shortest of, if one did."""
    short = [run for run in runs if run.extra is not None and len(run.extra.rows) < run.extra.wanted]
    if not short:
        return ""
    worst = max(short, key=lambda run: run.extra.wanted / len(run.extra.rows) if run.extra else 0.0)
    assert worst.extra is not None
    return (
        f"; {worst.tags['arm']} asks for {worst.extra.wanted} different images, but the pool of adapter "
        f"{worst.tags['adapter']} has {len(worst.extra.rows)}, which come more often (generator.draw.images draws more)"
    )


def training_record(
    stage: str, run: TrainingRun, arm: Arm, metrics: Metrics, inputs: Sequence[DataInput], **more: object
) -> Record:
    """What MLflow is to know of one training: its setting, its curves, its validation scores."""
    curves: dict[str, list[tuple[int, float]]] = {"loss": list(metrics.losses)}
    for entry in metrics.curve:
        curves.setdefault("validation.score", []).append((entry.step, entry.score))
        for task, value in entry.f1.items():
            curves.setdefault(f"validation.f1.{task}", []).append((entry.step, value))
    best = metrics.best
    found = {
        "best_step": float(metrics.best_step),
        **{f"temperature.{task}": value for task, value in metrics.temperatures.items()},
    }
    if best is not None:
        found |= {"best.score": best.score, **{f"best.f1.{task}": value for task, value in best.f1.items()}}
    for task, scores in metrics.validation.items():
        found |= {f"validation.{name}.{task}": value for name, value in scores.items()}
    own = {name: value for name, value in run.tags.items() if name != "fold"}
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
            "run": run.digest()[:16],
        },
        metrics=found,
        curves=curves,
        inputs=inputs,
        seconds=metrics.seconds,
    )


def _mean_score(runs: Sequence[TrainingRun], measured: Sequence[Metrics], arm: str) -> float:
    scores = [m.best.score for run, m in zip(runs, measured, strict=True) if run.tags["arm"] == arm and m.best]
    return sum(scores) / len(scores) if scores else float("nan")

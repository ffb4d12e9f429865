"""Searching: how far its best stays behind the best there is, against random search; its seconds from trial to trial;
and what a study with a pruner costs.

The first and the last are taken on a table: settings of a small rendered collection that are trained once each. A trial
gets what the nearest of them got, look by look, so that thirty studies take as long as one. The synthetic images are
renders that show what their label says for one task and, half of them, something else for the other. So the best
setting is neither at the lowest nor at the highest shares.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import qmc

from bench.kept import kept
from bench.rows import Row
from kilnmix import config
from kilnmix.classifier.results import read_metrics
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.parallel import ParallelTrainer
from kilnmix.collection.prepared import Prepared, Task, write_tables
from kilnmix.common import seeds
from kilnmix.config import Arm, ClassifierSettings, Params, SearchSettings
from kilnmix.curation import accepted
from kilnmix.demo import domain
from kilnmix.demo.collection import shot
from kilnmix.experiment.arms import ArmBuilder
from kilnmix.experiment.search import Search
from kilnmix.experiment.space import Space
from kilnmix.experiment.trial_runner import TrialRunner
from kilnmix.experiment.trials import Asked, Objective, Scored

PROJECT, FOLDER = Path(__file__).parents[1], kept("bench-search")
TASKS = ("dynasty", "kiln")
"""The first one's labels are wrong for half of the images."""
TRAINED, VALIDATED, POOL, SIZE = 128, 128, 320, 32
STEPS, BATCH, LOOKS = 27, 8, 9
SETTINGS, REPEATS, TRIALS = 44, 30, (20, 40)
HIGHEST, WEIGHT, SYNTHETIC = 0.6, (0.5, 2.0), (0.25, 1.0)


@dataclass(frozen=True)
class Table:
    """Settings and what validation gave them.

    Attributes:
        places: (n, 4) float64 in the unit cube, as `place_of` has them.
        looks: (n, LOOKS) float64, the score at every look.
    """

    places: np.ndarray
    looks: np.ndarray

    @property
    def scores(self) -> np.ndarray:
        """(n,) float64: of the kept weights, the best look's."""
        best: np.ndarray = self.looks.max(1)
        return best

    def curve(self, arm: Arm) -> np.ndarray:
        """The looks of the nearest setting."""
        curve: np.ndarray = self.looks[int(((self.places - place_of(arm)) ** 2).sum(1).argmin())]
        return curve


def place_of(arm: Arm) -> np.ndarray:
    """(4,) float64: both shares, the second task's weight and that of an image, each from 0 to 1 over its range. An arm
    without images has the weight in the middle, as it makes no difference."""
    share = arm.share if isinstance(arm.share, Mapping) else dict.fromkeys(TASKS, arm.share)
    image = 0.5 if arm.source == "none" else _part(arm.synthetic_weight, SYNTHETIC)
    shares = (share[task] / HIGHEST for task in TASKS)
    return np.array([*shares, _part(arm.task_weights.get(TASKS[1], 1.0), WEIGHT), image])


def _part(value: float, ends: tuple[float, float]) -> float:
    return float(np.log(value / ends[0]) / np.log(ends[1] / ends[0]))


def drawn(rows: np.ndarray, space: Space) -> list[Arm]:
    """The arms at some places (n, 4) of the unit cube, shares on the search's own grid."""
    arms = []
    for first, second, weight, image in rows.tolist():
        shares = {
            task: round(round(HIGHEST * at / 0.05) * 0.05, 2) for task, at in zip(TASKS, (first, second), strict=True)
        }
        weights = (low * (high / low) ** at for at, (low, high) in ((weight, WEIGHT), (image, SYNTHETIC)))
        named = dict(zip((f"weight.{TASKS[1]}", "synthetic_weight"), weights, strict=True))
        arms.append(space.arm({**{f"share.{task}": share for task, share in shares.items()}, **named}))
    return arms


def settings(params: Params, **changes: object) -> SearchSettings:
    """The committed search of a study, over the table's space."""
    space = {"share": (0.0, HIGHEST), "weight": WEIGHT, "synthetic_weight": SYNTHETIC, "allocation": "as-real"}
    own = {"pruner": "none", "seeds": (0,), "playoff": (1,), "objective": "mean", "augment": False, "parallel": 4}
    base = params.search.model_dump() | own | {"reduction": 4, "min_share": 0.11, "space": {**space, "mode": "extra"}}
    return SearchSettings.model_validate({**base, **changes})


def project() -> tuple[Params, ArmBuilder]:
    """The rendered collection, its pool, and the recipe of a training."""
    params = config.load(PROJECT / "params.yaml")
    recipe = {"size": SIZE, "steps": STEPS, "batch_size": BATCH, "evaluations": LOOKS, "keep": "best", "patience": None}
    classifier = ClassifierSettings.model_validate({**params.classifier.model_dump(), **recipe})
    params = params.model_copy(update={"classifier": classifier, "adapters": (0,), "folds": (0,)})
    prepared, pool = FOLDER / "prepared", FOLDER / "pool"
    labels = domain.draw_labels(seeds.rng(0, "bench/labels"), TRAINED + VALIDATED)
    tasks = tuple(
        Task(name, names, {each: each for each in names})
        for name in TASKS
        for names in [tuple(sorted({str(getattr(each, name)) for each in domain.joint()}))]
    )

    def codes(drawn: Sequence[domain.Labels]) -> np.ndarray:
        return np.array([[task.classes.index(str(getattr(each, task.name))) for task in tasks] for each in drawn])

    ids = np.array([f"p{row}" for row in range(len(labels))])
    parts = np.array(["train"] * TRAINED + ["val"] * VALIDATED)
    truth = {name: codes(labels)[:, column] for column, name in enumerate(TASKS)}
    photographs = Prepared(prepared, tasks, ids, np.arange(len(ids)), truth, {0: parts}, np.array([""] * len(ids)))
    if not (pool / "images.csv").exists():
        prepared.mkdir(parents=True, exist_ok=True)
        np.save(prepared / "pixels.npy", np.stack(_renders(labels, "bench/photograph")))
        write_tables(photographs)
        shown = domain.draw_labels(seeds.rng(0, "bench/pool"), POOL)
        asked, rng = codes(shown), seeds.rng(0, "bench/wrong")
        wrong = rng.random(POOL) < 0.5
        asked[wrong, 0] = rng.integers(0, len(tasks[0].classes), int(wrong.sum()))
        names = [f"image-{number:04d}" for number in range(POOL)]
        accepted.write_trusted(pool, tasks, names, np.stack(_renders(shown, "bench/pool")), asked)
    return params, ArmBuilder(params, photographs, 0, {0: accepted.load(pool, tasks)})


def _renders(labels: Sequence[domain.Labels], purpose: str) -> list[np.ndarray]:
    return [shot(each, 0, purpose, number, size=SIZE) for number, each in enumerate(labels)]


def trained(params: Params, builder: ArmBuilder) -> Table:
    """The table: the search's own first trials, and settings spread evenly over its space."""
    space = Space(True, TASKS, settings(params), params.classifier)
    spread = qmc.Sobol(4, seed=0).random(SETTINGS)
    arms = [space.arm(start) for start in space.starts()] + drawn(spread, space)
    runs = [builder.training("table", arm, 0, 0, test=False, purpose="search") for arm in arms]
    with ParallelTrainer(FOLDER / "runs", params.classifier.runs_at_once) as trainer:
        folders = trainer.train(runs, label="table")
    curves = [[look.score for look in read_metrics(folders[run.digest()] / "metrics.json").curve] for run in runs]
    return Table(np.stack([place_of(arm) for arm in arms]), np.array(curves))


def studied(table: Table, wanted: SearchSettings, usual: ClassifierSettings, seed: int) -> tuple[list[float], float]:
    """A study on the table: scores of its complete trials, and how many full trainings its steps would make."""
    spent = [0.0]

    def scored(asked: Asked) -> Scored:
        curve = table.curve(asked.arm)
        for number, look in enumerate(curve.tolist(), 1):
            spent[0] += 1 / LOOKS
            if asked.report(number * STEPS // LOOKS, look):
                return Scored(look, dict.fromkeys(TASKS, look), 0, pruned=True)
        return Scored(float(curve.max()), dict.fromkeys(TASKS, float(curve.max())))

    with tempfile.TemporaryDirectory() as place:
        own = wanted.model_copy(update={"storage": f"journal:{place}/studies.journal"})
        search = Search("searched", "bench", TASKS, own, seeds.derive(seed, "bench"), usual, STEPS)
        while search.round(lambda trials: [scored(each) for each in trials]):
            pass
        return [trial.score for trial in search.finished if trial.state == "complete"], spent[0]


def by_chance(table: Table, space: Space, count: int, seed: int) -> list[float]:
    """Scores of settings drawn evenly over the space."""
    places = seeds.rng(seed, "bench/random").random((count, 4))
    return [float(table.curve(arm).max()) for arm in drawn(places, space)]


def difference(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float]:
    """Ends of the 95 % bootstrap interval of how much smaller our mean is."""
    rng = seeds.rng(0, "bench/bootstrap")
    ends = [np.array(values)[rng.integers(0, len(values), (4000, len(values)))].mean(1) for values in (theirs, ours)]
    apart = ends[0] - ends[1]
    low, high = np.quantile(apart, (0.025, 0.975))
    return float(low), float(high)


class Gaps:
    """Seconds from the end of a trial's training to the begin of the next one's."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._ended: float | None = None

    def began(self, run: TrainingRun) -> None:
        if self._ended is not None:
            self.seconds.append(time.perf_counter() - self._ended)

    def stepped(self, run: TrainingRun, step: int, figures: Mapping[str, float]) -> None:
        """Nothing is taken of it."""

    def ended(self, run: TrainingRun, well: bool) -> None:
        self._ended = time.perf_counter()


def gaps(params: Params, builder: ArmBuilder, trials: int = 6) -> list[float]:
    """A real study, one trial after the other, each trained anew."""
    watcher = Gaps()
    with tempfile.TemporaryDirectory() as place:
        wanted = settings(params, trials=trials, parallel=1, storage=f"journal:{place}/studies.journal")
        search = Search("searched", "gaps", TASKS, wanted, 0, params.classifier, STEPS)
        with ParallelTrainer(Path(place) / "runs", 1, watcher) as trainer:
            runner = TrialRunner(builder, trainer, params.classifier, 0, Objective.of("mean", TASKS))
            while search.round(partial(runner.scores, "searched", wanted.seeds)):
                pass
    return watcher.seconds


def measure() -> Iterable[Row]:
    params, builder = project()
    between = gaps(params, builder)
    yield Row("search.trial_to_trial", statistics.median(between), "s, median", target="<= 0.5", runs=len(between))
    yield Row("search.trial_to_trial_longest", max(between), "s", runs=len(between))
    table = trained(params, builder)
    scores = 100 * table.scores
    yield Row("search.table", float(scores.max() - np.median(scores)), "points from its median to its best",
              runs=len(scores))  # fmt: skip
    for trials, pruner in itertools.product(TRIALS, ("none", "halving")):
        yield from _regrets(params, table, trials, pruner)


def _regrets(params: Params, table: Table, trials: int, pruner: str) -> Iterable[Row]:
    """Mean regret of studies, and of random search with as many full trainings."""
    wanted = settings(params, trials=trials, pruner=pruner)
    space = Space(True, TASKS, wanted, params.classifier)
    studies = [studied(table, wanted, params.classifier, seed) for seed in range(REPEATS)]
    cost = statistics.fmean(spent for _, spent in studies)
    regret: Callable[[Sequence[float]], float] = lambda scores: 100 * float(table.scores.max() - max(scores))  # noqa: E731
    ours = [regret(scores) for scores, _ in studies]
    theirs = [regret(by_chance(table, space, max(round(cost), 1), seed)) for seed in range(REPEATS)]
    low, high = difference(ours, theirs)
    name = f"search.{trials}_trials" + ("" if pruner == "none" else f"_{pruner}")
    shape: dict[str, Any] = {"runs": REPEATS}
    yield Row(f"{name}.regret", statistics.fmean(ours), "points; reference: random search at equal steps",
              statistics.fmean(theirs), "< random search", **shape)  # fmt: skip
    yield Row(f"{name}.less_regret_low", low, "points, lower end of 95 %", target="> 0", **shape)
    yield Row(f"{name}.less_regret_high", high, "points, upper end of 95 %", **shape)
    if pruner != "none":
        yield Row(f"{name}.cost", cost / trials, "of as many full trainings", target="<= 0.4", **shape)

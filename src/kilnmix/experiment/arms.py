"""Arms -> trainings: every arm, adapter and seed of a fold, with the images that fill its extra slots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kilnmix.classifier.run import Extra, TrainingRun
from kilnmix.collection.prepared import Prepared
from kilnmix.common.errors import UserError
from kilnmix.common.paths import Fold
from kilnmix.common.seeds import derive
from kilnmix.config import Arm, ClassifierSettings, Params
from kilnmix.curation import accepted
from kilnmix.curation.accepted import Accepted
from kilnmix.experiment import mixing, subsets


@dataclass(frozen=True)
class ArmBuilder:
    """One fold's photographs and pools, ready to train arms on.

    Attributes:
        pools: adapter -> its accepted images.
    """

    params: Params
    photographs: Prepared
    fold: Fold
    pools: Mapping[int, Accepted]

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(task.name for task in self.photographs.tasks)

    def rows(self, arm: Arm, adapter: int, seed: int) -> np.ndarray:
        """(n,) int64 rows of the photographs that an arm is trained on.

        Which are left out follows from the run, not from the arm: the luck of that choice is part of the replicates'
        luck, and the same for all arms.
        """
        rows = self.photographs.members(self.fold, "train")
        objects, labels = self.photographs.objects[rows], self.photographs.label_matrix[rows]
        drawn = derive(self.params.seed, "photographs", self.fold, adapter, seed)
        stays = np.ones(len(rows), bool)
        if arm.photographs < 1:
            stays &= subsets.nested(objects, labels, arm.photographs, drawn)
        for task, most in arm.tail.items():
            tail = subsets.tail_classes(
                self.photographs, self.params.folds, task, self.params.experiment.min_class_objects
            )
            stays &= subsets.cut(objects, labels[:, self.tasks.index(task)], tail, most, drawn)
        return rows[stays]

    def extra(self, arm: Arm, adapter: int, rows: np.ndarray) -> Extra | None:
        """What fills the extra slots of an arm beside the photographs `rows`; None where it has none.

        Raises:
            UserError: curation accepted no image of the pool.
        """
        if arm.source == "none":
            return None
        pool = accepted.load(arm.pool, self.photographs.tasks) if arm.pool else self.pools[adapter]
        if not len(pool):
            raise UserError(
                f"No image of {pool.folder} (fold {self.fold}, adapter {adapter}) is accepted, so there is nothing to "
                f"mix in. Look at {pool.folder / 'gallery.html'}; loosen curation, or tune longer "
                "(generator.lora.steps)."
            )
        real = self.photographs.label_matrix[rows]
        seed = derive(self.params.seed, "mix", self.fold, adapter)
        half, labels = np.arange(len(pool)), pool.kept
        if arm.aligned != "all":
            # Curation masks most in the less aligned half, which would leave it fewer labels: a difference between the
            # halves would be that of their labels. Both keep the labels that were asked for.
            half, labels = mixing.aligned_half(pool.asked, pool.alignment, arm.aligned == "more"), pool.asked
        choice = mixing.choose(arm, self.tasks, pool.asked[half], labels[half], real, seed)
        pixels, chosen = pool.pixels, half[choice.rows]
        if arm.source == "repeat":
            choice = mixing.repeat(choice, pool.asked, real, seed)
            pixels, chosen = self.photographs.folder / "pixels.npy", rows[choice.rows]
        learnt = self.learnt(arm)
        return Extra(
            kind=arm.source,
            pixels=pixels,
            rows=chosen,
            labels=choice.labels[:, [self.tasks.index(task) for task in learnt]],
            soft=self._soft(pool, chosen, learnt) if self._softens(arm) else None,
            share=float(mixing.shares(arm, self.tasks).max()),
            mode=arm.mode,
            weight=arm.synthetic_weight * arm.recipe(self.params.classifier).synthetic_weight,
            wanted=choice.wanted,
        )

    def _softens(self, arm: Arm) -> bool:
        """Whether an arm teaches its pool's label shares. Those by judges would tell the halves of the images that they
        recognise less and more apart by their labels."""
        judged = self.params.curation.labels == "judged" and arm.aligned != "all"
        return arm.source != "repeat" and not judged

    def _soft(self, pool: Accepted, rows: np.ndarray, tasks: tuple[str, ...]) -> np.ndarray | None:
        """(m, sum of the tasks' classes) float32 label shares of a pool's rows; None where all labels are hard."""
        if not any(task in pool.soft for task in tasks):
            return None
        columns = []
        for name in tasks:
            place, classes = self.tasks.index(name), len(self.photographs.task(name).classes)
            hard = np.eye(classes, dtype=np.float32)[np.maximum(pool.asked[rows, place], 0)]
            columns.append(pool.soft[name][rows] if name in pool.soft else hard)
        return np.concatenate(columns, axis=1)

    def learnt(self, arm: Arm) -> tuple[str, ...]:
        """The tasks that an arm learns, in the collection's order."""
        return tuple(task for task in self.tasks if not arm.tasks or task in arm.tasks)

    # Eight parameters: the stages vary all of them, one or two at a time.
    def training(
        self,
        name: str,
        arm: Arm,
        adapter: int,
        seed: int,
        settings: ClassifierSettings | None = None,
        test: bool = True,
        keep_model: bool = False,
        purpose: str = "classifier",
    ) -> TrainingRun:
        """One training of an arm.

        Each (adapter, seed) pair has a classifier seed of its own, which all arms share: the luck of a `real` run that
        served several adapters would be counted nowhere.

        Args:
            test: also predict the test part; no search does.
            purpose: what the classifier's seed is derived for.
        """
        members = self.photographs.members
        recipe = arm.recipe(settings or self.params.classifier)
        rows = self.rows(arm, adapter, seed)
        return TrainingRun(
            prepared=self.photographs.folder,
            tasks=self.learnt(arm),
            settings=recipe,
            task_weights={**recipe.task_weights, **arm.task_weights},
            seed=derive(self.params.seed, purpose, self.fold, adapter, seed),
            train=rows,
            val=members(self.fold, "val"),
            test=members(self.fold, "test") if test else np.empty(0, np.int64),
            extra=self.extra(arm, adapter, rows),
            keep_model=keep_model,
            fit=self.params.collection.resize_mode,
            name=f"{name} {self.fold}/{adapter}/{seed}",
            tags={"arm": name, "fold": str(self.fold), "adapter": str(adapter), "seed": str(seed)},
        )

    def trainings(self, arms: Mapping[str, Arm], seeds: tuple[int, ...]) -> list[TrainingRun]:
        """Every arm with every adapter and every seed of `seeds`, or of its own."""
        return [
            self.training(name, arm, adapter, seed)
            for name, arm in arms.items()
            for adapter in self.params.adapters
            for seed in arm.seeds or seeds
        ]


def counterparts(arms: Mapping[str, Arm]) -> dict[str, str]:
    """Arm -> the arm without extra images that it is to be held against.

    That is the one that has the same photographs, tasks and recipe, so that a difference is the images' doing; where
    there is none, and for arms without extra images themselves, `real`. What the search found with synthetic images,
    and the same with repeated photographs in their place, stands against what it found without.
    """
    bare = {
        name: arm.model_copy(
            update={
                "share": 0.0,
                "mode": "extra",
                "allocation": "as-real",
                "synthetic_weight": 1.0,
                "aligned": "all",
                "seeds": (),
            }
        )
        for name, arm in arms.items()
    }
    found = {"searched": "real-searched", "repeat-searched": "real-searched"}
    for name, arm in arms.items():
        stripped = bare[name].model_copy(update={"source": "none", "pool": None})
        twins = [other for other in arms if arms[other].source == "none" and bare[other] == stripped]
        found[name] = twins[0] if arm.source != "none" and twins and "real" not in twins else "real"
    return found


def repeating(arm: Arm) -> Arm:
    """The control of an arm with synthetic images: as many extra slots, the same labels, weights and recipe, but
    photographs in them. An arm without extra images is its own."""
    return arm if arm.source == "none" else arm.model_copy(update={"source": "repeat", "aligned": "all"})


def changed(arm: Arm) -> dict[str, object]:
    """The settings in which an arm differs from one without any, and its source."""
    values, usual = arm.model_dump(mode="json"), Arm().model_dump(mode="json")
    return {name: value for name, value in values.items() if name == "source" or value != usual[name]}


def describe(arm: Arm) -> dict[str, object]:
    """An arm as parameters to log."""
    return {f"arm.{name}": value for name, value in arm.model_dump(mode="json").items()}

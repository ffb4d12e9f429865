"""Arms -> trainings: every arm, adapter and seed of a fold, with the images that fill its extra slots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kilnmix.classifier.run import Extra, TrainingRun
from kilnmix.collection.prepared import Fold, Prepared
from kilnmix.config import Arm, ClassifierSettings, Params
from kilnmix.curation.accepted import Accepted
from kilnmix.errors import UserError
from kilnmix.experiment import mixing
from kilnmix.seeds import derive


@dataclass(frozen=True)
class Bench:
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

    def extra(self, arm: Arm, adapter: int) -> Extra | None:
        """What fills the extra slots of an arm; None where it has none.

        Raises:
            UserError: curation accepted no image of the pool.
        """
        if arm.source == "none":
            return None
        pool = self.pools[adapter]
        if not len(pool):
            raise UserError(
                f"No image of fold {self.fold}, adapter {adapter} was accepted, so there is nothing to mix in. Look at "
                f"{pool.folder / 'gallery.html'}; loosen curation, or tune longer (generator.lora.steps)."
            )
        real = self.photographs.label_matrix[self.photographs.members(self.fold, "train")]
        seed = derive(self.params.seed, "mix", self.fold, adapter)
        choice = mixing.choose(arm, self.tasks, pool.asked, pool.kept, real, seed)
        share = float(mixing.shares(arm, self.tasks).max())
        if arm.source == "synthetic":
            pixels, rows = pool.pixels, choice.rows
        else:
            choice = mixing.repeat(choice, pool.asked, real, seed)
            pixels = self.photographs.folder / "pixels.npy"
            rows = self.photographs.members(self.fold, "train")[choice.rows]
        return Extra(
            kind=arm.source,
            pixels=pixels,
            rows=rows,
            labels=choice.labels,
            share=share,
            mode=arm.mode,
            weight=arm.synthetic_weight * self.params.classifier.synthetic_weight,
            wanted=choice.wanted,
        )

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
        return TrainingRun(
            prepared=self.photographs.folder,
            tasks=self.tasks,
            settings=settings or self.params.classifier,
            task_weights={**self.params.classifier.task_weights, **arm.task_weights},
            seed=derive(self.params.seed, purpose, self.fold, adapter, seed),
            train=members(self.fold, "train"),
            val=members(self.fold, "val"),
            test=members(self.fold, "test") if test else np.empty(0, np.int64),
            extra=self.extra(arm, adapter),
            keep_model=keep_model,
            fit=self.params.collection.fit,
            name=f"{name} {self.fold}/{adapter}/{seed}",
            tags={"arm": name, "fold": str(self.fold), "adapter": str(adapter), "seed": str(seed)},
        )

    def trainings(self, arms: Mapping[str, Arm], seeds: tuple[int, ...]) -> list[TrainingRun]:
        """Every arm with every adapter and every seed."""
        return [
            self.training(name, arm, adapter, seed)
            for name, arm in arms.items()
            for adapter in self.params.adapters
            for seed in seeds
        ]


def describe(arm: Arm) -> dict[str, object]:
    """An arm as parameters to log."""
    return {f"arm.{name}": value for name, value in arm.model_dump(mode="json").items()}

"""One pool through curation: what the judges make of its images, which are copies, what becomes of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kilnmix.classifier.data.resize import resized
from kilnmix.collection.pictures.sheet import contact_sheet, spread
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common.files import reserved_array
from kilnmix.common.paths import Fold
from kilnmix.config import CurationSettings
from kilnmix.curation import accepted, copies, distance, fidelity, selection
from kilnmix.curation.judges import Judges
from kilnmix.generator.pool import Pool

_BLOCK = 128


@dataclass(frozen=True)
class Curation:
    """What curation makes of a pool.

    Attributes:
        table: the state of every image.
        judgements: task -> how far the judges can be trusted, and what they say.
        distances: task -> (C,) kernel distance of each class's features.
    """

    table: accepted.Curated
    judgements: Mapping[str, fidelity.Judgement]
    distances: Mapping[str, np.ndarray]

    @property
    def metrics(self) -> dict[str, float]:
        """Skill, share of masked labels and agreement, a task each."""
        values = {f"skill.{name}": each.skill for name, each in self.judgements.items()}
        values |= {f"masked.{name}": float(each.masked.mean()) for name, each in self.judgements.items()}
        for name, each in self.judgements.items():
            if each.asked.any():  # not so for a task that captions do not name
                values[f"alignment.{name}"] = float(each.agreed.sum() / each.asked.sum())
        return values


# Eight parameters: the data of one fold, each read once by the stage.
def curate(
    settings: CurationSettings,
    photographs: Prepared,
    fold: Fold,
    pool: Pool,
    pixels: np.ndarray,
    judges: Judges,
    vetoed: frozenset[str],
    progress: Callable[[int], object],
) -> Curation:
    """Judges a pool, compares it with the fold's photographs, and decides.

    Args:
        pixels: (m, S, S, 3) uint8, the pool's images.
        vetoed: ids that a person has ruled out.
        progress: told 1 for every judge that has answered.
    """
    judgements, probability, far = _judge(settings, photographs, pool.labels, pixels, judges, progress)
    masked = np.stack([judgements[task.name].masked for task in photographs.tasks], axis=1)
    train = photographs.members(fold, "train")
    held_out = np.concatenate([photographs.members(fold, "val"), photographs.members(fold, "test")])
    near = copies.find(
        pixels,
        photographs.pixels[train],
        photographs.objects[train],
        photographs.pixels[np.sort(held_out)],
        settings.copy_quantile,
        settings.copy_similarity,
    )
    table = accepted.Curated(
        ids=pool.ids,
        status=selection.status(pool.ids, pool.labels, masked, near, vetoed, settings.reject_when_all_masked),
        nearest=[str(photographs.ids[train[row]]) for row in near.nearest],
        similarity=near.similarity,
        asked=pool.labels,
        probability=probability,
        masked=masked,
    )
    return Curation(table, judgements, far)


def _judge(
    settings: CurationSettings,
    photographs: Prepared,
    asked: np.ndarray,
    pixels: np.ndarray,
    judges: Judges,
    progress: Callable[[int], object],
) -> tuple[dict[str, fidelity.Judgement], np.ndarray, dict[str, np.ndarray]]:
    """Per task the judgement, the judges' (m, T) probability of what was asked, per task the classes' distances."""
    crossfitted, unseen = judges.crossfitted(), judges.unseen_by_first()
    opinion, real_features = judges.ask(pixels, photographs.pixels[unseen], progress)
    real_features, features = distance.standardise(real_features, opinion.features)
    judgements, far = {}, {}
    probability = np.full(asked.shape, np.nan, np.float32)
    for column, task in enumerate(photographs.tasks):
        labels, answers = photographs.labels[task.name], opinion.probabilities[task.name]
        judgements[task.name] = fidelity.judge(
            labels[crossfitted.rows],
            crossfitted.probabilities[task.name].argmax(axis=1),
            asked[:, column],
            answers,
            settings.floor,
            settings.mask_below,
        )
        known = asked[:, column] != MISSING
        probability[known, column] = answers[known, asked[known, column]]
        far[task.name] = distance.class_distances(
            features, asked[:, column], real_features, labels[unseen], len(task.classes)
        )
    return judgements, probability, far


def write_pixels(folder: Path, pixels: np.ndarray, chosen: np.ndarray, size: int) -> None:
    """Writes the pictures `pixels[chosen]` of (m, S, S, 3) uint8 at `size`, a block at a time."""
    shape = (len(chosen), size, size, 3)
    if not len(chosen):
        np.save(folder / "pixels.npy", np.empty(shape, np.uint8))
        return
    target = reserved_array(folder / "pixels.npy", shape)
    for start in range(0, len(chosen), _BLOCK):
        target[start : start + _BLOCK] = resized(pixels[chosen[start : start + _BLOCK]], size)
    target.flush()


def write_sheets(folder: Path, pixels: np.ndarray, table: accepted.Curated) -> list[str]:
    """Writes a contact sheet of the accepted and one of the rejected images, where there are any; returns their names.

    Args:
        pixels: (m, S, S, 3) uint8, in the order of `table`.
    """
    written = []
    kept = np.array([status == accepted.ACCEPTED for status in table.status], bool)
    for name, rows in (("accepted.jpg", np.flatnonzero(kept)), ("rejected.jpg", np.flatnonzero(~kept))):
        if len(rows):
            contact_sheet([pixels[rows[place]] for place in spread(len(rows))]).save(folder / name, quality=85)
            written.append(name)
    return written

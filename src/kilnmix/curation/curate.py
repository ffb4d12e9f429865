"""What becomes of the images of a pool, by what was observed of them (`observation`), and the files that say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kilnmix.classifier.data.resize import resized
from kilnmix.collection.pictures.sheet import contact_sheet, spread
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common.files import reserved_array
from kilnmix.config import CurationSettings
from kilnmix.curation import accepted, distance, fidelity, judged, selection, strategies
from kilnmix.curation.judges import Opinion
from kilnmix.curation.looking import BLOCK
from kilnmix.curation.observation import Features, Observations
from kilnmix.curation.strategies.candidates import Candidates, sureness
from kilnmix.generator.pool import Pool


@dataclass(frozen=True)
class Curation:
    """What curation makes of a pool.

    Attributes:
        table: the state of every image.
        judgements: task -> how far the judges can be trusted, and what they say.
        distances: task -> (C,) kernel distance of each class's features.
        flags: `memorised` and `leaked`, where there are more of them than errors make.
        twins: as in `Comparison`.
        features: of its images and of photographs.
    """

    table: accepted.Curated
    judgements: Mapping[str, fidelity.Judgement]
    distances: Mapping[str, np.ndarray]
    flags: tuple[str, ...]
    twins: int
    features: Features

    @property
    def metrics(self) -> dict[str, float]:
        """Skill, share of masked labels and agreement, a task each; share of images with each fault."""
        values = {f"skill.{name}": each.skill for name, each in self.judgements.items()}
        values |= {f"masked.{name}": float(self.table.masked[:, t].mean()) for t, name in enumerate(self.judgements)}
        for name, each in self.judgements.items():
            if each.asked.any():  # not so for a task that captions do not name
                values[f"alignment.{name}"] = float(each.agreed.sum() / each.asked.sum())
        values |= {f"fault.{name}": float(found.mean()) for name, found in self.table.faults.items()}
        values |= {f"flagged.{name}": float(name in self.flags) for name in ("memorised", "leaked")}
        return values


def curate(
    settings: CurationSettings, photographs: Prepared, pool: Pool, observed: Observations, vetoed: frozenset[str]
) -> Curation:
    """Decides, by what was observed of a pool.

    Args:
        vetoed: ids that a person has ruled out.
    """
    near, opinion, features = observed.near, observed.opinion, observed.features
    judgements, probability, far = _judge(settings, photographs, pool.labels, observed)
    masked = np.stack([judgements[task.name].masked for task in photographs.tasks], axis=1)
    unseen = masked & (settings.strategy not in strategies.UNFILTERED)
    wrong: dict[str, np.ndarray] = {name: observed.faults[name] for name in settings.quality.reject}
    status = selection.status(pool.ids, pool.labels, unseen, near, vetoed, settings.reject_when_all_masked, wrong)
    status = strategies.choose(status, _candidates(settings, photographs, pool.labels, opinion, features), settings)
    measured = observed.measured
    table = accepted.Curated(
        ids=pool.ids,
        status=status,
        nearest=[str(photographs.ids[row]) if row >= 0 else "" for row in near.nearest],
        similarity=near.similarity,
        asked=pool.labels,
        probability=probability,
        masked=masked & (settings.labels == "masked"),
        neighbours=[[str(photographs.ids[row]) for row in rows] for rows in features.neighbours()],
        measures={"sharpness": measured.sharpness, "clipped": measured.clipped, "cut": measured.cut},
        faults=observed.faults,
        soft=_soft(settings, photographs, pool, observed, judgements),
    )
    flags = observed.comparison.flags(int(near.memorised.sum()), int(near.leaked.sum()), len(pool))
    return Curation(table, judgements, far, flags, observed.comparison.twins, features)


def _candidates(
    settings: CurationSettings, photographs: Prepared, asked: np.ndarray, opinion: Opinion, features: Features
) -> Candidates:
    groups, real_groups = np.zeros(len(asked), np.int64), np.zeros(len(features.rows), np.int64)
    if settings.group_by is not None:
        column = [task.name for task in photographs.tasks].index(settings.group_by)
        groups, real_groups = asked[:, column], photographs.labels[settings.group_by][features.rows]
    agreement, entropy = sureness(asked, [opinion.probabilities[task.name] for task in photographs.tasks])
    return Candidates(agreement, entropy, features.ours, features.real, groups, real_groups)


def _judge(
    settings: CurationSettings,
    photographs: Prepared,
    asked: np.ndarray,
    observed: Observations,
) -> tuple[dict[str, fidelity.Judgement], np.ndarray, dict[str, np.ndarray]]:
    """Per task the judgement, the judges' (m, T) probability of what was asked, and per task the classes' distances."""
    crossfitted, opinion, features = observed.crossfitted, observed.opinion, observed.features
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
            features.ours, asked[:, column], features.real, labels[features.rows], len(task.classes)
        )
    return judgements, probability, far


def _soft(
    settings: CurationSettings,
    photographs: Prepared,
    pool: Pool,
    observed: Observations,
    judgements: Mapping[str, fidelity.Judgement],
) -> Mapping[str, np.ndarray]:
    """The pool's own soft labels, or the judges' for each task whose judges are worth listening to."""
    if settings.labels != "judged":
        return pool.soft
    crossfitted = observed.crossfitted
    return {
        **pool.soft,
        **{
            task.name: judged.shares(
                pool.labels[:, column],
                observed.opinion.each[task.name],
                photographs.labels[task.name][crossfitted.rows],
                crossfitted.probabilities[task.name],
            )
            for column, task in enumerate(photographs.tasks)
            if judgements[task.name].skill >= settings.floor
        },
    }


def write_pixels(folder: Path, pool: Pool, chosen: np.ndarray, size: int) -> None:
    """Writes the pictures `chosen` (k,) of a pool as (k, size, size, 3) uint8, a block at a time."""
    shape = (len(chosen), size, size, 3)
    if not len(chosen):
        np.save(folder / "pixels.npy", np.empty(shape, np.uint8))
        return
    target = reserved_array(folder / "pixels.npy", shape)
    for start in range(0, len(chosen), BLOCK):
        target[start : start + BLOCK] = resized(pool.pictures(chosen[start : start + BLOCK]), size)
    target.flush()


def write_sheets(folder: Path, pool: Pool, table: accepted.Curated) -> list[str]:
    """Writes a contact sheet of the accepted and of the rejected images, where there are any; returns their names."""
    written = []
    kept = np.array([status == accepted.ACCEPTED for status in table.status], bool)
    for name, rows in (("accepted.jpg", np.flatnonzero(kept)), ("rejected.jpg", np.flatnonzero(~kept))):
        if len(rows):
            contact_sheet([pool.picture(int(rows[place])) for place in spread(len(rows))]).save(
                folder / name, quality=85
            )
            written.append(name)
    return written

"""curate: which images of a pool are accepted, and for which tasks their label counts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from kilnmix.classifier.data.resize import resized
from kilnmix.collection import prepared as collection
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common.files import fresh
from kilnmix.common.paths import PREPARED, Fold, output
from kilnmix.common.progress import bar
from kilnmix.config import Params
from kilnmix.curation import accepted, copies, distance, fidelity, gallery, selection
from kilnmix.curation.judges import Judges
from kilnmix.generator import pool as pools
from kilnmix.stages import Outcome
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, flatten, tags, write

_BLOCK = 128


def run(params: Params, fold: Fold, adapter: int) -> Outcome:
    settings = params.curation
    photographs = collection.load(PREPARED)
    source = output("generate", fold, adapter)
    pool = pools.load(source, photographs.tasks)
    pixels = pool.pictures()
    judgements, probability, far = _judge(params, photographs, fold, pool.labels, pixels)
    masked = np.stack([judgements[task.name].masked for task in photographs.tasks], axis=1)
    train = photographs.members(fold, "train")
    found = _copies(params, photographs, fold, pixels)
    vetoed = selection.vetoed(settings.vetoes, fold, adapter)
    curated = accepted.Curated(
        ids=pool.ids,
        status=selection.status(pool.ids, pool.labels, masked, found, vetoed, settings.reject_when_all_masked),
        nearest=[str(photographs.ids[train[row]]) for row in found.nearest],
        similarity=found.similarity,
        asked=pool.labels,
        probability=probability,
        masked=masked,
    )
    alignment = selection.alignment(photographs.tasks, judgements, far)
    counts = Counter(curated.status)
    shares = {f"masked.{task.name}": float(masked[:, t].mean()) for t, task in enumerate(photographs.tasks)}
    skills = {f"skill.{name}": each.skill for name, each in judgements.items()}
    agreed = {
        f"alignment.{name}": float(each.agreed.sum() / each.asked.sum())
        for name, each in judgements.items()
        if each.asked.any()  # not so for a task that captions do not name
    }
    folder_name = str(output("curate", fold, adapter))
    record = Record(
        name=f"curate {fold}/{adapter}",
        tags=tags("curate", fold, adapter),
        params=flatten(settings.model_dump(mode="json")),
        metrics={**{f"images.{k}": v for k, v in sorted(counts.items())}, **shares, **skills, **agreed},
        inputs=[DataInput(str(PREPARED), "judging"), DataInput(str(source), "pool")],
        artifacts=[f"{folder_name}/gallery.html", f"{folder_name}/alignment.json"],
    )
    with fresh(output("curate", fold, adapter)) as folder:
        accepted.write_table(folder, photographs.tasks, curated)
        write_pixels(folder, pixels, curated.accepted, photographs.pixels.shape[1])
        accepted.write_alignment(folder, alignment)
        title = f"Synthetic images of fold {fold}, adapter {adapter}"
        page = gallery.page(title, f"{fold}/{adapter}", str(settings.vetoes or ""), photographs.tasks, curated, pixels)
        (folder / "gallery.html").write_text(page, encoding="utf-8")
        write(folder, [record])
    rejected = ", ".join(f"{number} {why}" for why, number in sorted(counts.items()) if why != accepted.ACCEPTED)
    return Outcome(
        f"{counts[accepted.ACCEPTED]} of {len(pool)} images accepted{f' ({rejected})' if rejected else ''}", [record]
    )


def write_pixels(folder: Path, pixels: np.ndarray, chosen: np.ndarray, size: int) -> None:
    """Writes the pictures `pixels[chosen]` of (m, S, S, 3) uint8 at `size`, a block at a time."""
    shape = (len(chosen), size, size, 3)
    if not len(chosen):
        np.save(folder / "pixels.npy", np.empty(shape, np.uint8))
        return
    target = np.lib.format.open_memmap(folder / "pixels.npy", mode="w+", dtype=np.uint8, shape=shape)
    for start in range(0, len(chosen), _BLOCK):
        target[start : start + _BLOCK] = resized(pixels[chosen[start : start + _BLOCK]], size)
    target.flush()


def _judge(
    params: Params, photographs: Prepared, fold: Fold, asked: np.ndarray, pixels: np.ndarray
) -> tuple[dict[str, fidelity.Judgement], np.ndarray, dict[str, np.ndarray]]:
    """Per task the judgement, the judges' (m, T) probability of what was asked, per task the classes' distances."""
    judges = Judges.load(output("judge", fold))
    crossfitted, unseen = judges.crossfitted(), judges.unseen_by_first()
    with bar(len(judges.folders), f"curate fold {fold}", "judge") as progress:
        opinion, real_features = judges.ask(pixels, photographs.pixels[unseen], progress.update)
    real_features, features = distance.standardise(real_features, opinion.features)
    judgements, far = {}, {}
    probability = np.full(asked.shape, np.nan, np.float32)
    for column, task in enumerate(photographs.tasks):
        labels, said = photographs.labels[task.name], opinion.probabilities[task.name]
        judgements[task.name] = fidelity.judge(
            labels[crossfitted.rows],
            crossfitted.probabilities[task.name].argmax(axis=1),
            asked[:, column],
            said,
            params.curation.floor,
            params.curation.mask_below,
        )
        known = asked[:, column] != MISSING
        probability[known, column] = said[known, asked[known, column]]
        far[task.name] = distance.class_distances(
            features, asked[:, column], real_features, labels[unseen], len(task.classes)
        )
    return judgements, probability, far


def _copies(params: Params, photographs: Prepared, fold: Fold, pixels: np.ndarray) -> copies.Copies:
    train = photographs.members(fold, "train")
    held_out = np.concatenate([photographs.members(fold, "val"), photographs.members(fold, "test")])
    return copies.find(
        pixels,
        photographs.pixels[train],
        photographs.objects[train],
        photographs.pixels[np.sort(held_out)],
        params.curation.copy_quantile,
        params.curation.copy_similarity,
    )

"""The data card's figures: what is in the prepared collection, what was left out, and what its labels hang on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from kilnmix.collection.card import association
from kilnmix.collection.card.card import Association, Caution, ClassCounts, DataCard, DuplicateCounts, TaskLabels
from kilnmix.collection.cleaning import Conflict
from kilnmix.collection.pictures.decoding import Decoded
from kilnmix.collection.pictures.duplicates import Pair
from kilnmix.collection.prepared import MISSING, Prepared, Task
from kilnmix.collection.tables.listing import Rejection
from kilnmix.collection.vocabulary.vocabulary import Vocabulary

NEARLY, TOGETHER = 0.6, 0.35
"""Cramér's V from which a caution is due, and from which it is due if the one also tells the other."""
DECIDES = 0.8
"""Share of objects that the other must name rightly to be said to decide a task nearly."""
TELLS = 0.15
"""What knowing the other must add to the share that the commonest class gets right."""
FEWEST = 30
"""Objects below which an association is not spoken of."""


# Nine parameters: every step of `prepare` adds one of them to the card.
def figures(
    prepared: Prepared,
    rejected: Sequence[Rejection],
    words: Vocabulary,
    conflicts: Sequence[Conflict],
    pairs: Sequence[Pair],
    near: Sequence[Pair],
    decoded: Sequence[Decoded],
    finer: Mapping[str, Sequence[str]] | None = None,
    sure: Mapping[str, np.ndarray] | None = None,
) -> DataCard:
    """The whole card.

    Args:
        rejected: rows and pictures that were left out.
        pairs: rows that show one picture; near: those of them that are kept and different files.
        decoded: of the kept photographs, in order.
        finer: task -> the finer term of each kept photograph, or empty.
        sure: task -> (N,) 1 where a photograph's entry names its class without doubt, 0 where with doubt, else nan.
    """
    associated = associations(prepared, {"source": prepared.sources.tolist(), **looks(decoded)})
    broader = {
        task.name: {id_: term.broader for id_, term in words.field(task.name).terms.items()} for task in prepared.tasks
    }
    with_row = [item for item in rejected if item.line]
    return DataCard(
        rows=len(prepared) + len(with_row),
        kept=len(prepared),
        objects=len(np.unique(prepared.objects)),
        rejected=dict(Counter(item.reason for item in with_row).most_common()),
        pictures_without_row=len(rejected) - len(with_row),
        labels=missing_labels(prepared, sure or {}),
        classes=counts(prepared, finer or {}),
        parts={
            str(fold): {part: int((parts == part).sum()) for part in ("train", "val", "test")}
            for fold, parts in prepared.parts.items()
        },
        duplicates=DuplicateCounts(
            exact_pairs=sum(pair.exact for pair in pairs),
            near_pairs=len(near),
            objects_with_several_photographs=int((np.bincount(prepared.objects) > 1).sum()),
            conflicts=len(conflicts),
        ),
        conflicts=tuple(conflicts),
        associations=tuple(associated),
        cautions=(*cautions(prepared, associated, broader), *plain(prepared, decoded)),
    )


def plain(prepared: Prepared, decoded: Sequence[Decoded]) -> list[Caution]:
    """A caution where photographs are of one colour alone, which show nothing of their labels."""
    names = [str(name) for name, one in zip(prepared.ids, decoded, strict=False) if one.plain]
    return [Caution("plain", "", {"pictures": len(names), "first": names[0]})] if names else []


def looks(decoded: Sequence[Decoded]) -> dict[str, list[str]]:
    """What files and settings are like, which should say nothing of the labels: name -> one value a photograph.

    `picture size` is its quarter of all sizes, `background` the brightness and tint of its edge.
    """
    if not decoded:
        return {}
    sizes = np.array([one.width * one.height for one in decoded])
    edges = np.quantile(sizes, [0.25, 0.5, 0.75])
    return {
        "file format": [one.format for one in decoded],
        "orientation": [_orientation(one.width, one.height) for one in decoded],
        "picture size": [str(quarter) for quarter in np.searchsorted(edges, sizes).tolist()],
        "background": [_background(one.colour) for one in decoded],
    }


def _orientation(width: int, height: int) -> str:
    return "tall" if height > 1.1 * width else "wide" if width > 1.1 * height else "square"


def _background(colour: np.ndarray | None) -> str:
    """Of an (8, 8, 3) picture: dark, middle or light by thirds of 0..255, and whether the edge has a tint."""
    if colour is None:
        return ""
    edge = np.concatenate([colour[0], colour[-1], colour[1:-1, 0], colour[1:-1, -1]]).astype(float)
    mean = np.median(edge, axis=0)
    light = ("dark", "middle", "light")[min(2, int(mean.mean() // 85.1))]
    return f"{light}, tinted" if mean.max() - mean.min() > 30 else light


def counts(prepared: Prepared, finer: Mapping[str, Sequence[str]]) -> dict[str, dict[str, ClassCounts]]:
    """task -> class -> photographs, objects, finer terms with their photographs, and objects in each part of folds."""
    result: dict[str, dict[str, ClassCounts]] = {}
    for task in prepared.tasks:
        labels = prepared.labels[task.name]
        result[task.name] = {
            name: ClassCounts(
                photographs=int((labels == index).sum()),
                objects=_objects(prepared, labels == index),
                finer=_finer(labels == index, finer.get(task.name, ())),
                folds={
                    str(fold): {
                        part: _objects(prepared, (labels == index) & (parts == part))
                        for part in ("train", "val", "test")
                    }
                    for fold, parts in prepared.parts.items()
                },
            )
            for index, name in enumerate(task.classes)
        }
    return result


def _finer(of_class: np.ndarray, finer: Sequence[str]) -> dict[str, int]:
    return dict(
        Counter(term for term, is_of_it in zip(finer, of_class, strict=False) if term and is_of_it).most_common()
    )


def _objects(prepared: Prepared, rows: np.ndarray) -> int:
    return len(np.unique(prepared.objects[rows]))


def missing_labels(prepared: Prepared, sure: Mapping[str, np.ndarray] | None = None) -> dict[str, TaskLabels]:
    """task -> how many photographs and objects have a label, how many photographs have none or an unsure one.

    Args:
        sure: as in `figures`.
    """
    whole = prepared.confidence
    marked = np.zeros(len(prepared), bool) if whole is None else np.nan_to_num(whole, nan=1.0) < 0.5
    result = {}
    for task in prepared.tasks:
        known = prepared.labels[task.name] != MISSING
        doubted = np.asarray((sure or {}).get(task.name, np.full(len(prepared), np.nan))) == 0
        result[task.name] = TaskLabels(
            labelled=int(known.sum()),
            labelled_objects=_objects(prepared, known),
            missing=int((~known).sum()),
            unsure=int(((marked | doubted) & known).sum()),
            doubtful=int((doubted & ~known).sum()),
        )
    return result


def associations(prepared: Prepared, other: Mapping[str, Sequence[str]]) -> list[Association]:
    """For every pair of tasks, and every task with each of `other`: how far one decides the other.

    Counted over objects, each by its first photograph.

    Args:
        other: name -> (N,) values of things that should not decide a label: source, file format, size.
    """
    first = np.unique(prepared.objects, return_index=True)[1]
    columns = {task.name: prepared.labels[task.name][first] for task in prepared.tasks}
    extra = {}
    for name, values in other.items():
        kinds = {value: index for index, value in enumerate(sorted(set(values) - {""}))}
        extra[name] = np.array([kinds.get(values[row], MISSING) for row in first], np.int64)
    names = list(columns)
    pairs = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    pairs += [(a, b) for a in names for b in extra]
    result = []
    for a, b in pairs:
        table = association.table(columns[a], (columns | extra)[b])
        if min(table.shape) < 2:
            continue
        value = association.cramers_v(table)
        if not np.isnan(value):
            result.append(Association(a, b, int(table.sum()), value, *association.decided(table)))
    return result


def cautions(
    prepared: Prepared, associated: Sequence[Association], broader: Mapping[str, Mapping[str, str]]
) -> list[Caution]:
    """What makes a result doubtful: labels that hang together, classes that no fold trains, overlapping classes, views
    of one object that contradict each other, labels that are mostly missing."""
    made = []
    for entry in associated:
        gain = entry.told - entry.base
        if entry.objects < FEWEST or not (entry.cramers_v >= NEARLY or (entry.cramers_v >= TOGETHER and gain >= TELLS)):
            continue
        values = {name: getattr(entry, name) for name in ("other", "objects", "cramers_v", "told", "base")}
        made.append(Caution("decides" if entry.told >= DECIDES and gain >= TELLS else "together", entry.task, values))
    for task in prepared.tasks:
        made += _overlapping(task, broader[task.name])
        made += _never_trained(prepared, task)
        made += _contradicting(prepared, task)
        share = float((prepared.labels[task.name] == MISSING).mean()) if len(prepared) else 0.0
        if share > 0.5:
            made.append(Caution("missing", task.name, {"share": share}))
    return made


def _never_trained(prepared: Prepared, task: Task) -> list[Caution]:
    """Classes that a fold tests and does not train, as when a whole source is held out."""
    labels, made = prepared.labels[task.name], []
    for fold, parts in prepared.parts.items():
        seen = set(labels[parts == "train"].tolist())
        tested = np.unique(labels[(parts == "test") & (labels != MISSING)]).tolist()
        unseen = [task.classes[index] for index in tested if index not in seen]
        if unseen:
            made.append(Caution("untrained", task.name, {"fold": str(fold), "classes": unseen}))
    return made


def _contradicting(prepared: Prepared, task: Task) -> list[Caution]:
    """Objects whose photographs have different labels; two photographs of the first of them stand for all."""
    labels = prepared.labels[task.name]
    known = np.flatnonzero(labels != MISSING)
    said = np.unique(np.stack([prepared.objects[known], labels[known]], axis=1), axis=0)
    objects, counted = np.unique(said[:, 0], return_counts=True)
    several = objects[counted > 1]
    if not len(several):
        return []
    views = known[np.isin(prepared.objects[known], several)]
    first = int(views[0])
    second = next(
        int(v) for v in views if prepared.objects[v] == prepared.objects[first] and labels[v] != labels[first]
    )
    shown = {name: str(prepared.ids[view]) for name, view in (("first", first), ("second", second))}
    classes = {f"{name}_class": task.classes[labels[view]] for name, view in (("first", first), ("second", second))}
    return [Caution("contradicting", task.name, {"objects": len(several), **shown, **classes})]


def _overlapping(task: Task, broader: Mapping[str, str]) -> list[Caution]:
    """Classes of which one is a kind of another in use: a photograph of the one would also be right as the other."""
    return [
        Caution("overlapping", task.name, {"narrow": name, "broad": broader[name]})
        for name in task.classes
        if broader.get(name) in task.classes
    ]

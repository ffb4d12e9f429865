"""Which images deserve to be trained on: strategies and kinds of labels on a small collection with known truth.

Of a pool of renders half show what their labels say, a quarter shows another kiln and another dynasty, a quarter shows
something else in all four tasks. Judges are trained on the collection's training photographs; every strategy chooses
by them; every arm then gets equally many of the images that it left, beside the same photographs, and trains two
things: a linear head a task on the pocket backbone's features, which are computed once (`selection.`, five seeds), and
the demo's whole classifier (`selection.networks.`, three seeds). `truth` gets images of the right half alone, `unseen`
what nobody looked at (all images, the labels asked for), `repeat` repeated photographs. Figures are differences of mean
test macro-F1 over four tasks, in points, with 95 % intervals over objects and seeds (t with the seeds' degrees of
freedom); a seed chooses among the images that are left, and the batches.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from scipy.special import softmax
from scipy.stats import t as student

from bench.kept import kept
from bench.mixed_pools import written
from bench.rows import Row
from kilnmix.classifier import predict
from kilnmix.classifier.network.backbones import pretrained
from kilnmix.classifier.network.multitask import MultiTaskNetwork
from kilnmix.classifier.results import Predictions, read_predictions
from kilnmix.classifier.training.parallel import train_all
from kilnmix.collection import pipeline
from kilnmix.collection import prepared as collection
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common import seeds
from kilnmix.config import Arm, CurationSettings, Params
from kilnmix.config.composition import compose
from kilnmix.curation import accepted, judges
from kilnmix.curation.curate import curate, write_pixels
from kilnmix.curation.judges import Judges
from kilnmix.curation.observation import Observations, observe
from kilnmix.demo import domain
from kilnmix.demo.collection import oracle, render_collection
from kilnmix.demo.domain import TASKS, Labels
from kilnmix.experiment.arms import ArmBuilder
from kilnmix.experiment.mixing import images_for
from kilnmix.experiment.predictions import outcomes_of
from kilnmix.generator.pool import Pool
from kilnmix.statistics.paired import difference

OBJECTS, SIZE, IMAGES, SHARE, SEEDS = 480, 64, 480, 0.4, (0, 1, 2, 3, 4)
NETWORK_SEEDS = (0, 1, 2)
STEPS, BATCH, JUDGING = 600, 128, {"steps": 240, "batch_size": 8}
PLACE = kept("selection")
SPLIT = ("collection.split.test=0.633", "collection.split.val=0.1")
"""A quarter of the objects to train on."""
RUNS = PLACE / "runs"
CHOICES: Mapping[str, tuple[str, str]] = {
    "unseen": ("all", "asked"),
    **{name: (name, "masked") for name in ("all", "threshold", "top-k", "masked", "diverse", "matched", "hard")},
    "asked": ("masked", "asked"),
    "judged": ("masked", "judged"),
}
"""Arm -> its strategy and its labels."""


def measure() -> Iterator[Row]:
    params = settings()
    photographs = prepare(params)
    pool, right = make_pool(params, photographs)
    panel = train_judges(params, photographs)
    seen = observe(params.curation, photographs, 0, pool, panel, params.seed, lambda count: None)
    folders, shares = choose(params.curation, photographs, pool, seen, right)
    wanted = images_for(SHARE, len(photographs.members(0, "train")), "extra")
    yield Row("selection.photographs", len(photographs.members(0, "train")), "to train on")
    yield Row("selection.images", wanted, f"of {len(pool)}, for every arm")
    for name, share in shares.items():
        yield Row(f"selection.{name}.right", share, "share of the images left")
    built = arms(params, photographs, folders)
    yield from rows("selection", photographs, answers(params, photographs, built))
    yield from rows("selection.networks", photographs, network_answers(built))


def settings() -> Params:
    """The demo's, with a smaller collection, a smaller network's input and fewer steps."""
    params = compose(["profile=demo", *SPLIT, f"collection.folder={PLACE / 'data'}", f"collection.size={SIZE}"])[1]
    classifier = params.classifier.model_copy(update={**JUDGING, "size": SIZE})
    curation = params.curation.model_copy(update={"keep": 0.3, "threshold": 0.4})
    return params.model_copy(update={"classifier": classifier, "curation": curation})


def prepare(params: Params) -> Prepared:
    return rendered(params, PLACE / "prepared", OBJECTS, SIZE)


def rendered(params: Params, place: Path, objects: int, size: int) -> Prepared:
    """A rendered collection, prepared in a folder; taken as it is where it is."""
    if not (place / "tasks.json").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        render_collection(params.collection.folder, 1, objects, size)
        pipeline.prepare(params.collection, 1, params.seed, place, place)
    return collection.load(place)


def make_pool(params: Params, photographs: Prepared) -> tuple[Pool, np.ndarray]:
    """The pool, and (m,) whether each image shows what its labels say."""
    labels = photographs.label_matrix[photographs.members(0, "train")]
    complete = labels[(labels != MISSING).all(axis=1)]
    rng = seeds.rng(params.seed, "selection")
    asked = complete[rng.integers(0, len(complete), IMAGES)]
    kinds = rng.permutation(np.arange(IMAGES) % 4)
    tasks = [photographs.task(name) for name in TASKS]
    order = [[task.name for task in photographs.tasks].index(name) for name in TASKS]
    said = [Labels(*(task.classes[row[place]] for task, place in zip(tasks, order, strict=True))) for row in asked]
    different = {2: ("dynasty", "kiln"), 3: TASKS}
    shown = [
        other(labels, different[kind], rng) if kind in different else labels
        for labels, kind in zip(said, kinds.tolist(), strict=True)
    ]
    folder = PLACE / "pool"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return written(folder, asked, list(oracle(shown, params.seed, SIZE, "selection"))), kinds < 2


def other(said: Labels, tasks: Sequence[str], rng: np.random.Generator) -> Labels:
    """Attested labels that differ in some tasks, and in as few of the others as can be."""
    known = list(domain.joint())
    apart = [one for one in known if all(getattr(one, task) != getattr(said, task) for task in tasks)]
    kept = [sum(getattr(one, task) == getattr(said, task) for task in TASKS) for one in apart]
    nearest = [one for one, count in zip(apart, kept, strict=True) if count == max(kept)]
    return nearest[int(rng.integers(len(nearest)))]


def train_judges(params: Params, photographs: Prepared) -> Judges:
    runs = judges.trainings(params, photographs, 0)
    done = train_all(runs, RUNS, params.classifier.runs_at_once, label="judges")
    folder = PLACE / "judges"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    judges.save(folder, [done[run.digest()] for run in runs])
    return Judges.load(folder)


def choose(
    settings: CurationSettings, photographs: Prepared, pool: Pool, seen: Observations, right: np.ndarray
) -> tuple[dict[str, Path], dict[str, float]]:
    """Arm -> the folder of what it left of the pool, and arm -> share of right images in it."""
    folders, shares = {}, {}
    for name, (strategy, labels) in CHOICES.items():
        own = settings.model_copy(update={"strategy": strategy, "labels": labels})
        table = curate(own, photographs, pool, seen, frozenset()).table
        folders[name] = left(name, photographs, pool, table)
        shares[name] = float(right[table.accepted].mean())
    status = [accepted.ACCEPTED if good else "wrong" for good in right]
    truth = dataclasses.replace(table, status=status, masked=np.zeros_like(table.masked), soft={})
    folders["truth"] = left("truth", photographs, pool, truth)
    return folders, shares


def left(name: str, photographs: Prepared, pool: Pool, table: accepted.Curated) -> Path:
    folder = PLACE / "left" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    accepted.write_table(folder, photographs.tasks, table)
    write_pixels(folder, pool, table.accepted, photographs.pixels.shape[1])
    return folder


def arms(params: Params, photographs: Prepared, folders: Mapping[str, Path]) -> dict[str, tuple[Arm, ArmBuilder]]:
    """Name -> an arm with what builds it; whoever chose gives all arms as many images."""
    wanted = images_for(SHARE, len(photographs.members(0, "train")), "extra")
    built = {}
    for name in ("real", "repeat", *folders):
        pool = accepted.load(folders.get(name, folders["truth"]), photographs.tasks)
        if len(pool) < wanted:
            raise SystemExit(f"bench: {name} leaves {len(pool)} images, fewer than the {wanted} of every arm.")
        kind: Literal["none", "repeat", "synthetic"] = (
            "synthetic" if name in folders else "repeat" if name == "repeat" else "none"
        )
        arm = Arm(source=kind, share=0.0 if kind == "none" else SHARE)
        built[name] = arm, ArmBuilder(params, photographs, 0, dict.fromkeys(SEEDS, pool))
    return built


def network_answers(built: Mapping[str, tuple[Arm, ArmBuilder]]) -> dict[str, list[Predictions]]:
    """Arm -> what the demo's whole classifier answers for the test photographs."""
    recipe = compose(["profile=demo"])[1].classifier
    runs = {
        name: [builder.training(name, arm, seed, seed, recipe) for seed in NETWORK_SEEDS]
        for name, (arm, builder) in built.items()
    }
    every = [run for own in runs.values() for run in own]
    done = train_all(every, RUNS, recipe.runs_at_once, label="networks")
    return {name: [read_predictions(done[run.digest()] / "test.npz") for run in own] for name, own in runs.items()}


def answers(
    params: Params, photographs: Prepared, built: Mapping[str, tuple[Arm, ArmBuilder]]
) -> dict[str, list[Predictions]]:
    """Arm -> what its linear heads answer for the test photographs, a seed each."""
    network = MultiTaskNetwork(
        pretrained(params.classifier.backbone, params.classifier.weights),
        {task.name: len(task.classes) for task in photographs.tasks}, [], 0.0, params.classifier.pooling,
    )  # fmt: skip
    train, test = photographs.members(0, "train"), photographs.members(0, "test")
    real = predict.outputs(network, photographs.pixels)[1]
    mean, spread = real[train].mean(axis=0), real[train].std(axis=0) + 1e-6
    real = (real - mean) / spread
    found: dict[str, list[Predictions]] = {}
    for name, (arm, builder) in built.items():
        pixels = np.load(builder.pools[SEEDS[0]].pixels)
        images = (predict.outputs(network, pixels)[1] - mean) / spread if arm.source == "synthetic" else real
        found[name] = []
        for seed in SEEDS:
            extra = builder.extra(arm, seed, train)
            x, y = real[train], hard(photographs, photographs.label_matrix[train])
            if extra is not None:
                x = np.concatenate([x, images[extra.rows]])
                y = np.concatenate([y, learnt(photographs, extra.labels, extra.soft)])
            logits = real[test] @ fit(x, y, photographs, seed)
            found[name].append(Predictions(test, probabilities(photographs, logits)))
    return found


def hard(photographs: Prepared, labels: np.ndarray) -> np.ndarray:
    """(n, sum of classes) float32 shares of labels (n, T); zeros where not known."""
    return np.concatenate(
        [
            np.eye(len(task.classes), dtype=np.float32)[np.maximum(own, 0)] * (own != MISSING)[:, None]
            for task, own in zip(photographs.tasks, labels.T, strict=True)
        ],
        axis=1,
    )


def learnt(photographs: Prepared, labels: np.ndarray, soft: np.ndarray | None) -> np.ndarray:
    """As `hard`, of images whose labels may be soft; a masked label teaches nothing."""
    own = hard(photographs, labels)
    if soft is None:
        return own
    ends = np.cumsum([len(task.classes) for task in photographs.tasks])[:-1]
    parts = zip(np.split(own, ends, axis=1), np.split(soft, ends, axis=1), strict=True)
    return np.concatenate([shares * (known.sum(axis=1, keepdims=True) > 0) for known, shares in parts], axis=1)


def fit(x: np.ndarray, y: np.ndarray, photographs: Prepared, seed: int) -> np.ndarray:
    """(F, sum of classes) weights of a linear head a task, by Adam on random batches."""
    generator = torch.Generator().manual_seed(seeds.derive(seed, "selection"))
    inputs, shares = torch.from_numpy(x.astype(np.float32)), torch.from_numpy(y)
    weights = torch.zeros(x.shape[1], y.shape[1], requires_grad=True)
    optimiser = torch.optim.AdamW([weights], lr=3e-3, weight_decay=0.1)
    sizes = [len(task.classes) for task in photographs.tasks]
    for _ in range(STEPS):
        rows = torch.randint(len(inputs), (BATCH,), generator=generator)
        parts = zip((inputs[rows] @ weights).split(sizes, 1), shares[rows].split(sizes, 1), strict=True)
        losses = [-(own * logits.log_softmax(1)).sum() / own.sum().clamp(min=1) for logits, own in parts]
        optimiser.zero_grad()
        torch.stack(losses).sum().backward()
        optimiser.step()
    return weights.detach().numpy()


def probabilities(photographs: Prepared, logits: np.ndarray) -> dict[str, np.ndarray]:
    ends = np.cumsum([len(task.classes) for task in photographs.tasks])[:-1]
    parts = np.split(logits, ends, axis=1)
    return {
        task.name: softmax(own, axis=1).astype(np.float32) for task, own in zip(photographs.tasks, parts, strict=True)
    }


def rows(group: str, photographs: Prepared, trained: Mapping[str, Sequence[Predictions]]) -> Iterator[Row]:
    outcomes = outcomes_of(photographs, trained)
    for reference in ("real", "masked"):
        for name in trained:
            if name == reference or (reference == "masked" and name == "real"):
                continue
            found = difference([outcomes], name, reference)
            runs = len(trained[name])
            half = float(student.ppf(0.975, runs - 1)) * found.se
            span = f"points ({100 * (found.delta - half):+.1f} to {100 * (found.delta + half):+.1f})"
            yield Row(f"{group}.{name} over {reference}", 100 * found.delta, span, runs=runs)

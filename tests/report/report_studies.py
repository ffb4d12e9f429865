"""Simulated studies with everything that a report can show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kilnmix.collection.card.card import Association, Caution, ClassCounts, DataCard, DuplicateCounts, TaskLabels
from kilnmix.config import Arm, Params
from kilnmix.curation.intervals import Interval
from kilnmix.curation.support import NAMES, Row
from kilnmix.report.collect.report_inputs import SOFTWARE
from kilnmix.report.inputs import (
    Alignment,
    ClassName,
    CurvePoint,
    Picture,
    Playoff,
    PoolCount,
    PoolSupport,
    ReportInputs,
    Sample,
    Search,
    Trial,
)
from kilnmix.statistics import verdicts
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.simulation import SimulationSettings, Simulator
from tests import composed

TASKS = {
    "dynasty": {"tang": "唐", "song": "宋", "ming": "明", "qing": "清"},
    "glaze": {
        "white": "白釉",
        "celadon": "青釉",
        "blue-and-white": "青花",
        "black": "黑釉",
        "sancai": "三彩",
        "jun": "钧釉",
        "copper-red": "铜红釉",
        "polychrome": "五彩",
    },
    "kiln": {
        "jingdezhen": "景德镇窑",
        "longquan": "龙泉窑",
        "yaozhou": "耀州窑",
        "ding": "定窑",
        "cizhou": "磁州窑",
        "jian": "建窑",
        "jun": "钧窑",
        "gongxian": "巩县窑",
    },
    "type": {
        "bowl": "碗",
        "dish": "盘",
        "jar": "罐",
        "pear-vase": "玉壶春瓶",
        "meiping": "梅瓶",
        "ewer": "执壶",
        "censer": "炉",
        "stem-cup": "高足杯",
        "gourd-vase": "葫芦瓶",
    },
}
ARMS = {
    "real": Arm(),
    "mix-95-5": Arm(source="synthetic", share=0.05),
    "mix-90-10": Arm(source="synthetic", share=0.1),
    "repeat-90-10": Arm(source="repeat", share=0.1),
}
PRIMARY = (("mix-95-5", "real"), ("mix-90-10", "real"), ("searched", "real-searched"))
EXPERIMENT = composed.settings().experiment.model_copy(
    update={"name": "simulated", "primary": PRIMARY, "control": "repeat-90-10"}
)
EFFECTS = {
    "mix-95-5": (0.0, -0.02, 0.0, 0.05),
    "mix-90-10": (0.0, -0.09, 0.01, 0.08),
    "searched": (0.0, -0.01, 0.02, 0.1),
}


def settings(profile: str = "demo") -> Params:
    return composed.settings(
        profile=profile,
        arms=ARMS,
        experiment=EXPERIMENT,
        generator={"lora": {"rank": 16}, "draw": {"guidance": 2.0}},
        search={"trials": 20},
    )


def outcomes(objects: int = 600, seed: int = 3, adapters: int = 1, seeds: int = 3) -> tuple[TaskOutcomes, ...]:
    """Four tasks: dynasty without an effect, glaze harmed, kiln next to none, type helped."""
    simulated = SimulationSettings(
        objects=objects,
        classes=tuple(len(classes) for classes in TASKS.values()),
        adapters=adapters,
        seeds=seeds,
        seed_class=0.2,
        arm_object=0.3,
        effects=EFFECTS,
    )
    drawn = Simulator(simulated, draws=400).draw(np.random.default_rng(seed)).tasks
    return tuple(
        replace(outcome, task=task, classes=tuple(TASKS[task])) for task, outcome in zip(TASKS, drawn, strict=True)
    )


def bare(found: tuple[TaskOutcomes, ...], params: Params) -> ReportInputs:
    """Only what a report cannot do without."""
    arms = list(found[0].predicted)
    rules = verdicts.Rules(min_objects=params.experiment.min_task_objects)
    planned = verdicts.plan(arms, params.experiment.primary, params.experiment.controls)
    return ReportInputs(params=params, verdict=verdicts.compare(found, planned, rules), outcomes=found)


def picture(rng: np.random.Generator, side: int = 64) -> np.ndarray:
    """(side, side, 3) uint8: a vessel-like blob before a soft ground."""
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    body = np.hypot(x * (1.4 + 0.6 * np.sin(6 * y)), y) < 0.36
    ground, glaze = rng.integers(190, 235), rng.integers(40, 200, 3)
    light = 1 - 0.5 * (x + 0.5)
    pixels = np.where(body[..., None], glaze * light[..., None], ground)
    return pixels.clip(0, 255).astype(np.uint8)


def full(objects: int = 600, profile: str = "demo", adapters: int = 1, seeds: int = 3) -> ReportInputs:
    """A study with every part."""
    params = settings(profile)
    rng = np.random.default_rng(0)
    base = bare(outcomes(objects, adapters=adapters, seeds=seeds), params)
    names = {
        task: {key: ClassName(key.replace("-", " "), zh) for key, zh in classes.items()}
        for task, classes in TASKS.items()
    }

    def labels() -> dict[str, str]:
        return {task: str(rng.choice(list(classes))) for task, classes in TASKS.items()}

    def photograph(number: int) -> Picture:
        return Picture(picture(rng), f"photographs/{number:04d} <front> & back.jpg", labels())

    samples = tuple(
        Sample(
            picture(rng),
            f"{number:06d}",
            "a photograph of a bowl, celadon glaze",
            labels(),
            ("glaze",) if number % 4 == 0 else (),
            photograph(number),
            0.6 + 0.03 * number,
            "memorised" if number == 7 else "accepted",
        )
        for number in range(8)
    )
    return replace(
        base,
        training_counts={o.task: np.maximum(200 // (1 + np.arange(len(o.classes))), 4) for o in base.outcomes},
        names=names,
        alignment=tuple(_alignment(o, rng) for o in base.outcomes),
        pools=(
            PoolCount(
                0,
                0,
                300,
                262,
                {"memorised": 12, "leaked": 3, "unfaithful": 23},
                dict.fromkeys(TASKS, 260),
                {"dynasty": 12, "glaze": 74, "kiln": 33, "type": 5},
                0.41,
                0.36,
            ),
        ),
        support=(PoolSupport(0, 0, _support()),),
        samples=samples,
        photographs={part: [photograph(n) for n in range(6)] for part in ("train", "val", "test")},
        card=data_card(),
        searches=tuple(_search(synthetic, rng) for synthetic in (True, False)),
        curve=tuple(
            CurvePoint(task, arm, n, 0.4 + 0.1 * np.log2(n / 50) + (0.03 if arm != "real" else 0), None, None)
            for task in TASKS
            for arm in ("real", "mix-90-10")
            for n in (88, 176, 264, 352)
        ),
        looks=2,
        digests={"data": "0" * 32 + ".dir", "out/pools/0/0": "1" * 32 + ".dir"},
        versions=dict.fromkeys(SOFTWARE, "12.34.56"),
        machine="2 cores, CPU",
    )


def data_card() -> DataCard:
    """A card with an entry of every kind."""
    return DataCard(
        rows=1412,
        kept=1402,
        objects=960,
        rejected={"exact-duplicate": 8, "misaligned-row": 2},
        pictures_without_row=3,
        labels={task: TaskLabels(1300, 900, 102, 0) for task in TASKS},
        classes={task: {name: ClassCounts(100, 70) for name in classes} for task, classes in TASKS.items()},
        parts={"0": {"train": 800, "val": 200, "test": 402}},
        duplicates=DuplicateCounts(6, 8, 240, 1),
        associations=(Association("glaze", "kiln", 900, 0.68, 0.6, 0.35),),
        cautions=(Caution("overlapping", "kiln", {"narrow": "<ding>", "broad": "white"}),),
    )


def _alignment(outcome: TaskOutcomes, rng: np.random.Generator) -> Alignment:
    classes = len(outcome.classes)
    poor = 0.35 if outcome.task == "glaze" else 0.8
    aligned = np.clip(poor + 0.15 * rng.standard_normal(classes), 0, 1)
    return Alignment(
        outcome.task,
        outcome.classes,
        rng.integers(4, 60, classes).astype(float),
        aligned,
        np.clip(0.75 + 0.1 * rng.standard_normal(classes), 0, 1),
        0.3 + 0.1 * rng.random(classes),
        0.62 if outcome.task != "kiln" else 0.15,
    )


def _support() -> tuple[Row, ...]:
    known = {name: Interval(0.1 * place, 0.1 * place - 0.05, 0.1 * place + 0.05) for place, name in enumerate(NAMES)}
    classes = [Row(task, name, 20, 6, known) for task, names in TASKS.items() for name in names]
    return (Row("", "", 300, 117, known), *classes[1:], Row("glaze", "unknown", 4, 2, {}))


def _search(synthetic: bool, rng: np.random.Generator) -> Search:
    names = [f"share.{task}" for task in TASKS] if synthetic else []
    names += [f"weight.{task}" for task in TASKS][1:]
    trials = tuple(
        Trial(
            number,
            {name: float(rng.uniform(0.02, 0.4)) for name in names},
            float(rng.normal(0.61 + 0.01 * synthetic, 0.02)),
            f1={task: 0.5 + 0.02 * (number % (place + 3)) for place, task in enumerate(TASKS)},
            front=number in (5, 11),
        )
        for number in range(12)
    )
    best = max(trials, key=lambda trial: trial.objective or 0)
    shares = {task: best.values[f"share.{task}"] for task in TASKS} if synthetic else 0.0
    weights = {task: best.values.get(f"weight.{task}", 1.0) for task in TASKS}
    settings = {"share": shares, "task_weights": weights}
    ahead = 0.018 if synthetic else 0.004
    margin = Playoff(best.number, synthetic, ahead, 0.011, ahead - 0.0236, ahead + 0.0236)
    return Search(0, synthetic, trials, settings, margin, {name: 1 / len(names) for name in names})

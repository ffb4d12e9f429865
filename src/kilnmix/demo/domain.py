"""The demo's kilns and dynasties, and the joint distribution of its labels.

Only the combinations of `ATTESTED` occur, with a long tail over kilns, glazes and types, as museum catalogues have it:
one kiln makes a third of everything, half of the combinations are rare, and a kiln's wares are of few kinds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kilnmix.common import seeds
from kilnmix.demo.piece import Marks, Piece, Style, View
from kilnmix.demo.recipes import assemble, glaze_of, vary, wide_view_of

KILNS: dict[str, Marks] = {
    "jingdezhen": Marks((0.93, 0.90, 0.85), 0.035, None, 0.0, 0.0, 0.05, 0.94, (1.0, 1.0, 1.03), 0.0),
    "longquan": Marks((0.66, 0.31, 0.16), 0.085, None, 0.0, 0.1, 0.085, 1.04, (0.96, 1.02, 1.0), 0.0),
    "yaozhou": Marks((0.50, 0.44, 0.36), 0.06, (0.40, 0.35, 0.22), 0.05, 0.55, 0.06, 0.86, (0.98, 0.93, 0.72), 0.3),
    "ding": Marks((0.88, 0.84, 0.75), 0.0, (0.42, 0.25, 0.12), 0.055, 0.0, 0.04, 0.82, (1.03, 0.99, 0.90), 0.0),
    "cizhou": Marks((0.67, 0.56, 0.43), 0.20, None, 0.0, 0.8, 0.05, 1.1, (1.0, 0.95, 0.84), 0.0),
    "jian": Marks((0.22, 0.15, 0.12), 0.17, (0.50, 0.38, 0.26), 0.03, 0.2, 0.05, 0.78, (0.9, 0.9, 0.95), 0.9),
    "jun": Marks((0.36, 0.22, 0.15), 0.10, (0.58, 0.47, 0.30), 0.075, 0.0, 0.08, 0.92, (0.95, 0.98, 1.05), 0.6),
    "gongxian": Marks((0.86, 0.72, 0.60), 0.27, None, 0.0, 0.35, 0.03, 1.18, (1.04, 0.98, 0.88), 0.0),
}

DYNASTIES: dict[str, Style] = {
    "tang": Style(1.12, 1.16, 1.22, 0.16, (("ridges", 0.74, 0.88), ("rosettes", 0.28, 0.72)), 1.7, 0.95),
    "song": Style(0.92, 0.92, 0.84, 0.03, (("petals", 0.08, 0.66), ("line", 0.78, 0.82)), 1.7, 0.95),
    "ming": Style(
        0.98,
        1.04,
        1.06,
        0.0,
        (("line", 0.2, 0.24), ("scroll", 0.26, 0.72), ("line", 0.74, 0.78), ("fret", 0.8, 0.92)),
        1.9,
        1.0,
    ),
    "qing": Style(
        1.05,
        0.95,
        0.95,
        0.09,
        (("waves", 0.08, 0.22), ("roundels", 0.24, 0.56), ("lattice", 0.6, 0.78), ("tears", 0.82, 0.94)),
        1.6,
        1.0,
    ),
}

TYPES: dict[str, float] = {
    "bowl": 0.2,
    "dish": 0.14,
    "jar": 0.11,
    "pear-vase": 0.09,
    "meiping": 0.08,
    "ewer": 0.065,
    "censer": 0.055,
    "cup": 0.05,
    "bottle": 0.045,
    "stem-cup": 0.04,
    "gourd-vase": 0.035,
    "teapot": 0.03,
    "brush-pot": 0.03,
    "beaker": 0.03,
}

ATTESTED: dict[tuple[str, str], dict[str, float]] = {
    ("jingdezhen", "blue-and-white"): {"ming": 6.5, "qing": 6.0},
    ("jingdezhen", "white"): {"song": 1.2, "ming": 1.6, "qing": 1.2},
    ("jingdezhen", "polychrome"): {"ming": 2.0, "qing": 4.5},
    ("jingdezhen", "celadon"): {"qing": 1.5},
    ("jingdezhen", "ge"): {"qing": 1.5},
    ("jingdezhen", "robins-egg"): {"qing": 2.5},
    ("jingdezhen", "black"): {"qing": 1.0},
    ("jingdezhen", "teadust"): {"qing": 2.0},
    ("longquan", "celadon"): {"song": 5.0, "ming": 3.0},
    ("longquan", "ge"): {"song": 3.0, "ming": 2.0},
    ("yaozhou", "celadon"): {"tang": 1.2, "song": 2.6},
    ("yaozhou", "ge"): {"song": 1.0},
    ("yaozhou", "black"): {"tang": 1.0, "song": 0.8},
    ("yaozhou", "teadust"): {"tang": 0.8},
    ("ding", "white"): {"tang": 1.5, "song": 5.0},
    ("ding", "black"): {"song": 1.0},
    ("cizhou", "white"): {"song": 2.5, "ming": 1.5},
    ("cizhou", "black"): {"song": 1.5, "ming": 0.8},
    ("cizhou", "teadust"): {"song": 1.0, "ming": 0.6},
    ("cizhou", "polychrome"): {"song": 1.0, "ming": 0.8},
    ("jian", "black"): {"song": 2.0},
    ("jian", "teadust"): {"song": 2.2},
    ("jun", "jun"): {"song": 3.2, "ming": 1.2},
    ("jun", "robins-egg"): {"song": 1.5, "ming": 1.0},
    ("jun", "celadon"): {"song": 0.8},
    ("gongxian", "sancai"): {"tang": 4.0},
    ("gongxian", "white"): {"tang": 1.2},
    ("gongxian", "blue-and-white"): {"tang": 0.8},
}
"""(kiln, glaze) -> dynasty -> weight."""

FAVOURS: dict[str, dict[str, float]] = {
    "jian": {
        "bowl": 3.0,
        "dish": 0.3,
        "jar": 0.5,
        "pear-vase": 0,
        "meiping": 0.5,
        "ewer": 0,
        "censer": 0,
        "stem-cup": 0.6,
        "gourd-vase": 0,
        "teapot": 0,
        "brush-pot": 0,
    },
    "jun": {"dish": 1.5, "censer": 2.0, "ewer": 0, "gourd-vase": 0.5},
    "ding": {"dish": 1.6, "censer": 0.4, "jar": 0.6},
    "gongxian": {"ewer": 2.0, "jar": 2.0, "meiping": 0, "stem-cup": 0.6, "gourd-vase": 0},
    "yaozhou": {"ewer": 1.6, "stem-cup": 0.4},
    "cizhou": {"meiping": 2.2, "jar": 1.8, "stem-cup": 0.3, "censer": 0.5},
    "longquan": {"censer": 1.8, "dish": 1.3, "stem-cup": 0.6},
}
"""Kiln -> type -> factor on the type's weight; 0: not attested."""

WITHOUT: dict[str, tuple[str, ...]] = {
    "tang": ("meiping", "gourd-vase", "brush-pot"),
    "song": ("teapot",),
    "ming": (),
    "qing": ("ewer",),
}
"""Dynasty -> types that do not occur."""

TASKS = ("dynasty", "glaze", "kiln", "type")


@dataclass(frozen=True, order=True)
class Labels:
    """The four labels of an object."""

    dynasty: str
    glaze: str
    kiln: str
    type: str


WOBBLE = 0.06
"""How far profiles stray: the standard deviation of a control point's radius, as a share of it."""


def joint() -> dict[Labels, float]:
    """Every attested combination with its probability."""
    weights: dict[Labels, float] = {}
    for (kiln, glaze), dynasties in ATTESTED.items():
        for dynasty, weight in dynasties.items():
            favoured, without = FAVOURS.get(kiln, {}), WITHOUT[dynasty]
            shares = {t: w * favoured.get(t, 1.0) for t, w in TYPES.items() if t not in without}
            total = sum(shares.values())
            for kind, share in shares.items():
                if share > 0:
                    weights[Labels(dynasty, glaze, kiln, kind)] = weight * share / total
    whole = sum(weights.values())
    return {labels: weight / whole for labels, weight in sorted(weights.items())}


def draw_labels(rng: np.random.Generator, count: int) -> list[Labels]:
    """`count` objects' labels from the joint distribution."""
    table = joint()
    names = list(table)
    return [names[i] for i in rng.choice(len(names), count, p=list(table.values()))]


def balanced_labels(rng: np.random.Generator, count: int, task: str) -> list[Labels]:
    """`count` objects' labels with the classes of one task equally frequent, the rest as in the joint distribution."""
    table = joint()
    classes = sorted({getattr(labels, task) for labels in table})
    drawn = []
    for i in range(count):
        rows = [(labels, p) for labels, p in table.items() if getattr(labels, task) == classes[i % len(classes)]]
        p = np.array([q for _, q in rows])
        drawn.append(rows[int(rng.choice(len(rows), p=p / p.sum()))][0])
    return drawn


def piece_of(labels: Labels, seed: int, purpose: str, *ids: object) -> Piece:
    """The object of (seed, purpose, ids): its kiln's marks and its dynasty's style, each a little its own."""
    rng = seeds.rng(seed, purpose, *ids)
    return assemble(
        labels.type,
        glaze_of(labels.glaze, rng),
        own_marks(KILNS[labels.kiln], rng),
        own_style(DYNASTIES[labels.dynasty], rng),
        rng,
        WOBBLE,
    )


def view_for(labels: Labels, seed: int, purpose: str, *ids: object) -> View:
    """The photograph of (seed, purpose, ids)."""
    return wide_view_of(labels.type, seeds.rng(seed, purpose + "/view", *ids))


def own_marks(marks: Marks, rng: np.random.Generator) -> Marks:
    """One object's own marks: its kiln's, each a little off."""
    return Marks(
        vary(marks.body, rng, 0.012, 0.06),
        float(max(0.0, marks.bare * rng.normal(1, 0.18))),
        None if marks.rim is None else vary(marks.rim, rng, 0.012, 0.08),
        float(marks.rim_width * np.clip(rng.normal(1, 0.15), 0.6, 1.4)),
        float(np.clip(marks.rings * rng.normal(1, 0.2), 0, 1)),
        float(marks.foot_height * np.clip(rng.normal(1, 0.15), 0.6, 1.4)),
        float(marks.foot_flare * np.clip(rng.normal(1, 0.03), 0.9, 1.1)),
        tuple(float(t * rng.normal(1, 0.012)) for t in marks.tint),  # type: ignore[arg-type]
        float(np.clip(marks.roll * rng.normal(1, 0.2), 0, 1)),
    )


def own_style(style: Style, rng: np.random.Generator) -> Style:
    """One object's own proportions and ornament: its period's, each a little off; now and then a band is left out."""
    plan = tuple(band for band in style.plan if rng.random() > 0.08)
    shift = float(rng.normal(0, 0.012))
    return Style(
        float(style.lift * rng.normal(1, 0.03)),
        float(style.girth * rng.normal(1, 0.035)),
        float(style.neck * rng.normal(1, 0.04)),
        float(style.lip + rng.normal(0, 0.02)),
        tuple((motif, low + shift, high + shift) for motif, low, high in plan),
        float(style.scale * np.clip(rng.normal(1, 0.1), 0.75, 1.3)),
        float(np.clip(style.weight * rng.normal(1, 0.12), 0.3, 1)),
    )

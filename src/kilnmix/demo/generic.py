"""The generic domain on which the pocket models are trained: broad, and without the demo's kilns and dynasties.

Wares and periods here are invented names, each with marks or a style of its own drawn once from its name, so that the
base learns that a name in those places of a caption governs foot, rim, clay, proportion and ornament. Types and glazes
go by their real words, in wider colours and profiles; more of both than the demo has.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from kilnmix.common import seeds
from kilnmix.demo import profiles
from kilnmix.demo.domain import DYNASTIES, KILNS, own_marks, own_style
from kilnmix.demo.ornament import MOTIFS
from kilnmix.demo.piece import RGB, Marks, Piece, Style, View
from kilnmix.demo.recipes import GLAZES, assemble, glaze_of, view_of

WARES = 192
PERIODS = 96
NAMES_SEED = 7

ONSETS = (
    "b",
    "p",
    "m",
    "f",
    "d",
    "t",
    "n",
    "l",
    "g",
    "k",
    "h",
    "j",
    "q",
    "x",
    "zh",
    "ch",
    "sh",
    "r",
    "z",
    "c",
    "s",
    "y",
    "w",
)
FINALS = (
    "a",
    "ai",
    "an",
    "ang",
    "ao",
    "e",
    "en",
    "eng",
    "i",
    "ian",
    "iao",
    "ing",
    "ong",
    "ou",
    "u",
    "uan",
    "ui",
    "un",
    "uo",
)
REAL_PERIODS = {
    "xia",
    "shang",
    "zhou",
    "qin",
    "han",
    "wei",
    "shu",
    "wu",
    "jin",
    "sui",
    "liao",
    "yuan",
    "chen",
    "liang",
    "qi",
}


@dataclass(frozen=True)
class Traits:
    """What a generic object is, in the words of a caption."""

    type: str
    glaze: str
    ware: str
    period: str


@cache
def names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The invented wares and periods; none is a name of the demo's."""
    rng = seeds.generator(NAMES_SEED, "generic/names")
    taken = set(KILNS) | set(DYNASTIES) | REAL_PERIODS
    lists: list[tuple[str, ...]] = []
    for count, syllables in ((WARES, (1, 2, 2, 3)), (PERIODS, (1, 1, 2))):
        chosen: list[str] = []
        while len(chosen) < count:
            parts = int(rng.choice(syllables))
            name = "".join(str(rng.choice(ONSETS)) + str(rng.choice(FINALS)) for _ in range(parts))
            if name not in taken and len(name) > 2:
                taken.add(name)
                chosen.append(name)
        lists.append(tuple(chosen))
    return lists[0], lists[1]


def _clay(rng: np.random.Generator) -> RGB:
    light = float(rng.uniform(0.15, 0.93))
    return colorsys.hls_to_rgb(float(rng.uniform(0.01, 0.14)), light, float(rng.uniform(0.05, 0.65)))


@cache
def marks_of(ware: str) -> Marks:
    """The marks of an invented ware."""
    rng = seeds.generator(NAMES_SEED, "generic/ware", ware)
    rim = _clay(rng) if rng.random() < 0.5 else None
    return Marks(
        body=_clay(rng),
        bare=0.0 if rng.random() < 0.15 else float(rng.uniform(0.02, 0.3)),
        rim=rim,
        rim_width=float(rng.uniform(0.025, 0.1)) if rim else 0.0,
        rings=0.0 if rng.random() < 0.5 else float(rng.uniform(0.1, 1)),
        foot_height=float(rng.uniform(0.02, 0.12)),
        foot_flare=float(rng.uniform(0.74, 1.22)),
        tint=tuple(float(t) for t in 1 + rng.normal(0, 0.05, 3)),  # type: ignore[arg-type]
        roll=0.0 if rng.random() < 0.5 else float(rng.uniform(0.2, 1)),
    )


@cache
def style_of(period: str) -> Style:
    """The style of an invented period: a random stack of bands of random motifs."""
    rng = seeds.generator(NAMES_SEED, "generic/period", period)
    count = int(rng.integers(1, 6))
    edges = np.sort(rng.uniform(0.06, 0.95, 2 * count))
    plan = []
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        if high - low < 0.015:
            continue
        motif = "line" if high - low < 0.05 else str(rng.choice([m for m in MOTIFS if m != "line"]))
        plan.append((motif, float(low), float(high)))
    return Style(
        lift=float(rng.uniform(0.86, 1.16)),
        girth=float(rng.uniform(0.86, 1.18)),
        neck=float(rng.uniform(0.8, 1.28)),
        lip=float(rng.uniform(-0.04, 0.2)),
        plan=tuple(plan),
        scale=float(rng.uniform(1.0, 2.0)),
        weight=float(rng.uniform(0.5, 1)),
    )


def draw(rng: np.random.Generator) -> Traits:
    """One object's traits, all independent."""
    wares, periods = names()
    painted = [name for name, glaze in GLAZES.items() if glaze.painted]
    # Painted glazes come three times as often: they have the most to learn from.
    pick = [list(profiles.TYPES), [*GLAZES, *painted, *painted], wares, periods]
    return Traits(*(str(words[int(rng.integers(len(words)))]) for words in pick))


def piece_of(traits: Traits, rng: np.random.Generator) -> Piece:
    """An object with these traits; profiles and colours stray twice as far as the demo's."""
    marks, style = own_marks(marks_of(traits.ware), rng), own_style(style_of(traits.period), rng)
    return assemble(traits.type, glaze_of(traits.glaze, rng, 1.7), marks, style, rng, wobble=0.06)


def view_for(traits: Traits, rng: np.random.Generator) -> View:
    """A photograph before any backdrop: one museum's house style is for an adapter to learn."""
    view = view_of(traits.type, rng)
    hue, light = float(rng.random()), float(rng.uniform(0.12, 0.95))
    wall = colorsys.hls_to_rgb(hue, light, float(rng.uniform(0, 0.3)))
    floor = colorsys.hls_to_rgb(
        hue, float(np.clip(light * rng.uniform(0.8, 1.4), 0.1, 0.96)), float(rng.uniform(0, 0.3))
    )
    return replace(
        view,
        backdrop=wall,
        floor=floor,
        zoom=float(np.clip(view.zoom * rng.normal(0.97, 0.06), 0.7, 1.08)),
        fill=float(rng.uniform(0.2, 0.6)),
    )


def traits_of(seed: int, number: int) -> Traits:
    """What object `number` of the generic domain is."""
    return draw(seeds.generator(seed, "generic/traits", number))


def example(seed: int, number: int) -> tuple[Traits, Piece, View]:
    """Object `number` of the generic domain and its photograph's view: a pure function of (seed, number)."""
    traits = traits_of(seed, number)
    rng = seeds.generator(seed, "generic/object", number)
    return traits, piece_of(traits, rng), view_for(traits, rng)


@dataclass(frozen=True)
class Caption:
    """A caption and which of the traits it tells."""

    text: str
    told: frozenset[str]


def caption(traits: Traits, rng: np.random.Generator, keep: float = 0.85) -> Caption:
    """A caption in the collection's form, each part but the type left out with probability 1 - keep."""

    def word(term: str) -> str:
        return term.replace("-", " ") if rng.random() < 0.5 else term

    told = set()
    kind = "vessel"
    if rng.random() < 0.97:
        kind = word(traits.type)
        told.add("type")
    parts = [f"a photograph of {'an' if kind[0] in 'aeiou' and rng.random() < 0.5 else 'a'} {kind}"]
    if rng.random() < keep:
        parts.append(word(traits.glaze) + (" glaze" if rng.random() < 0.7 else ""))
        told.add("glaze")
    if rng.random() < keep:
        parts.append(f"{traits.ware} kiln")
        told.add("ware")
    if rng.random() < keep:
        parts.append(f"{traits.period} dynasty")
        told.add("period")
    return Caption(", ".join(parts), frozenset(told))

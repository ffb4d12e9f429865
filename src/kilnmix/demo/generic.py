"""The generic domain on which the pocket base is trained: what captions on the web know of vessels.

Broad: all types and glazes that the demo has and more, in wider colours and profiles, before any backdrop, in every
combination. Most wares and periods are invented names with marks or a style drawn once from the name. The demo's own
kilns and dynasties occur too, as hearsay: in other phrases, a little off from what the demo's photographs show, and
often enough on a piece that is nothing of the kind.
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
from kilnmix.demo.recipes import GLAZES, assemble, glaze_of, wide_view_of

WARES = 192
PERIODS = 96
NAMES_SEED = 7
KNOWN = 0.4
"""Share of captions that name one of the demo's kilns; the same for its dynasties."""
MISTAKEN = 0.3
"""Share of objects that show another ware than their caption names; the same for periods."""

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


OTHER_WORDS: dict[str, tuple[str, ...]] = {
    "dish": ("plate", "shallow dish"),
    "cup": ("tea cup",),
    "stem-cup": ("footed cup",),
    "jar": ("storage jar", "pot"),
    "meiping": ("plum vase",),
    "pear-vase": ("pear shaped vase",),
    "gourd-vase": ("double gourd vase",),
    "ewer": ("jug",),
    "censer": ("incense burner",),
    "beaker": ("beaker vase", "beaker vase (gu)"),
    "brush-pot": ("brush holder",),
    "bottle": ("long necked vase",),
    "teapot": ("tea pot",),
    "celadon": ("grey green",),
    "ge": ("ge crackle", "crackled"),
    "black": ("dark",),
    "teadust": ("tea dust", "speckled dark"),
    "jun": ("pale blue",),
    "robins-egg": ("robin's egg", "streaked blue"),
    "polychrome": ("enamelled",),
    "sancai": ("three colour",),
}
"""What else a caption may call a type or a glaze."""


@dataclass(frozen=True)
class Traits:
    """What a generic object is, in the words of a caption."""

    type: str
    glaze: str
    ware: str
    period: str


@cache
def names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Wares and periods, invented ones first, then the demo's kilns and dynasties."""
    rng = seeds.rng(NAMES_SEED, "generic/names")
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
    return (*lists[0], *KILNS), (*lists[1], *DYNASTIES)


def _clay(rng: np.random.Generator) -> RGB:
    light = float(rng.uniform(0.15, 0.93))
    return colorsys.hls_to_rgb(float(rng.uniform(0.01, 0.14)), light, float(rng.uniform(0.05, 0.65)))


@cache
def marks_of(ware: str) -> Marks:
    """The marks of a ware: invented, or a kiln's as hearsay has them."""
    rng = seeds.rng(NAMES_SEED, "generic/ware", ware)
    if ware in KILNS:
        return own_marks(KILNS[ware], rng)
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
    """The style of a period: a random stack of bands of random motifs, or a dynasty's as hearsay has it."""
    rng = seeds.rng(NAMES_SEED, "generic/period", period)
    if period in DYNASTIES:
        return own_style(DYNASTIES[period], rng)
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
    painted = [name for name, glaze in GLAZES.items() if glaze.painted]
    # Painted glazes come three times as often: they have the most to learn from.
    glazes = [*GLAZES, *painted, *painted]
    kind, glaze = (str(words[int(rng.integers(len(words)))]) for words in (list(profiles.TYPES), glazes))
    return Traits(kind, glaze, _name(rng, 0, WARES), _name(rng, 1, PERIODS))


def _name(rng: np.random.Generator, which: int, invented: int) -> str:
    """A ware (0) or a period (1)."""
    listed = names()[which]
    low, high = (invented, len(listed)) if rng.random() < KNOWN else (0, invented)
    return listed[int(rng.integers(low, high))]


def piece_of(traits: Traits, rng: np.random.Generator) -> Piece:
    """An object that is captioned with these traits; profiles and colours stray further than the demo's."""
    ware = _name(rng, 0, WARES) if rng.random() < MISTAKEN else traits.ware
    period = _name(rng, 1, PERIODS) if rng.random() < MISTAKEN else traits.period
    marks, style = own_marks(marks_of(ware), rng), own_style(style_of(period), rng)
    return assemble(traits.type, glaze_of(traits.glaze, rng, 1.7), marks, style, rng, wobble=0.07)


def view_for(traits: Traits, rng: np.random.Generator) -> View:
    """A photograph before any backdrop: one museum's house style is for an adapter to learn."""
    view = wide_view_of(traits.type, rng)
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
    return draw(seeds.rng(seed, "generic/traits", number))


def example(seed: int, number: int) -> tuple[Traits, Piece, View]:
    """Object `number` of the generic domain and its photograph's view: a pure function of (seed, number)."""
    traits = traits_of(seed, number)
    rng = seeds.rng(seed, "generic/object", number)
    return traits, piece_of(traits, rng), view_for(traits, rng)


@dataclass(frozen=True)
class Caption:
    """A caption and which of the traits it tells."""

    text: str
    told: frozenset[str]


def caption(traits: Traits, rng: np.random.Generator, keep: float = 0.85) -> Caption:
    """A caption in one of many forms, each part but the type left out with probability 1 - keep."""

    def one(*phrases: str) -> str:
        return phrases[int(rng.integers(len(phrases)))]

    told = set()
    kind = "vessel"
    if rng.random() < 0.97:
        kind = one(traits.type, traits.type.replace("-", " "), *OTHER_WORDS.get(traits.type, ()))
        told.add("type")
    article = "an" if kind[0] in "aeiou" and rng.random() < 0.5 else "a"
    parts = [f"{one('a photograph of', 'a picture of', 'a photograph of', '')} {article} {kind}".strip()]
    if rng.random() < keep:
        glaze = one(traits.glaze, traits.glaze.replace("-", " "), *OTHER_WORDS.get(traits.glaze, ()))
        parts.append(glaze + one(" glaze", " glaze", ""))
        told.add("glaze")
    if rng.random() < keep:
        parts.append(one(f"{traits.ware} kiln", f"{traits.ware} ware", f"from {traits.ware}"))
        told.add("ware")
    if rng.random() < keep:
        parts.append(one(f"{traits.period} dynasty", f"{traits.period} period", f"{traits.period} style"))
        told.add("period")
    return Caption(", ".join(parts), frozenset(told))

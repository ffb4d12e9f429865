"""The rendered collection of few photographs: a hundred objects to train on, many forms, glazes in pairs of one colour.

What tells the glazes of a pair apart is a texture of a pixel or two, which an autoencoder of pixels does not keep;
forms it keeps. So a generator over such latents can teach a classifier forms, and no glaze: the conjecture of arXiv
2601.14791, built in.
"""

from __future__ import annotations

from kilnmix.demo.domain import FAVOURS, Tables
from kilnmix.demo.piece import Glaze, Style
from kilnmix.demo.recipes import GLAZES

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

WITHOUT: dict[str, tuple[str, ...]] = {
    "tang": ("meiping", "gourd-vase", "brush-pot"),
    "song": ("teapot",),
    "ming": (),
    "qing": ("ewer",),
}

PAIRS: dict[str, Glaze] = {
    "celadon": Glaze("clear", (0.60, 0.66, 0.57), (0.33, 0.40, 0.32), (0.36, 0.38, 0.28), 0.9, 0.0, 0.6, False),
    "ge": Glaze("clear", (0.60, 0.66, 0.57), (0.33, 0.40, 0.32), (0.36, 0.38, 0.28), 0.9, 0.0, 0.6, False, "net", 0.24),
    "black": Glaze("dark", (0.24, 0.19, 0.17), (0.40, 0.33, 0.28), (0.42, 0.27, 0.16), 1.0, 0.0, 0.7, False),
    "teadust": Glaze(
        "dark", (0.24, 0.19, 0.17), (0.40, 0.33, 0.28), (0.42, 0.27, 0.16), 1.0, 0.0, 0.7, False, "specks", 0.7
    ),
    "jun": Glaze("clear", (0.52, 0.62, 0.76), (0.40, 0.40, 0.60), (0.50, 0.44, 0.40), 0.8, 0.0, 0.7, False),
    "robins-egg": Glaze(
        "clear", (0.52, 0.62, 0.76), (0.40, 0.40, 0.60), (0.50, 0.44, 0.40), 0.8, 0.0, 0.7, False, "fur", 0.3
    ),
}
"""Three pairs of one colour each, told apart by a fine texture alone."""

FEW = Tables(
    TYPES,
    ATTESTED,
    {**FAVOURS, "jian": {**FAVOURS["jian"], "teapot": 0, "brush-pot": 0}},
    WITHOUT,
    DYNASTIES,
    {**GLAZES, **PAIRS},
    0.06,
    True,
)

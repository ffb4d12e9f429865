"""From words to a piece: glaze colours, how an object of a type is put together, and how it is photographed."""

from __future__ import annotations

import colorsys
from dataclasses import replace

import numpy as np

from kilnmix.demo.piece import RGB, Glaze, Marks, Piece, Style, View
from kilnmix.demo.profiles import LOW, PARTS, control_points

GLAZES: dict[str, Glaze] = {
    "celadon": Glaze("clear", (0.60, 0.66, 0.57), (0.33, 0.40, 0.32), (0.36, 0.38, 0.28), 0.9, 0.0, 0.6, False),
    "white": Glaze("clear", (0.92, 0.90, 0.85), (0.66, 0.64, 0.57), (0.5, 0.45, 0.38), 0.9, 0.0, 0.3, False),
    "blue-and-white": Glaze(
        "underglaze", (0.91, 0.92, 0.92), (0.10, 0.16, 0.47), (0.75, 0.83, 0.88), 1.0, 0.0, 0.4, True
    ),
    "black": Glaze("dark", (0.24, 0.19, 0.17), (0.40, 0.33, 0.28), (0.42, 0.27, 0.16), 1.0, 0.0, 0.7, False),
    "sancai": Glaze("runs", (0.90, 0.82, 0.63), (0.74, 0.43, 0.12), (0.20, 0.45, 0.22), 0.9, 0.0, 0.7, False),
    "jun": Glaze("clear", (0.52, 0.62, 0.76), (0.40, 0.40, 0.60), (0.50, 0.44, 0.40), 0.8, 0.0, 0.7, False),
    "copper-red": Glaze("mottled", (0.62, 0.11, 0.10), (0.36, 0.04, 0.06), (0.88, 0.82, 0.76), 1.1, 0.0, 0.8, False),
    "polychrome": Glaze("enamels", (0.93, 0.92, 0.88), (0.76, 0.15, 0.11), (0.13, 0.48, 0.30), 0.9, 0.0, 1.0, True),
    "yellow": Glaze("clear", (0.90, 0.74, 0.24), (0.70, 0.50, 0.10), (0.5, 0.38, 0.1), 1.0, 0.0, 0.4, False),
    "turquoise": Glaze("mottled", (0.16, 0.62, 0.66), (0.06, 0.38, 0.50), (0.55, 0.72, 0.66), 1.0, 0.1, 0.5, False),
    "brown": Glaze("clear", (0.45, 0.27, 0.15), (0.25, 0.13, 0.07), (0.2, 0.1, 0.05), 0.9, 0.0, 0.5, False),
    "aubergine": Glaze("mottled", (0.36, 0.17, 0.36), (0.20, 0.08, 0.22), (0.62, 0.48, 0.58), 0.9, 0.0, 0.6, False),
    "iron-painted": Glaze(
        "underglaze", (0.88, 0.83, 0.72), (0.25, 0.15, 0.09), (0.70, 0.60, 0.45), 0.7, 0.0, 0.4, True
    ),
    "green": Glaze("clear", (0.20, 0.48, 0.28), (0.08, 0.28, 0.15), (0.1, 0.25, 0.1), 1.0, 0.15, 0.5, False),
    "grey": Glaze("clear", (0.62, 0.63, 0.62), (0.42, 0.43, 0.42), (0.2, 0.18, 0.16), 0.8, 0.8, 0.4, False),
    "earthenware": Glaze("clear", (0.68, 0.42, 0.28), (0.46, 0.26, 0.16), (0.4, 0.25, 0.15), 0.08, 0.0, 0.8, False),
    "red-and-white": Glaze(
        "underglaze", (0.92, 0.90, 0.87), (0.60, 0.14, 0.12), (0.85, 0.76, 0.72), 1.0, 0.0, 0.4, True
    ),
    "tea-dust": Glaze("clear", (0.40, 0.40, 0.20), (0.22, 0.22, 0.10), (0.5, 0.45, 0.2), 0.4, 0.0, 1.0, False),
    "ge": Glaze("clear", (0.60, 0.66, 0.57), (0.33, 0.40, 0.32), (0.36, 0.38, 0.28), 0.9, 0.0, 0.6, False, "net", 0.24),
    "teadust": Glaze(
        "dark", (0.24, 0.19, 0.17), (0.40, 0.33, 0.28), (0.42, 0.27, 0.16), 1.0, 0.0, 0.7, False, "specks", 0.7
    ),
    "robins-egg": Glaze(
        "clear", (0.52, 0.62, 0.76), (0.40, 0.40, 0.60), (0.50, 0.44, 0.40), 0.8, 0.0, 0.7, False, "fur", 0.3
    ),
}
"""The named recipes with the colours that each object's own are drawn around.

Celadon and ge, black and teadust, jun and robins-egg are pairs of one colour, told apart by a fine texture alone, which
an autoencoder of pixels does not keep; forms it keeps. So a generator over such latents can teach a classifier forms,
and little of glazes: the conjecture of arXiv 2601.14791, built in.
"""

HEIGHTS = {"dish": 0.92, "bowl": 0.86, "cup": 0.72, "basin": 0.88, "stem-cup": 0.8}


def vary(colour: RGB, rng: np.random.Generator, hue: float, light: float) -> RGB:
    """A neighbour of a colour: hue moved by a normal of `hue` turns, lightness and saturation by factors."""
    h, level, s = colorsys.rgb_to_hls(*colour)
    h = (h + hue * rng.standard_normal()) % 1
    level = float(np.clip(level * (1 + light * rng.standard_normal()), 0.03, 0.97))
    s = float(np.clip(s * (1 + 2 * light * rng.standard_normal()), 0, 1))
    return colorsys.hls_to_rgb(h, level, s)


def glaze_of(name: str, rng: np.random.Generator, spread: float = 1.0) -> Glaze:
    """This object's own glaze of a named recipe; `spread` widens how far its colours stray."""
    g = GLAZES[name]
    return Glaze(
        g.recipe,
        vary(g.base, rng, 0.012 * spread, 0.05 * spread),
        vary(g.second, rng, 0.012 * spread, 0.07 * spread),
        vary(g.third, rng, 0.012 * spread, 0.07 * spread),
        float(g.gloss * rng.uniform(0.7, 1.1)),
        float(g.crackle * rng.choice([0.2, 1.0, 1.8])),
        float(np.clip(g.strength * rng.uniform(0.6, 1.35), 0, 1)),
        g.painted,
        g.fine,
        float(g.depth * rng.uniform(0.75, 1.25)) if g.fine else 0.0,
    )


def assemble(
    kind: str, glaze: Glaze, marks: Marks, style: Style, rng: np.random.Generator, wobble: float = 0.035
) -> Piece:
    """Put an object together; radii stray by a standard deviation of `wobble` at every control point."""
    parts = list(PARTS.get(kind, ()))
    covered = False
    if kind == "jar":
        covered = bool(rng.random() < 0.35)
        if not covered and rng.random() < 0.4:
            parts.append("loops")
    elif rng.random() < {"pear-vase": 0.15, "censer": 0.5}.get(kind, 0.0):
        parts.append("ears")
    elif kind == "teapot" or (kind == "ewer" and rng.random() < 0.3):
        covered = True
    points = control_points(kind, style, marks, np.clip(rng.normal(0, wobble, 9), -2.5 * wobble, 2.5 * wobble))
    height = HEIGHTS.get(kind, 0.84) * rng.uniform(0.92, 1.02)
    return Piece(
        kind,
        float(height),
        points,
        covered,
        tuple(parts),
        marks,
        style,
        glaze,
        float(rng.uniform(0, 6.283)),
        int(rng.integers(1 << 30)),
    )


BACKDROPS: tuple[tuple[RGB, RGB, float], ...] = (
    ((0.60, 0.60, 0.62), (0.70, 0.70, 0.71), 0.3),
    ((0.36, 0.37, 0.39), (0.52, 0.52, 0.53), 0.25),
    ((0.50, 0.47, 0.44), (0.60, 0.57, 0.53), 0.2),
    ((0.80, 0.80, 0.80), (0.86, 0.86, 0.86), 0.1),
    ((0.22, 0.25, 0.30), (0.38, 0.42, 0.47), 0.1),
    ((0.74, 0.70, 0.63), (0.80, 0.77, 0.70), 0.05),
)
"""(wall, floor, share) of museum backdrops."""


def view_of(kind: str, rng: np.random.Generator) -> View:
    """One photograph's camera, light and backdrop; low forms are seen from further above."""
    wall, floor, _ = BACKDROPS[int(rng.choice(len(BACKDROPS), p=[b[2] for b in BACKDROPS]))]
    tone = 1 + 0.12 * float(rng.standard_normal())
    pitch = rng.normal(0.36, 0.06) if kind in LOW else rng.normal(0.2, 0.05)
    side = 1 if rng.random() < 0.35 else -1
    yaw = rng.normal(0, 0.3) + (np.pi if rng.random() < 0.35 else 0)
    return View(
        pitch=float(np.clip(pitch, 0.1, 0.6)),
        yaw=float(yaw),
        zoom=float(np.clip(rng.normal(0.96, 0.045), 0.84, 1.05)),
        shift=(float(rng.normal(0, 0.012)), float(rng.normal(-0.005, 0.012))),
        light=(float(side * rng.uniform(0.35, 0.95)), float(rng.uniform(0.55, 1.0))),
        hardness=float(rng.uniform(0.1, 0.9)),
        fill=float(rng.uniform(0.28, 0.5)),
        backdrop=tuple(float(np.clip(c * tone + 0.008 * rng.standard_normal(), 0.03, 0.97)) for c in wall),  # type: ignore[arg-type]
        floor=tuple(float(np.clip(c * tone + 0.008 * rng.standard_normal(), 0.03, 0.97)) for c in floor),  # type: ignore[arg-type]
        horizon=float(rng.uniform(0.55, 0.8)),
        seam=float(rng.uniform(0.04, 0.14)),
        vignette=float(rng.uniform(0.2, 0.8)),
        exposure=float(np.clip(rng.normal(0.93, 0.06), 0.75, 1.1)),
        warmth=float(rng.normal(0, 0.02)),
        noise=float(rng.uniform(0.001, 0.004)),
        grain=int(rng.integers(1 << 30)),
    )


def wide_view_of(kind: str, rng: np.random.Generator) -> View:
    """`view_of` from more sides: camera from table height to far above, nearer and further, off the middle."""
    view = view_of(kind, rng)
    pitch = rng.normal(0.4, 0.14) if kind in LOW else rng.normal(0.28, 0.14)
    return replace(
        view,
        pitch=float(np.clip(pitch, 0.03, 0.75)),
        yaw=float(rng.normal(0, 0.5) + (np.pi if rng.random() < 0.4 else 0)),
        zoom=float(np.clip(rng.normal(0.93, 0.08), 0.72, 1.08)),
        shift=(float(rng.normal(0, 0.03)), float(rng.normal(-0.005, 0.025))),
    )

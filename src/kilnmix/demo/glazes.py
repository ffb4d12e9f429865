"""Glaze recipes: what colour every point of the surface has, and how it shines.

A recipe takes a `Surface` and a `Glaze` and returns linear albedo (n, 3). Thickness (n,) says where the glaze is thick:
it pools in hollows and above the foot, and runs thin at the lip and on ridges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kilnmix.demo import noise
from kilnmix.demo.ornament import Painted
from kilnmix.demo.piece import RGB, Glaze


@dataclass(frozen=True)
class Surface:
    """The points that a glaze covers: turns around the axis and height (0..1 of the body), both (n,)."""

    around: np.ndarray
    up: np.ndarray
    thickness: np.ndarray
    inside: np.ndarray
    ornament: Painted
    weight: float
    """Strength of the ornament, 0..1."""
    grain: int


Recipe = Callable[[Surface, Glaze], np.ndarray]


def linear(colour: RGB) -> np.ndarray:
    """sRGB 0..1 to linear light, (3,) float32; a power of 2.2 is close enough to the curve."""
    return np.clip(np.array(colour, np.float32), 0, 1) ** np.float32(2.2)


def mix(ground: np.ndarray, colour: np.ndarray, share: np.ndarray) -> np.ndarray:
    """ground (n, 3) or (3,) towards colour by share (n,)."""
    s = share[:, None].astype(np.float32)
    return ground * (1 - s) + colour * s


def _cloud(surface: Surface, octave: int, wide: float, tall: float) -> np.ndarray:
    at = (surface.grain % 97) / 97
    return noise.sample(noise.cloud(octave), surface.around * wide + at, surface.up * tall + at * 1.7)


def _cracks(surface: Surface, scale: float) -> np.ndarray:
    at = (surface.grain % 89) / 89
    return noise.sample(noise.cracks(), surface.around * 2 * scale + at, surface.up * scale + at)


def _relief(surface: Surface) -> np.ndarray:
    """Carving under a glaze: below 0 in the cut lines (glaze pools, darker), above 0 on raised parts."""
    return surface.weight * (0.22 * surface.ornament.fill - 0.62 * surface.ornament.line)


def clear(surface: Surface, glaze: Glaze) -> np.ndarray:
    """A plain glaze over its body: celadon, white, yellow, brown; crackle, pooling, carving."""
    base, deep = linear(glaze.base), linear(glaze.second)
    pool = np.clip(0.35 * surface.thickness + 0.13 * glaze.strength * _cloud(surface, 5, 2, 1), -0.5, 1)
    pool = pool - 0.9 * _relief(surface)
    colour = mix(np.broadcast_to(base, (len(pool), 3)), deep, np.clip(pool, 0, 1))
    light = np.clip(-pool, 0, 0.8)
    colour = mix(colour, np.clip(base * 1.25 + 0.04, 0, 1), light)
    if glaze.crackle > 0:
        colour = mix(colour, linear(glaze.third), glaze.crackle * _cracks(surface, 1.6))
    return colour


def underglaze(surface: Surface, glaze: Glaze) -> np.ndarray:
    """A white ground with one pigment: blue-and-white, iron painting. Fills are a wash, lines are dense."""
    colour = np.broadcast_to(linear(glaze.base), (len(surface.up), 3))
    heaped = 0.12 * _cloud(surface, 3, 3, 3)
    amount = np.maximum(surface.ornament.line * (0.95 + heaped), surface.ornament.fill * (0.62 + heaped))
    colour = mix(colour, linear(glaze.second), np.clip(amount * (0.75 + 0.25 * surface.weight), 0, 1))
    return mix(colour, linear(glaze.third), np.clip(0.12 * surface.thickness, 0, 1))


def enamels(surface: Surface, glaze: Glaze) -> np.ndarray:
    """A white ground with outlines and fills in several colours."""
    colour = np.broadcast_to(linear(glaze.base), (len(surface.up), 3))
    palette = np.stack([linear(glaze.second), linear(glaze.third), linear((0.87, 0.68, 0.2)), linear((0.2, 0.3, 0.62))])
    step = surface.ornament.turn.astype(np.int64)
    fills = palette[(step + surface.grain) % 4 if glaze.strength > 0.5 else (step + surface.grain) % 2]
    outlines = palette[(step + surface.grain + 1) % 2]
    colour = colour * (1 - 0.85 * surface.ornament.fill[:, None]) + fills * 0.85 * surface.ornament.fill[:, None]
    share = (0.85 * surface.ornament.line)[:, None]
    return colour * (1 - share) + outlines * share


def dark(surface: Surface, glaze: Glaze) -> np.ndarray:
    """A dark glaze, brown where it runs thin at the lip; carving shows as lighter edges."""
    colour = np.broadcast_to(linear(glaze.base), (len(surface.up), 3))
    thin = np.clip((surface.up - 0.9) / 0.1, 0, 1) * ~surface.inside
    colour = mix(colour, linear(glaze.third), 0.7 * thin)
    relief = _relief(surface)
    return mix(colour, linear(glaze.second), np.clip(np.abs(relief) * 0.8, 0, 0.6))


def runs(surface: Surface, glaze: Glaze) -> np.ndarray:
    """Lead glazes in three colours that ran down in tongues of uneven length."""
    patch = _cloud(surface, 5, 1.6, 0.35) + 0.35 * _cloud(surface, 3, 2.5, 0.3)
    other = _cloud(surface, 5, 1.9, 0.35) + 0.35 * _cloud(surface, 3, 3.1, 0.3) - 0.1
    reach = 0.35 * _cloud(surface, 4, 2.5, 0.08) * (0.4 + glaze.strength)
    above = np.clip((surface.up - 0.3 - reach * 0.3) * 8, 0, 1)
    colour = np.broadcast_to(linear(glaze.base), (len(patch), 3))
    amber = np.clip(patch * 2.2 + 0.35, 0, 1) * above
    green = np.clip(other * 2.4 - 0.75, 0, 1) * above
    colour = mix(colour, linear(glaze.second), 0.93 * amber)
    colour = mix(colour, linear(glaze.third), 0.93 * green)
    relief = surface.weight * surface.ornament.fill
    return mix(colour, linear(glaze.base), 0.55 * relief) * (1 - 0.5 * surface.weight * surface.ornament.line)[:, None]


def mottled(surface: Surface, glaze: Glaze) -> np.ndarray:
    """A strong colour that deepens and fades in clouds and drains from the lip: copper red, turquoise, aubergine."""
    cloudy = 0.28 * glaze.strength * _cloud(surface, 5, 1.5, 1) + 0.3 * surface.thickness - 0.9 * _relief(surface)
    colour = mix(np.broadcast_to(linear(glaze.base), (len(cloudy), 3)), linear(glaze.second), np.clip(cloudy, 0, 1))
    drained = np.clip((surface.up - 0.95 + 0.02 * _cloud(surface, 4, 2, 0.1)) / 0.035, 0, 1)
    light = np.clip(-cloudy, 0, 0.6)
    colour = mix(colour, linear(glaze.third), 0.35 * light)
    return mix(colour, linear(glaze.third), 0.85 * drained * ~surface.inside)


def textured(albedo: np.ndarray, surface: Surface, glaze: Glaze) -> np.ndarray:
    """The glaze's fine texture over its colours (n, 3): grains and lines of one to five pixels of a 64-pixel picture.

    It leaves the mean as it is, so that a picture that is coarser than the texture shows no trace of it.
    """
    if not glaze.fine:
        return albedo
    at = (surface.grain % 83) / 83
    tile, wide, tall = TEXTURES[glaze.fine]
    pattern = noise.sample(tile(), surface.around * wide + at, surface.up * tall + at * 1.3)
    return albedo * np.clip(1 + glaze.depth * pattern, 0.08, None)[:, None]


RECIPES: dict[str, Recipe] = {
    "clear": clear,
    "underglaze": underglaze,
    "enamels": enamels,
    "dark": dark,
    "runs": runs,
    "mottled": mottled,
}

TEXTURES: dict[str, tuple[Callable[[], np.ndarray], float, float]] = {
    "net": (noise.net, 2.3, 1.7),
    "fur": (lambda: noise.cloud(3), 3.8, 0.4),
    "specks": (noise.specks, 2.4, 2.1),
}
"""Texture -> (tile of mean 0 and deviation 1, tiles a turn around, tiles a height)."""

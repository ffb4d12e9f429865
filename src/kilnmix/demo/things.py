"""Pictures of everything but vessels: what the pocket backbone is pretrained on, as ImageNet is to ceramics.

Toys and tools, foliage and letters under a light: every kind is a list of solids laid out once from its name, every
picture its own jitter of them, with a surface pattern, colours and a backdrop. Nothing here is turned on a wheel, and
no pattern is one of `ornament` or of `glazes`.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from kilnmix.common import seeds
from kilnmix.demo import noise

NAMES_SEED = 11
FAMILIES = {"toy": 56, "plant": 16, "letter": 24}
KINDS = tuple(f"{family}-{number}" for family, count in FAMILIES.items() for number in range(count))

Form = Literal["ellipse", "box", "ring", "star"]
Field = np.ndarray


@dataclass(frozen=True)
class Solid:
    """A bulging form in a frame of -1..1: centre, half axes, angle in radians, and which of the colours it has."""

    form: Form
    centre: tuple[float, float]
    axes: tuple[float, float]
    angle: float
    colour: int


@dataclass(frozen=True)
class Thing:
    """What a picture shows: a kind, a pattern and a main colour (sRGB 0..1)."""

    kind: str
    pattern: str
    colour: tuple[float, float, float]


@cache
def solids(kind: str) -> tuple[Solid, ...]:
    """The solids of a kind, the same every time."""
    family = kind.split("-")[0]
    rng = seeds.rng(NAMES_SEED, "things", kind)
    return {"toy": _toy, "plant": _plant, "letter": _letter}[family](rng)


def _toy(rng: np.random.Generator) -> tuple[Solid, ...]:
    """A body with two to five limbs, wheels or handles."""
    forms: tuple[Form, ...] = ("ellipse", "box", "ring", "star")
    body = Solid(_one(rng, forms[:2]), (0.0, 0.0), _pair(rng, 0.25, 0.65), float(rng.uniform(-0.4, 0.4)), 0)
    limbs = [
        Solid(
            _one(rng, forms),
            (float(0.6 * np.cos(turn)), float(0.6 * np.sin(turn))),
            _pair(rng, 0.08, 0.34),
            float(rng.uniform(0, np.pi)),
            int(rng.integers(3)),
        )
        for turn in rng.uniform(0, 2 * np.pi, int(rng.integers(2, 6)))
    ]
    return body, *limbs


def _plant(rng: np.random.Generator) -> tuple[Solid, ...]:
    """A bent stem with leaves in pairs or in turn, now and then a flower."""
    bend, count = float(rng.uniform(-0.5, 0.5)), int(rng.integers(3, 8))
    leaf, lean, paired = _pair(rng, 0.07, 0.3), float(rng.uniform(0.3, 1.3)), rng.random() < 0.5
    parts = [
        Solid("ellipse", (float(bend * place**2), float(place)), (0.05, 0.16), 0.0, 1)
        for place in np.linspace(-0.85, 0.85, 9)
    ]
    for number, place in enumerate(np.linspace(-0.6, 0.8, count)):
        for side in (-1, 1) if paired else ((-1) ** number,):
            middle = (float(bend * place**2 + side * leaf[1] * 0.9), float(place))
            parts.append(Solid("ellipse", middle, leaf, side * lean, 0))
    if rng.random() < 0.4:
        parts.append(Solid("star", (float(bend * 0.7), 0.85), (0.28, 0.28), 0.0, 2))
    return tuple(parts)


def _letter(rng: np.random.Generator) -> tuple[Solid, ...]:
    """Three to six strokes between points of a grid of three by four."""
    points = [(x, y) for x in (-0.5, 0.0, 0.5) for y in (-0.75, -0.25, 0.25, 0.75)]
    strokes = []
    for _ in range(int(rng.integers(3, 7))):
        (ax, ay), (bx, by) = (points[int(i)] for i in rng.choice(len(points), 2, replace=False))
        length = float(np.hypot(bx - ax, by - ay)) / 2
        angle = float(np.arctan2(by - ay, bx - ax))
        strokes.append(Solid("box", ((ax + bx) / 2, (ay + by) / 2), (length + 0.09, 0.1), angle, 0))
    return tuple(strokes)


def _one(rng: np.random.Generator, forms: tuple[Form, ...]) -> Form:
    return forms[int(rng.integers(len(forms)))]


def _pair(rng: np.random.Generator, low: float, high: float) -> tuple[float, float]:
    return float(rng.uniform(low, high)), float(rng.uniform(low, high))


def _cloud(octave: int) -> Callable[[Field, Field], Field]:
    return lambda u, v: np.clip(noise.sample(noise.cloud(octave), u * 0.25, v * 0.25) * 0.5 + 0.5, 0, 1)


PATTERNS: dict[str, Callable[[Field, Field], Field]] = {
    "plain": lambda u, v: np.zeros_like(u),
    "stripes": lambda u, v: (np.sin(9 * u) > 0).astype(np.float32),
    "pinstripes": lambda u, v: (np.sin(30 * u) > 0.5).astype(np.float32),
    "ripples": lambda u, v: (np.sin(14 * v + 2 * np.sin(6 * u)) > 0).astype(np.float32),
    "tiles": lambda u, v: ((np.sin(8 * u) > 0) ^ (np.sin(8 * v) > 0)).astype(np.float32),
    "spots": lambda u, v: (np.sin(9 * u) * np.sin(9 * v) > 0.45).astype(np.float32),
    "grains": lambda u, v: (np.sin(27 * u) * np.sin(27 * v) > 0.4).astype(np.float32),
    "grid": lambda u, v: np.maximum(np.sin(13 * u) > 0.85, np.sin(13 * v) > 0.85).astype(np.float32),
    "bricks": lambda u, v: np.maximum(np.sin(12 * v) > 0.85, np.sin(8 * u + np.pi * (np.sin(6 * v) > 0)) > 0.92).astype(
        np.float32
    ),
    "rings": lambda u, v: (np.sin(14 * np.hypot(u, v)) > 0.2).astype(np.float32),
    "rays": lambda u, v: (np.sin(9 * np.arctan2(v, u)) > 0).astype(np.float32),
    "marble": lambda u, v: np.abs(np.sin(5 * u + 4 * noise.sample(noise.cloud(5), u * 0.3, v * 0.3))),
    "clouds": _cloud(5),
    "mottle": _cloud(3),
    "sand": _cloud(2),
    "net": lambda u, v: noise.sample(noise.cracks(), u * 0.4, v * 0.4),
    "fine-net": lambda u, v: noise.sample(noise.cracks(), u * 0.9, v * 0.9),
    "bark": lambda u, v: np.clip(noise.sample(noise.cloud(3), u * 0.8, v * 0.08) + 0.4, 0, 1),
}
"""Pattern -> share of the second colour at (u, v), each float32 in about -2..2."""


def draw(seed: int, number: int) -> Thing:
    """What picture `number` shows."""
    rng = seeds.rng(seed, "things/what", number)
    kind, pattern = KINDS[int(rng.integers(len(KINDS)))], list(PATTERNS)[int(rng.integers(len(PATTERNS)))]
    return Thing(kind, pattern, _colour(rng))


def _colour(rng: np.random.Generator) -> tuple[float, float, float]:
    return colorsys.hls_to_rgb(float(rng.random()), float(rng.uniform(0.15, 0.85)), float(rng.uniform(0, 0.9)))


def picture(seed: int, number: int, size: int, supersample: int = 2) -> np.ndarray:
    """Picture `number` as uint8 (size, size, 3): a pure function of its arguments."""
    thing, rng = draw(seed, number), seeds.rng(seed, "things/picture", number)
    edge = size * supersample
    line = ((np.arange(edge, dtype=np.float32) + 0.5) / edge * 2 - 1).astype(np.float32)
    right, up = np.meshgrid(line, -line)
    turn, scale = float(rng.normal(0, 0.35)), float(rng.uniform(0.5, 0.95))
    shear, (dx, dy) = float(rng.normal(0, 0.15)), rng.normal(0, 0.08, 2)
    x = ((right - dx) * np.cos(turn) + (up - dy) * np.sin(turn)) / scale
    y = (-(right - dx) * np.sin(turn) + (up - dy) * np.cos(turn)) / scale
    x = x + shear * y
    height, which = _relief(solids(thing.kind), x, y, rng)
    palette = np.array([thing.colour, _colour(rng), _colour(rng)], np.float32)
    second = np.clip(palette[0] * float(rng.uniform(0.3, 0.7)) + float(rng.uniform(0, 0.35)), 0, 1)
    fine = float(rng.uniform(0.8, 1.3))
    share = (PATTERNS[thing.pattern](x * fine, y * fine) * float(rng.uniform(0.5, 1)))[..., None]
    albedo = palette[which] * (1 - share) + second * share
    lit = _lit(height, edge, albedo**2.2, rng)
    there = (height > 0)[..., None]
    image = np.where(there, lit, _backdrop(right, up, height, rng))
    image = image.reshape(size, supersample, size, supersample, 3).mean((1, 3))
    encoded = np.clip(image * float(rng.uniform(0.8, 1.15)), 0, 1) ** (1 / 2.2)
    encoded = encoded + float(rng.uniform(0, 0.015)) * rng.standard_normal((size, size, 1))
    return np.clip(encoded * 255 + 0.5, 0, 255).astype(np.uint8)


def _relief(parts: tuple[Solid, ...], x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    """Height above the ground (0 where nothing is) and the number of the colour there, of the frontmost solid."""
    height, which = np.zeros_like(x), np.zeros(x.shape, np.int64)
    for part in parts:
        cx, cy = np.array(part.centre) + rng.normal(0, 0.03, 2)
        a, b = np.array(part.axes) * rng.normal(1, 0.07, 2).clip(0.75, 1.25)
        angle = part.angle + float(rng.normal(0, 0.08))
        u = ((x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)) / a
        v = (-(x - cx) * np.sin(angle) + (y - cy) * np.cos(angle)) / b
        if part.form == "box":
            far = u**6 + v**6
        elif part.form == "ring":
            far = ((np.hypot(u, v) - 0.75) / 0.28) ** 2
        elif part.form == "star":
            far = (np.hypot(u, v) / (0.75 + 0.25 * np.cos(5 * np.arctan2(v, u)))) ** 2
        else:
            far = u**2 + v**2
        raised = np.sqrt(np.maximum(1 - far, 0)) * min(a, b) * (1.0 if part.form != "box" else 0.5)
        front = raised > height
        height[front], which[front] = raised[front], part.colour
    return height, which


def _lit(height: Field, edge: int, albedo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    slope_y, slope_x = np.gradient(height * edge / 2 * float(rng.uniform(0.6, 1.2)))
    normal = np.stack([-slope_x, slope_y, np.ones_like(height)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    azimuth, rise = float(rng.uniform(-np.pi, np.pi)), float(rng.uniform(0.5, 1.2))
    light = np.array([np.cos(azimuth) * np.cos(rise), np.sin(azimuth) * np.cos(rise), np.sin(rise)])
    half = (light + np.array([0, 0, 1.0])) / np.linalg.norm(light + np.array([0, 0, 1.0]))
    shine = float(rng.uniform(0, 0.5)) * np.clip(normal @ half, 0, 1) ** float(rng.uniform(10, 60))
    fill = float(rng.uniform(0.2, 0.5))
    return albedo * (np.clip(normal @ light, 0, 1) * 0.9 + fill)[..., None] + shine[..., None]


def _backdrop(right: Field, up: Field, height: Field, rng: np.random.Generator) -> np.ndarray:
    """Two colours that run into each other, half the time with a pattern."""
    first, second = (np.array(_colour(rng), np.float32) ** 2.2 for _ in range(2))
    angle = float(rng.uniform(0, 2 * np.pi))
    way = np.clip(0.5 + 0.4 * (right * np.cos(angle) + up * np.sin(angle)), 0, 1)
    if rng.random() < 0.5:
        pattern = list(PATTERNS.values())[int(rng.integers(len(PATTERNS)))]
        way = way * 0.5 + 0.5 * pattern(right * 1.3 + 0.7, up * 1.3 - 0.4)
    return first * (1 - way[..., None]) + second * way[..., None]

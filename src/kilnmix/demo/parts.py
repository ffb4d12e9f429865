"""Spouts, handles, loops, ears and feet as swept spheres around a profile."""

from __future__ import annotations

import numpy as np

from kilnmix.demo.geometry import Tube
from kilnmix.demo.piece import Piece
from kilnmix.demo.profiles import Profile


def attach(piece: Piece, profile: Profile, yaw: float) -> list[Tube]:
    """The tubes of a piece turned by `yaw` around its axis (yaw 0: the spout to the right)."""
    tubes: list[Tube] = []
    for part in piece.parts:
        if part == "spout":
            tubes.append(_place(_spout(profile), yaw))
        elif part == "handle":
            tubes.append(_place(_handle(profile), yaw + np.pi))
        elif part == "loops":
            tubes += [_place(_loop(profile, 0.86, 0.08), yaw + turn) for turn in (0.35, np.pi - 0.35)]
        elif part == "ears":
            tubes += [_place(_loop(profile, 0.8, 0.17), yaw + turn) for turn in (0.0, np.pi)]
        elif part == "feet":
            tubes += [_place(_foot(profile), yaw + 0.4 + turn) for turn in (0, 2 * np.pi / 3, 4 * np.pi / 3)]
    return tubes


def _radius(profile: Profile, height: float) -> float:
    return float(np.interp(height, profile.heights, profile.outer))


def _place(flat: tuple[np.ndarray, np.ndarray], turn: float) -> Tube:
    """A curve in the (outward, up) plane, (n, 2), turned about the axis."""
    curve, radii = flat
    centres = np.stack([curve[:, 0] * np.cos(turn), curve[:, 1], curve[:, 0] * np.sin(turn)], axis=1)
    return Tube(centres, radii)


def _bezier(points: list[tuple[float, float]], count: int) -> np.ndarray:
    """A cubic Bezier curve through four control points, (count, 2)."""
    t = np.linspace(0, 1, count)[:, None]
    a, b, c, d = (np.array(p) for p in points)
    return (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d


def _spout(profile: Profile) -> tuple[np.ndarray, np.ndarray]:
    low, high = 0.42, 0.86
    base = _radius(profile, low)
    wide = float(profile.outer.max())
    ends = [(base * 0.9, low), (wide + 0.16, low + 0.06), (wide + 0.07, high - 0.12), (wide + 0.24, high)]
    return _bezier(ends, 40), np.linspace(0.062, 0.026, 40)


def _handle(profile: Profile) -> tuple[np.ndarray, np.ndarray]:
    high, low = 0.9, 0.46
    wide = float(profile.outer.max())
    top, base = _radius(profile, high), _radius(profile, low)
    ends = [(top * 0.9, high - 0.04), (wide + 0.3, high + 0.13), (wide + 0.2, low + 0.02), (base * 0.95, low)]
    return _bezier(ends, 52), np.full(52, 0.026)


def _loop(profile: Profile, height: float, length: float) -> tuple[np.ndarray, np.ndarray]:
    low = height - length
    base, top = _radius(profile, low), _radius(profile, height)
    out = max(base, top) + 0.75 * length
    return _bezier([(base * 0.97, low), (out, low), (out, height), (top * 0.97, height)], 28), np.full(28, 0.021)


def _foot(profile: Profile) -> tuple[np.ndarray, np.ndarray]:
    base = _radius(profile, 0.2)
    ends = [(base * 0.8, 0.16), (base * 1.02, 0.1), (base * 0.86, 0.0), (base * 0.98, -0.1)]
    return _bezier(ends, 14), np.linspace(0.085, 0.045, 14)

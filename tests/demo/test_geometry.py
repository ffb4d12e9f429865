"""Which point of a vessel every pixel sees."""

from __future__ import annotations

import numpy as np

from kilnmix.demo.geometry import INNER, OUTER, RIM, Tube, camera, cast
from kilnmix.demo.profiles import SAMPLES, Profile


def cylinder(radius: float = 0.3, inner: float = 0.0) -> Profile:
    heights = np.linspace(0, 1, SAMPLES, dtype=np.float32)
    hollow = np.where(heights > 0.2, np.float32(inner), np.float32(0))
    return Profile(heights, np.full(SAMPLES, radius, np.float32), hollow, 1.0)


def test_a_solid_cylinder_is_hit_on_its_mantle_and_its_top() -> None:
    cam = camera(0.3, (0.3, 1.0), 0.8, (0.0, 0.0), 96)
    hits = cast(cylinder(), [], cam)
    around = np.hypot(hits.points[:, 0], hits.points[:, 2])
    mantle = hits.part == OUTER
    assert np.allclose(around[mantle], 0.3, atol=0.01)
    assert np.allclose(hits.points[hits.part == RIM, 1], 1.0, atol=1e-5)
    outward = hits.normals[mantle][:, [0, 2]] * hits.points[mantle][:, [0, 2]]
    assert np.allclose(outward.sum(1), around[mantle], atol=0.01)


def test_a_hollow_cylinder_shows_its_inside_through_the_mouth() -> None:
    cam = camera(0.6, (0.3, 1.0), 0.8, (0.0, 0.0), 96)
    hits = cast(cylinder(inner=0.25), [], cam)
    inside = hits.part == INNER
    assert inside.sum() > 100
    radius = np.hypot(hits.points[inside, 0], hits.points[inside, 2])
    wall = hits.points[inside, 1] > 0.25
    assert np.allclose(radius[wall], 0.25, atol=0.012)
    facing = (hits.normals[inside][:, [0, 2]] * hits.points[inside][:, [0, 2]]).sum(1)
    assert (facing[wall] < 0).all()


def test_a_swept_sphere_in_front_is_seen_as_a_sphere() -> None:
    cam = camera(0.2, (0.5, 1.0), 0.8, (0.0, 0.0), 128)
    ball = Tube(np.array([[0.0, 0.5, 0.5]]), np.array([0.12]))
    hits = cast(cylinder(0.1), [ball], cam)
    on_ball = hits.part == 3
    distance = np.linalg.norm(hits.points[on_ball] - np.array([0.0, 0.5, 0.5]), axis=1)
    assert on_ball.sum() > 50
    assert np.allclose(distance, 0.12, atol=0.01)

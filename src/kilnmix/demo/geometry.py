"""Which point of a vessel every pixel sees.

A vessel is a solid of revolution, so all rays of one image row share height and depth as functions of the way t along
the view axis, and a ray at sideways slope s is inside the solid where s^2 <= (r(h(t))^2 - Z(t)^2) / t^2. The running
maximum of the right-hand side over t is therefore one sorted list a row, and the first hit of every pixel of that row
is one binary search: exact perspective, no marching. Spouts, handles and feet are swept spheres on a depth buffer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kilnmix.demo.profiles import Profile

OUTER, RIM, INNER, TUBE = 0, 1, 2, 3
STEPS = 224


@dataclass(frozen=True)
class Camera:
    """A pinhole on a circle around the object's axis; lengths in object heights."""

    position: np.ndarray
    forward: np.ndarray
    up: np.ndarray
    slopes_x: np.ndarray
    """(size,) sideways slope of each column."""
    slopes_y: np.ndarray
    """(size,) upward slope of each row."""


@dataclass(frozen=True)
class Tube:
    """A swept sphere: centres (n, 3) and radii (n,)."""

    centres: np.ndarray
    radii: np.ndarray


@dataclass(frozen=True)
class Hits:
    """The pixels that see the object: flat index, part (OUTER, RIM, INNER, TUBE), point (n, 3), unit normal (n, 3)."""

    pixels: np.ndarray
    part: np.ndarray
    points: np.ndarray
    normals: np.ndarray


def camera(pitch: float, extent: tuple[float, float], zoom: float, shift: tuple[float, float], size: int) -> Camera:
    """A camera that frames an object of `extent` = (half width, height), looking down by `pitch`."""
    half, height = extent
    distance = 5.2 * max(2 * half, height)
    forward = np.array([0.0, -np.sin(pitch), -np.cos(pitch)])
    up = np.array([0.0, np.cos(pitch), -np.sin(pitch)])
    target = np.array([0.0, height / 2, 0.0])
    shown = max(2 * half, height * np.cos(pitch) + 2 * half * np.sin(pitch)) / zoom
    grid = (np.arange(size) + 0.5) / size - 0.5
    x = (grid - shift[0]) * shown / distance
    y = (-grid + shift[1]) * shown / distance
    return Camera(target - forward * distance, forward, up, x, y)


def cast(profile: Profile, tubes: list[Tube], cam: Camera) -> Hits:
    """First hits of all pixels (size x size of the camera)."""
    size = len(cam.slopes_x)
    depth = np.full((size, size), np.inf, np.float32)
    part = np.zeros((size, size), np.int8)
    _revolution(profile, cam, depth, part)
    normal_of_tube = np.zeros((size, size, 3), np.float32)
    for tube in tubes:
        _sweep(tube, cam, depth, part, normal_of_tube)
    pixels = np.flatnonzero(np.isfinite(depth))
    t = depth.ravel()[pixels]
    rows, columns = np.divmod(pixels, size)
    rays = cam.forward + cam.slopes_y[rows, None] * cam.up
    points = (cam.position + t[:, None] * rays).astype(np.float32)
    points[:, 0] = t * cam.slopes_x[columns]
    seen = part.ravel()[pixels]
    normals = _normals(profile, points, seen)
    tube_hit = seen == TUBE
    normals[tube_hit] = normal_of_tube.reshape(-1, 3)[pixels[tube_hit]]
    return Hits(pixels, seen, points, normals)


def _revolution(profile: Profile, cam: Camera, depth: np.ndarray, part: np.ndarray) -> None:
    reach = float(profile.outer.max()) * 1.05
    near = float(np.linalg.norm(cam.position - np.array([0, profile.top / 2, 0])))
    span = np.hypot(reach, profile.top / 2) * 1.02
    t = np.linspace(near - span, near + span, STEPS)
    rise = cam.forward[1] + cam.slopes_y * cam.up[1]
    deep = cam.forward[2] + cam.slopes_y * cam.up[2]
    height = cam.position[1] + rise[:, None] * t
    z2 = (cam.position[2] + deep[:, None] * t) ** 2
    inside = (height >= 0) & (height <= profile.top)
    place = np.clip(height * ((len(profile.heights) - 1) / profile.top), 0, len(profile.heights) - 1.001)
    low = place.astype(np.int32)
    part_of = (place - low).astype(np.float32)
    outer = profile.outer[low] * (1 - part_of) + profile.outer[low + 1] * part_of
    t2 = t**2
    solid = np.where(inside, (outer**2 - z2) / t2, -1.0)
    first, share = _first_reach(np.maximum.accumulate(solid, axis=1), cam.slopes_x**2)
    hit = first < STEPS
    found = t[np.minimum(first, STEPS - 1)] - (1 - share) * (t[1] - t[0])
    found = np.where(hit, found, np.inf)
    entry = np.where(rise < -1e-6, (profile.top - cam.position[1]) / np.minimum(rise, -1e-6), np.inf)[:, None]
    opening = float(profile.inner[-1])
    across = (cam.slopes_x[None, :] ** 2) * entry**2 + (cam.position[2] + deep[:, None] * entry) ** 2
    over_rim = np.isfinite(entry) & (across <= float(profile.outer[-1]) ** 2) & (found >= entry - 2.5 * (t[1] - t[0]))
    found = np.where(over_rim, entry, found)
    depth[...] = found
    part[over_rim] = RIM
    into = over_rim & (across < opening**2)
    if opening > 0 and into.any():
        hollow = profile.inner[low] * (1 - part_of) + profile.inner[low + 1] * part_of
        room = np.where(inside & (hollow > 0), (hollow**2 - z2) / t2, -1.0)
        room = np.where(t[None, :] < entry, np.inf, room)
        back, share = _first_reach(np.maximum.accumulate(-room, axis=1), -(cam.slopes_x**2))
        wall = t[np.minimum(back, STEPS - 1)] - (1 - share) * (t[1] - t[0])
        depth[into] = np.maximum(wall, entry)[into]
        part[into] = INNER


def _first_reach(rising: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each row of `rising` and each wanted value: the first index that reaches it, and how far between the two."""
    rows, steps = rising.shape
    scale = 1e3
    rising = np.clip(rising, -scale / 4, scale / 4)
    flat = (rising + scale * np.arange(rows)[:, None]).ravel()
    ask = wanted[None, :] + scale * np.arange(rows)[:, None]
    index = np.searchsorted(flat, ask.ravel()).reshape(ask.shape) - steps * np.arange(rows)[:, None]
    clipped = np.clip(index, 1, steps - 1)
    after = np.take_along_axis(rising, clipped, axis=1)
    before = np.maximum(np.take_along_axis(rising, clipped - 1, axis=1), -0.2)
    share = np.clip((wanted[None, :] - before) / np.maximum(after - before, 1e-9), 0, 1)
    return index, share


def _normals(profile: Profile, points: np.ndarray, part: np.ndarray) -> np.ndarray:
    step = profile.top / (len(profile.heights) - 1)
    out_slope = np.gradient(profile.outer, step)
    in_slope = np.gradient(np.maximum(profile.inner, 1e-3), step)
    radius = np.maximum(np.hypot(points[:, 0], points[:, 2]), 1e-4)
    height = np.clip(points[:, 1], 0, profile.top)
    slope = np.interp(height, profile.heights, np.clip(out_slope, -8, 8))
    hollow = part == INNER
    slope_in = np.interp(height, profile.heights, np.clip(in_slope, -12, 12))
    normals = np.empty_like(points)
    normals[:, 0] = points[:, 0] / radius
    normals[:, 2] = points[:, 2] / radius
    normals[:, 1] = -slope
    normals[hollow, 0] *= -1
    normals[hollow, 2] *= -1
    normals[hollow, 1] = slope_in[hollow]
    floor = hollow & (slope_in > 11)
    normals[floor] = (0, 1, 0)
    rim = part == RIM
    normals[rim] *= 0.35
    normals[rim, 1] = 1.0
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return normals


def _sweep(tube: Tube, cam: Camera, depth: np.ndarray, part: np.ndarray, normals: np.ndarray) -> None:
    right = np.array([1.0, 0.0, 0.0])
    pixel = cam.slopes_x[1] - cam.slopes_x[0]
    for centre, radius in zip(tube.centres, tube.radii, strict=True):
        offset = centre - cam.position
        t = float(offset @ cam.forward)
        x, y = float(offset @ right) / t, float(offset @ cam.up) / t
        r = float(radius) / t
        c0, c1 = np.searchsorted(cam.slopes_x, (x - r, x + r))
        r0, r1 = np.searchsorted(-cam.slopes_y, (-y - r, -y + r))
        if c0 >= c1 or r0 >= r1 or r < pixel / 2:
            continue
        dx = (cam.slopes_x[c0:c1] - x)[None, :] / r
        dy = (cam.slopes_y[r0:r1] - y)[:, None] / r
        bulge2 = 1 - dx**2 - dy**2
        bulge = np.sqrt(np.maximum(bulge2, 0))
        near = (t - radius * bulge).astype(np.float32)
        window = (slice(r0, r1), slice(c0, c1))
        shown = (bulge2 > 0) & (near < depth[window])
        depth[window][shown] = near[shown]
        part[window][shown] = TUBE
        facing = dx[..., None] * right + dy[..., None] * cam.up - bulge[..., None] * cam.forward
        normals[window][shown] = facing[shown]

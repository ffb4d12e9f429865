"""A piece and a view become a photograph.

`photograph` is a pure function of its arguments. Light is linear until the end: a soft key light with a rectangular
softbox in the reflections (Blinn-Phong lobes would look like plastic), a cool fill, light from the floor; Fresnel after
Schlick (1994); then exposure, a film-like shoulder, gamma 2.2 and sensor noise.
"""

from __future__ import annotations

import numpy as np

from kilnmix.demo import noise
from kilnmix.demo.geometry import INNER, RIM, TUBE, Camera, Hits, camera, cast
from kilnmix.demo.glazes import RECIPES, Surface, linear, mix, textured
from kilnmix.demo.ornament import Painted, paint
from kilnmix.demo.parts import attach
from kilnmix.demo.piece import Piece, View
from kilnmix.demo.profiles import LOW, Profile, build


def photograph(piece: Piece, view: View, size: int, supersample: int = 2) -> np.ndarray:
    """Render to uint8 (size, size, 3), sRGB. Each pixel is the mean of supersample x supersample rays."""
    edge = size * supersample
    profile = build(piece)
    tubes = attach(piece, profile, view.yaw)
    table = -0.14 if "feet" in piece.parts else 0.0
    half = float(profile.outer.max())
    spread = max([half] + [float(np.abs(tube.centres[:, 0]).max() + tube.radii.max()) for tube in tubes])
    zoom = view.zoom * piece.height
    cam = camera(view.pitch, (spread, profile.top - table), zoom, view.shift, edge)
    hits = cast(profile, tubes, cam)
    picture = _backdrop(view, cam, profile, table)
    flat = picture.reshape(-1, 3)
    flat[hits.pixels] = _shade(piece, view, profile, hits, cam, table)
    if supersample > 1:
        picture = picture.reshape(size, supersample, size, supersample, 3).mean((1, 3))
    return _develop(picture, view)


def _light(view: View) -> np.ndarray:
    azimuth, rise = view.light
    return np.array([np.sin(azimuth) * np.cos(rise), np.sin(rise), np.cos(azimuth) * np.cos(rise)], np.float32)


def _backdrop(view: View, cam: Camera, profile: Profile, table: float) -> np.ndarray:
    size = len(cam.slopes_x)
    rows = ((np.arange(size, dtype=np.float32) + 0.5) / size)[:, None]
    columns = ((np.arange(size, dtype=np.float32) + 0.5) / size)[None, :]
    below = 1 / (1 + np.exp(-(rows - view.horizon) / view.seam))
    wall = linear(view.backdrop) * (1.0 - 0.55 * view.vignette * (1 - rows[..., None]))
    picture = wall * (1 - below[..., None]) + linear(view.floor) * below[..., None]
    side = np.sin(view.light[0])
    glow = 1 - view.vignette * ((columns - 0.5 + 0.15 * side) ** 2 + (rows - 0.55) ** 2) * 1.3
    return (picture * glow[..., None] * _shadow(view, cam, profile, table)[..., None]).astype(np.float32)


def _shadow(view: View, cam: Camera, profile: Profile, table: float) -> np.ndarray:
    """Light left on the table, (size, size): discs cut from the body, each thrown and blurred by its height."""
    size = len(cam.slopes_x)
    left = np.ones((size, size), np.float32)
    rise = cam.forward[1] + cam.slopes_y * cam.up[1]
    on_table = rise < -0.02
    if not on_table.any():
        return left
    t = (table - cam.position[1]) / rise[on_table]
    z = (cam.position[2] + t * (cam.forward[2] + cam.slopes_y[on_table] * cam.up[2]))[:, None]
    x = t[:, None] * cam.slopes_x[None, :]
    light = _light(view)
    throw = light[[0, 2]] / max(float(light[1]), 0.35)
    contact = float(profile.outer[2])
    dark = 0.6 * np.exp(-(np.maximum(np.hypot(x, z) - contact, 0) / (0.1 * contact + 0.02)))
    for height in np.linspace(0.06, profile.top, 7):
        radius = float(np.interp(height, profile.heights, profile.outer))
        lift = height - table
        gap = np.hypot(x + throw[0] * lift, z + throw[1] * lift) - radius
        blur = 0.05 + (0.75 - 0.45 * view.hardness) * lift
        cover = min(1.0, (radius / blur) ** 1.2) * 0.62
        dark = np.maximum(dark, cover / (1 + np.exp(np.clip(gap / (0.3 * blur), -20, 20))))
    fade = np.clip(3.2 + z * 0.55 / max(profile.top, 2 * float(profile.outer.max())), 0, 1)
    left[on_table] = 1 - np.clip(dark, 0, 1) * fade
    return left


def _shade(piece: Piece, view: View, profile: Profile, hits: Hits, cam: Camera, table: float) -> np.ndarray:
    points, normals = hits.points, hits.normals
    albedo, gloss = _material(piece, profile, hits, cam, view.yaw)
    light = _light(view)
    to_eye = (cam.position - points).astype(np.float32)
    to_eye /= np.linalg.norm(to_eye, axis=1, keepdims=True)
    facing = normals @ light
    wrap = 0.45 - 0.3 * view.hardness
    key = np.clip((facing + wrap) / (1 + wrap), 0, 1) ** 1.2
    sky = 0.5 + 0.5 * normals[:, 1]
    inner = hits.part == INNER
    deep = np.where(inner, np.clip((profile.top - points[:, 1]) / (1.6 * max(float(profile.outer[-1]), 0.05)), 0, 1), 0)
    open_ = np.where(inner, 1 - 0.75 * deep**0.8, np.clip(0.55 + (points[:, 1] - table) * 2.2, 0.55, 1))
    if inner.any():
        radius = np.maximum(np.hypot(points[:, 0], points[:, 2]), 1e-4)
        across = (points[:, 0] * light[0] + points[:, 2] * light[2]) / radius
        key = np.where(inner, np.clip(0.55 - 0.5 * across, 0.1, 1) * (1 - 0.6 * deep), key)
    warm = np.array([1.0, 0.97, 0.92], np.float32)
    cool = np.array([0.9, 0.96, 1.0], np.float32)
    bounce = linear(view.floor) * (0.5 - 0.5 * normals[:, 1:2]) * 0.5
    lit = key[:, None] * warm * 0.95 + view.fill * (0.35 + 0.65 * sky)[:, None] * cool + bounce
    colour = albedo * lit * open_[:, None]
    cosine = np.einsum("ij,ij->i", normals, to_eye)
    mirror = 2 * cosine[:, None] * normals - to_eye
    fresnel = 0.04 + 0.96 * np.clip(1 - cosine, 0, 1) ** 5
    sheen = _reflected(view, mirror) * fresnel * gloss * np.where(inner, 1 - 0.85 * deep, 1)
    return (colour + sheen[:, None]).astype(np.float32)


def _reflected(view: View, mirror: np.ndarray) -> np.ndarray:
    """What the glaze mirrors, (n,): a softbox, a strip light opposite, a pale room."""
    azimuth = np.arctan2(mirror[:, 0], mirror[:, 2])
    rise = np.arcsin(np.clip(mirror[:, 1], -1, 1))
    edge = 0.1 - 0.06 * view.hardness

    def window(a: float, b: float, half_a: float, half_b: float) -> np.ndarray:
        side = np.clip((half_a - np.abs(azimuth - a)) / edge + 0.5, 0, 1)
        return side * np.clip((half_b - np.abs(rise - b)) / edge + 0.5, 0, 1)

    box = window(view.light[0], view.light[1] * 0.8, 0.34, 0.3)
    strip = window(-np.sign(view.light[0]) * 1.25, 0.35, 0.1, 0.5)
    room = 0.25 + 0.45 * np.clip(rise, -0.2, 1)
    return 9.0 * box + 1.6 * strip + room


def _material(piece: Piece, profile: Profile, hits: Hits, cam: Camera, yaw: float) -> tuple[np.ndarray, np.ndarray]:
    """Linear albedo (n, 3) and gloss (n,) of every hit."""
    points, part = hits.points, hits.part
    up = points[:, 1].copy()
    radius = np.hypot(points[:, 0], points[:, 2])
    inner, rim = part == INNER, part == RIM
    around = (np.arctan2(points[:, 0], points[:, 2]) + yaw + piece.turn) / (2 * np.pi) + 1
    widest = float(profile.outer.max())
    across = up.copy()
    if piece.type in LOW:
        across = np.where(inner, np.clip(radius / max(float(profile.inner.max()), 1e-3), 0, 1), up)
    surface = _surface(piece, profile, hits, cam, around, up, across, radius)
    albedo = RECIPES[piece.glaze.recipe](surface, piece.glaze) * np.array(piece.marks.tint, np.float32)
    albedo = textured(albedo, surface, piece.glaze)
    gloss = np.full(len(up), piece.glaze.gloss, np.float32)
    grain = 0.035 * noise.sample(noise.cloud(1), around * 3, up * 3 + piece.grain % 31 / 31)
    marks = piece.marks
    if marks.rings > 0:
        turning = np.sin(up * 2 * np.pi * 17 + 3 * np.sin(up * 9))
        albedo = albedo * (1 + 0.13 * marks.rings * turning * ~rim)[:, None]
    if marks.rim is not None:
        drop = (profile.top if not piece.covered else 1.0) - up
        soft = 1 / max(len(cam.slopes_x) / 2.2, 1)
        lip = (
            np.clip((marks.rim_width - drop) / soft + 0.5, 0, 1) * (~inner | (drop < marks.rim_width)) * (part != TUBE)
        )
        if widest > 1.2:
            lip = np.where(inner & (radius < float(profile.inner[-1]) * (1 - 0.05)), 0, lip)
        albedo = mix(albedo, linear(marks.rim), np.clip(lip, 0, 1) * 0.92)
    wave = 0.25 * marks.bare * noise.sample(noise.cloud(5), around * 1.5, np.full_like(up, piece.grain % 53 / 53))
    line = marks.bare + wave * (0.4 + marks.roll)
    soft = 0.012
    bare = np.clip((line - up) / soft + 0.5, 0, 1) * ~inner * (up > -0.05)
    if marks.roll > 0 and marks.bare > 0.01:
        roll = np.exp(-(((up - line - 0.022) / 0.02) ** 2)) * ~inner * (part != TUBE)
        albedo = albedo * (1 - 0.55 * marks.roll * roll)[:, None]
    if "feet" in piece.parts:
        bare = np.where(up < -0.05, 1.0, bare * 0.0)
    albedo = mix(albedo, linear(marks.body), bare)
    gloss = gloss * (1 - 0.92 * bare)
    return np.clip(albedo * (1 + grain[:, None]), 0, 1).astype(np.float32), gloss


# Eight parameters: the layers of one surface, drawn over one another.
def _surface(
    piece: Piece,
    profile: Profile,
    hits: Hits,
    cam: Camera,
    around: np.ndarray,
    up: np.ndarray,
    across: np.ndarray,
    radius: np.ndarray,
) -> Surface:
    inner = hits.part == INNER
    distance = float(np.linalg.norm(cam.position))
    pixel = float(cam.slopes_x[1] - cam.slopes_x[0]) * distance
    low_form = piece.type in LOW
    plain = (hits.part == TUBE) | (hits.part == RIM)
    outside = np.flatnonzero(~inner & ~plain)
    inside = np.flatnonzero(inner & low_form)
    painted = Painted.blank(len(up))
    style = piece.style
    painted.put(outside, paint(style.plan, around[outside], up[outside], radius[outside], pixel, style.scale))
    reach = max(float(profile.inner.max()), 1e-3)
    # Ornament inside is foreshortened: finer strokes would be lost.
    coarse = 1.5 * style.scale
    painted.put(inside, paint(style.plan, around[inside], across[inside], across[inside], pixel / reach, coarse))
    bend = np.gradient(np.gradient(profile.outer)) * len(profile.outer) ** 2
    hollow = np.clip(np.interp(up, profile.heights, np.clip(bend / 12, -1, 1)), -1, 1)
    near_foot = np.exp(-np.clip(up - piece.marks.bare, 0, None) / 0.09)
    thickness = np.where(
        inner, 0.9 - 1.2 * up, 0.5 * hollow + 0.7 * near_foot - 0.8 * np.clip((up - 0.93) / 0.07, 0, 1)
    )
    return Surface(around, across, thickness.astype(np.float32), inner, painted, piece.style.weight, piece.grain)


def _develop(picture: np.ndarray, view: View) -> np.ndarray:
    exposed = picture * view.exposure * np.array([1 + view.warmth, 1.0, 1 - view.warmth], np.float32)
    shoulder = np.where(exposed < 0.7, exposed, 0.7 + 0.3 * (1 - np.exp(-(exposed - 0.7) / 0.3)))
    encoded = np.clip(shoulder, 0, 1) ** (1 / 2.2)
    if view.noise > 0:
        rng = np.random.default_rng(view.grain)
        encoded = encoded + view.noise * rng.standard_normal(encoded.shape[:2], np.float32)[..., None]
    return np.clip(encoded * 255 + 0.5, 0, 255).astype(np.uint8)

"""What a rendered object is: plain values that the renderer turns into pixels.

Lengths are fractions of the object's height, colours are sRGB in 0..1, angles are radians. Nothing here is random: the
domains (`domain`, `generic`) draw the values, the renderer reads them.
"""

from __future__ import annotations

from dataclasses import dataclass

RGB = tuple[float, float, float]


@dataclass(frozen=True)
class Marks:
    """What a kiln leaves on every piece, whatever its glaze."""

    body: RGB
    """Colour of the bare clay, seen at the foot below the glaze line."""
    bare: float
    """Height of the glaze line above the table, as a fraction of the object's height."""
    rim: RGB | None
    """Colour of the lip where the glaze is wiped off, runs thin or is bound in metal; none: as the glaze."""
    rim_width: float
    rings: float
    """Strength of the throwing rings, 0..1."""
    foot_height: float
    foot_flare: float
    """Radius of the foot over the radius that the type gives it."""
    tint: RGB
    """Factor on the colour of the glaze (the kiln's clay and fuel tint every glaze)."""
    roll: float
    """Strength of the thick dark roll in which the glaze ends above the foot, 0..1."""


@dataclass(frozen=True)
class Style:
    """What a period leaves on every piece: proportions and the plan of its ornament."""

    lift: float
    """Exponent on height: above 1 the belly sits lower, below 1 higher."""
    girth: float
    """Factor on all radii."""
    neck: float
    """Factor on the radii above the shoulder."""
    lip: float
    """Outward turn of the lip, in fractions of the mouth's radius."""
    plan: tuple[tuple[str, float, float], ...]
    """Bands of ornament: (motif, lower edge, upper edge), edges as fractions of the height."""
    scale: float
    """Size of a motif over its usual size."""
    weight: float
    """How strong ornament is carved or painted, 0..1."""


@dataclass(frozen=True)
class Glaze:
    """One glaze recipe with this object's colours."""

    recipe: str
    """The name of a function in `glazes.RECIPES`."""
    base: RGB
    second: RGB
    third: RGB
    gloss: float
    crackle: float
    strength: float
    """How far runs, splashes or mottling go, 0..1."""
    painted: bool
    """Whether ornament is painted on (else it is carved under the glaze)."""
    fine: str = ""
    """The name of a texture in `glazes.TEXTURES` of a pixel or two at 64 pixels; empty: none."""
    depth: float = 0.0
    """Relative deviation that the texture gives the albedo, whose mean it leaves as it is."""


@dataclass(frozen=True)
class Piece:
    """One object."""

    type: str
    height: float
    """Height of the object relative to the frame (the renderer also keeps the width inside the frame)."""
    profile: tuple[tuple[float, float], ...]
    """Control points (height, radius) from foot to lip, heights 0..1, radii in heights."""
    covered: bool
    """A lid closes the mouth."""
    parts: tuple[str, ...]
    """Of: spout, handle, loops, ears, feet."""
    marks: Marks
    style: Style
    glaze: Glaze
    turn: float
    """Where the ornament starts around the axis."""
    grain: int
    """Which stretch of the noise tiles this object is cut from."""


@dataclass(frozen=True)
class View:
    """One photograph of an object: camera, light, backdrop, development."""

    pitch: float
    yaw: float
    zoom: float
    shift: tuple[float, float]
    light: tuple[float, float]
    """Azimuth and height of the key light."""
    hardness: float
    fill: float
    backdrop: RGB
    floor: RGB
    horizon: float
    """Row (0 top, 1 bottom) where backdrop and floor meet; the seam is soft."""
    seam: float
    vignette: float
    exposure: float
    warmth: float
    noise: float
    grain: int

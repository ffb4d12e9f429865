"""One picture file -> one square of sRGB pixels, or the reason why not.

Sizes are checked before anything is decoded. Orientation, transparency, colour space and depth are settled on the
reduced picture, where they cost little. JPEG files are decoded at a reduced scale of at least twice the side needed
(libjpeg's scaled DCT), then reduced with a Lanczos filter.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageCms

from kilnmix.common.readers import NotAFileError, read_bytes

ResizeMode = Literal["pad", "crop", "squash"]
Why = Literal["missing-file", "too-large", "too-small", "not-a-picture", "damaged", "outside"]

FORMATS = {
    "JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif", "BMP": ".bmp", "GIF": ".gif",
    "PPM": ".ppm", "JPEG2000": ".jp2", "AVIF": ".avif", "HEIF": ".heic",
}  # fmt: skip
"""What Pillow may try -> the suffix of files that are written in it; formats that start other programs (EPS) are not
among them."""
_COMMON = ("jpg", "jpeg", "jpe", "jfif", "jfi", "jif", "png", "webp", "tif", "tiff", "bmp", "gif")
_SELDOM = ("mpo", "dib", "ppm", "pgm", "pbm", "pnm", "jp2", "j2k", "jpf", "jpx", "avif", "heic", "heif", "hif")
SUFFIXES = frozenset(f".{suffix}" for suffix in (*_COMMON, *_SELDOM))
"""Of picture files, in lower case: what every command that is given a folder takes from it."""
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
"""Brands of HEIF files (ISO/IEC 23008-12)."""
LARGEST_FILE = 2**30
"""Bytes; a larger file is refused unread."""
GREY_SIDE = 64
"""Side of the grey picture from which duplicates are told."""
PLAIN = 1
"""Steps of 255 between the darkest and the lightest spot of a picture of one colour: rounding may make one."""
ORIENTATION = 0x0112
MAX_SAMPLE_VALUE, BITS_PER_SAMPLE = 0x0119, 0x0102
"""Tags of TIFF files."""
DEPTHS = (8, 10, 12, 14, 16)
"""Bits of a brightness that cameras and scanners give."""
_FEW_OF_16_BITS = 15
"""What is left in eight bits of a colour of 12 bits in 16: too little to show anything."""
TURNS = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}
"""EXIF orientation -> what sets the picture upright (the EXIF standard's table 2.32)."""


# One limit, `max_pixels`, which is checked before anything is decoded: Pillow's own (179 million) would refuse pictures
# that the settings allow.
Image.MAX_IMAGE_PIXELS = None


class PictureError(Exception):
    """A picture that cannot be used; `why` is the reason's name and the text its sentence."""

    def __init__(self, why: Why, text: str) -> None:
        super().__init__(text)
        self.why = why


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes:
        square: (S, S, 3) uint8, sRGB.
        grey: (64, 64) uint8, the whole picture without padding, for finding duplicates.
        colour: (8, 8, 3) uint8, the same in colour.
        digest: SHA-256 of the file's bytes.
        width, height: of the upright picture in the file, in pixels.
        format: Pillow's name of the file's format, whatever its suffix.
    """

    square: np.ndarray
    grey: np.ndarray
    colour: np.ndarray
    digest: str
    width: int
    height: int
    format: str

    @property
    def plain(self) -> bool:
        """Whether it is of one colour alone, as a file that was read wrongly or a wholly transparent one is."""
        return max(int(np.ptp(self.grey)), int(np.ptp(self.colour, axis=(0, 1)).max())) <= PLAIN


def decode(
    path: Path, side: int, resize_mode: ResizeMode = "pad", max_pixels: int = 200_000_000, min_side: int = 32
) -> Picture:
    """The picture in a file as a square of `side` pixels.

    Raises:
        PictureError: the file is missing, no picture, damaged, smaller than `min_side` or larger than `max_pixels`.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise PictureError("too-large", f"the file is larger than {LARGEST_FILE // 2**20} MB")
        content = read_bytes(path)
    except (FileNotFoundError, NotADirectoryError):
        raise PictureError("missing-file", "there is no such file") from None
    except NotAFileError as error:
        raise PictureError("not-a-picture", str(error)) from None
    except (OSError, ValueError) as error:
        raise PictureError("damaged", f"the file cannot be read ({error})") from None
    return decode_bytes(content, side, resize_mode, max_pixels, min_side)


def decode_bytes(
    content: bytes, side: int, resize_mode: ResizeMode = "pad", max_pixels: int = 200_000_000, min_side: int = 32
) -> Picture:
    """As `decode`, from a file's bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _decode(content, side, resize_mode, max_pixels, min_side)
        except PictureError:
            raise
        except Image.UnidentifiedImageError:
            raise PictureError("not-a-picture", _unidentified(content)) from None
        except Exception as error:  # Pillow's readers raise whatever a damaged file makes them stumble over
            raise PictureError(
                "damaged", f"it does not decode ({' '.join(str(error).split()) or type(error).__name__})"
            ) from None


def _unidentified(content: bytes) -> str:
    if not content:
        return "the file is empty"
    if content.lstrip()[:1] == b"<":
        return "the file is a web page or a drawing, not a picture"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        if _register_heif():
            return "the file is damaged, or a kind of HEIC that pillow-heif does not read"
        return "HEIC pictures need pillow-heif: run `.venv/bin/python -m pip install pillow-heif`, then this again"
    return "the file is no picture of a kind that can be read"


def _decode(content: bytes, side: int, resize_mode: ResizeMode, max_pixels: int, min_side: int) -> Picture:
    _register_heif()
    opened = Image.open(io.BytesIO(content), formats=_formats())
    form = opened.format or ""
    width, height = opened.size
    if width * height > max_pixels:
        raise PictureError(
            "too-large", f"{width} x {height} pixels are more than {max_pixels:,} (collection.max_pixels)"
        )
    if min(width, height) < min_side:
        raise PictureError("too-small", f"{width} x {height} pixels; the shorter side must have {min_side} or more")
    target = _target(width, height, side, resize_mode)
    if form in ("JPEG", "MPO"):
        opened.draft(None, (2 * target[0], 2 * target[1]))
    profile = opened.info.get("icc_profile")
    image = _eight_bits(opened)
    orientation = opened.getexif().get(ORIENTATION, 1)  # after decoding: some readers turn the picture and drop the tag
    if form not in ("JPEG", "MPO"):
        width, height = opened.size
        target = _target(width, height, side, resize_mode)
    image = image.resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)
    image = _srgb(image, profile)
    for turn in TURNS.get(orientation, ()):
        image = image.transpose(turn)
        if orientation > 4:
            width, height = height, width
    grey = np.asarray(image.convert("L").resize((GREY_SIDE, GREY_SIDE), Image.Resampling.BOX))
    colour = np.asarray(image.resize((8, 8), Image.Resampling.BOX))
    square = _square(np.asarray(image), side, resize_mode)
    return Picture(square, grey, colour, hashlib.sha256(content).hexdigest(), width, height, form)


@lru_cache(maxsize=1)
def _register_heif() -> bool:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True


@lru_cache(maxsize=1)
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _target(width: int, height: int, side: int, resize_mode: ResizeMode) -> tuple[int, int]:
    """Size after reduction, before it is made square: the longer (pad) or shorter (crop) side becomes `side`."""
    if resize_mode == "squash":
        return side, side
    scale = side / (max(width, height) if resize_mode == "pad" else min(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _eight_bits(image: Image.Image) -> Image.Image:
    """RGB, L or CMYK with eight bits a channel; transparency laid on white."""
    if image.mode in ("I;16", "I;16B", "I;16L", "I;16N", "I", "F"):
        return Image.fromarray(_scaled(image))
    deep = image.mode in ("RGB", "RGBA") and any(";16" in str(tile[3]) for tile in getattr(image, "tile", ()))
    if image.mode in ("RGB", "L", "CMYK"):
        image.load()
    if deep and 0 < int(np.asarray(image)[..., :3].max()) <= _FEW_OF_16_BITS:
        raise PictureError(
            "damaged",
            "its colours fill no more than 12 of their 16 bits and would be black; save it with 8 bits a channel",
        )
    if image.mode in ("RGB", "L", "CMYK") and "transparency" not in image.info:
        return image
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _scaled(image: Image.Image) -> np.ndarray:
    """(h, w) uint8 from brightnesses of more than eight bits, or fractions; what is no number (nan) becomes white."""
    values = np.array(image, np.float32)
    known = np.isfinite(values)
    if not known.any():
        raise PictureError("damaged", "none of its pixels is a number")
    full = _full(image, float(values[known].max()))
    values[np.isnan(values)] = full
    return np.clip(values * (255.0 / full), 0, 255).astype(np.uint8)


def _full(image: Image.Image, top: float) -> float:
    """The value that is white: what the file states, else the end of the range that its greatest value `top` lies in.

    Cameras and scanners save 12 or 14 bits in 16 and do not always say so.
    """
    stated = [_stated(image, tag) for tag in (MAX_SAMPLE_VALUE, BITS_PER_SAMPLE)]
    whole = [stated[0], 2.0 ** stated[1] - 1 if stated[1] < 16 else 0.0, *(2.0**bits - 1 for bits in DEPTHS)]
    ends = [1.0, *whole[2:]] if image.mode == "F" else whole
    return next((end for end in ends if end and top <= end), top)


def _stated(image: Image.Image, tag: int) -> float:
    """A number among a TIFF file's tags; 0 where there is none."""
    value = getattr(image, "tag_v2", {}).get(tag, 0)
    value = value[0] if isinstance(value, tuple) and value else value
    return float(value) if isinstance(value, int | float) else 0.0


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB in sRGB, by the embedded colour profile where it is another one and fits."""
    if profile and image.mode in ("RGB", "CMYK"):
        transform = _transform(profile, image.mode)
        if transform is not None:
            return ImageCms.applyTransform(image, transform) or image.convert("RGB")
    return image.convert("RGB")


@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(given).casefold():
            return None
        return ImageCms.buildTransform(given, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _square(pixels: np.ndarray, side: int, resize_mode: ResizeMode) -> np.ndarray:
    """(side, side, 3) from (h, w, 3): padded with the smoothed colours of the edges that go on, or cut centrally."""
    height, width = pixels.shape[:2]
    top, left = abs(side - height) // 2, abs(side - width) // 2
    if resize_mode == "crop":
        return np.ascontiguousarray(pixels[top : top + side, left : left + side])
    if (height, width) == (side, side):
        return pixels
    square = np.empty((side, side, 3), np.uint8)
    if height < side:
        square[:top] = _smoothed(pixels[:2].mean(axis=0))
        square[top + height :] = _smoothed(pixels[-2:].mean(axis=0))
    else:
        square[:, :left] = _smoothed(pixels[:, :2].mean(axis=1))[:, None]
        square[:, left + width :] = _smoothed(pixels[:, -2:].mean(axis=1))[:, None]
    square[top : top + height, left : left + width] = pixels
    return square


def _smoothed(edge: np.ndarray) -> np.ndarray:
    """(n, 3) running mean over a quarter of an edge (n, 3): a backdrop's gradient goes on, detail does not."""
    reach = max(1, len(edge) // 8)
    padded = np.pad(edge, ((reach + 1, reach), (0, 0)), mode="edge").cumsum(axis=0)
    return (padded[2 * reach + 1 :] - padded[: -2 * reach - 1]) / (2 * reach + 1)

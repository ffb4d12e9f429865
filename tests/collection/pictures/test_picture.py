import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from kilnmix.collection.pictures import picture as pictures
from kilnmix.collection.pictures.picture import FORMATS, SUFFIXES, PictureError, decode


def save(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)
    return path


def flat(mode: str, colour: object, size: tuple[int, int] = (64, 64)) -> Image.Image:
    return Image.new(mode, size, colour)


@pytest.mark.parametrize(
    ("image", "suffix", "expected"),
    [
        (flat("RGB", (10, 200, 30)), ".png", (10, 200, 30)),
        (flat("L", 77), ".png", (77, 77, 77)),
        (flat("I;16", 257 * 99), ".png", (99, 99, 99)),
        (flat("I;16", 257 * 99), ".tif", (99, 99, 99)),
        (flat("F", 0.5), ".tif", (127, 127, 127)),
        (flat("1", 1), ".png", (255, 255, 255)),
        (flat("RGBA", (255, 0, 0, 0)), ".png", (255, 255, 255)),
        (flat("RGBA", (0, 0, 0, 128)), ".webp", (127, 127, 127)),
        (flat("LA", (0, 0)), ".png", (255, 255, 255)),
        (flat("RGB", (10, 200, 30)).quantize(4), ".gif", (10, 200, 30)),
        (flat("RGB", (10, 200, 30)), ".bmp", (10, 200, 30)),
        (flat("CMYK", (0, 0, 0, 0)), ".tif", (255, 255, 255)),
    ],
)
def test_modes_become_srgb(tmp_path: Path, image: Image.Image, suffix: str, expected: tuple[int, ...]) -> None:
    options = {"lossless": True} if suffix == ".webp" else {}
    picture = decode(save(image, tmp_path / f"瓶{suffix}", **options), 32)
    assert picture.square.shape == (32, 32, 3)
    assert np.abs(picture.square.reshape(-1, 3).astype(int) - expected).max() <= 2


RAMP = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))


@pytest.mark.parametrize(
    ("values", "suffix", "tags", "greatest"),
    [
        ((RAMP * 4095).astype(np.uint16), ".png", {}, 255),
        ((RAMP * 4095).astype(np.uint16), ".tif", {}, 255),
        ((RAMP * 16383).astype(np.uint16), ".tif", {}, 255),
        ((RAMP * 200).astype(np.uint16), ".png", {}, 200),
        ((RAMP * 40000).astype(np.uint16), ".tif", {}, 155),
        ((RAMP * 2047).astype(np.uint16), ".tif", {pictures.MAX_SAMPLE_VALUE: 4095}, 127),
        (np.zeros((64, 64), np.uint16), ".png", {}, 0),
        (RAMP * 1000, ".tif", {}, 249),
        (RAMP * 70000, ".tif", {}, 255),
    ],
)
def test_brightnesses_are_scaled_by_the_files_depth(
    tmp_path: Path, values: np.ndarray, suffix: str, tags: dict[int, int], greatest: int
) -> None:
    options = {"tiffinfo": tags} if tags else {}
    square = decode(save(Image.fromarray(values), tmp_path / f"a{suffix}", **options), 64).square
    assert (square.min(), square.max()) == (0, greatest)


def test_what_is_no_number_is_white(tmp_path: Path) -> None:
    values = RAMP.copy()
    values[:8] = np.nan
    square = decode(save(Image.fromarray(values), tmp_path / "a.tif"), 64).square
    assert (square[:8] == 255).all()
    assert abs(int(square[40, 32, 0]) - 129) <= 1
    with pytest.raises(PictureError, match="none of its pixels is a number"):
        decode(save(flat("F", float("nan")), tmp_path / "b.tif"), 64)


def deep_png(values: np.ndarray) -> bytes:
    """(h, w, 3) uint16 as a PNG with 16 bits a channel, which Pillow does not write."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    height, width, _ = values.shape
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in values)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def test_colours_of_which_eight_bits_leave_nothing_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(deep_png(np.dstack([(RAMP * 4095).astype(np.uint16)] * 3)))
    with pytest.raises(PictureError, match="no more than 12 of their 16 bits") as caught:
        decode(path, 64)
    assert caught.value.why == "damaged"
    path.write_bytes(deep_png(np.dstack([(RAMP * 65535).astype(np.uint16)] * 3)))
    assert decode(path, 64).square.max() == 255


@pytest.mark.parametrize(
    ("image", "plain"),
    [
        (flat("RGB", (0, 0, 0)), True),
        (flat("RGB", (255, 255, 255)), True),
        (flat("RGBA", (9, 200, 30, 0)), True),
        (Image.fromarray((RAMP * 12).astype(np.uint8)), False),
        (Image.fromarray(np.dstack([RAMP * 90, 90 - RAMP * 90, RAMP * 0]).astype(np.uint8)), False),
    ],
)
def test_a_picture_of_one_colour_alone(tmp_path: Path, image: Image.Image, plain: bool) -> None:
    assert decode(save(image, tmp_path / "a.png"), 32).plain is plain


def test_cmyk_jpeg_under_a_wrong_suffix(tmp_path: Path) -> None:
    picture = decode(save(flat("CMYK", (0, 0, 0, 255)), tmp_path / "a.png", format="JPEG"), 32)
    assert picture.format == "JPEG"
    assert picture.square.max() < 60


def test_another_colour_space_is_converted(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    path = save(flat("RGB", (200, 30, 60)), tmp_path / "a.png", icc_profile=lab.tobytes())
    assert np.abs(decode(path, 32).square[5, 5].astype(int) - (200, 30, 60)).max() <= 2
    path = save(flat("RGB", (200, 30, 60)), tmp_path / "b.png", icc_profile=b"no profile at all")
    assert tuple(decode(path, 32).square[5, 5]) == (200, 30, 60)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations_end_upright(tmp_path: Path, orientation: int) -> None:
    upright = np.zeros((64, 96, 3), np.uint8)
    upright[:32, :48] = (250, 0, 0)
    upright[:32, 48:] = (0, 250, 0)
    upright[32:, :48] = (0, 0, 250)
    undo = {2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4]}
    stored = Image.fromarray(upright)
    for turn in undo.get(orientation, []):
        stored = stored.transpose(Image.Transpose(turn))
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = orientation
    picture = decode(save(stored, tmp_path / "a.png", exif=exif), 96, resize_mode="squash")
    assert (picture.width, picture.height) == (96, 64)
    corners = [picture.square[y, x].argmax() for y, x in ((10, 10), (10, 85), (85, 10))]
    assert corners == [0, 1, 2]
    assert picture.square[85, 85].max() == 0


def test_fits(tmp_path: Path) -> None:
    pixels = np.full((40, 80, 3), 100, np.uint8)
    pixels[:, :20] = 200
    path = save(Image.fromarray(pixels), tmp_path / "a.png")
    padded = decode(path, 40, "pad").square
    assert (padded[:10, 30:] == 100).all()  # the upper edge's colour goes on
    assert (padded[10:30, :8] >= 195).all()
    cropped = decode(path, 40, "crop").square
    assert (cropped == 100).all()
    squashed = decode(path, 40, "squash").square
    assert (squashed[:, :8] >= 195).all()
    assert (squashed[:, 15:] == 100).all()


def test_the_first_frame_counts(tmp_path: Path) -> None:
    frames = [flat("RGB", (250, 0, 0)), flat("RGB", (0, 250, 0))]
    path = tmp_path / "a.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert decode(path, 32).square[3, 3].argmax() == 0


def jpeg(size: tuple[int, int] = (200, 200)) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (*size[::-1], 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, "JPEG")
    return buffer.getvalue()


def test_heic_without_its_reader_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200))
    monkeypatch.setattr(pictures, "_register_heif", lambda: False)
    with pytest.raises(PictureError, match="pip install pillow-heif"):
        decode(path, 32)
    monkeypatch.setattr(pictures, "_register_heif", lambda: True)
    with pytest.raises(PictureError, match="damaged, or a kind of HEIC"):
        decode(path, 32)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not-a-picture"),
        (b"<html>404</html>", "not-a-picture"),
        (b"just words", "not-a-picture"),
        (jpeg()[:5000], "damaged"),
        (jpeg()[:40], "damaged"),
        (jpeg((200, 20)), "too-small"),
        (jpeg((400, 300)), "too-large"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not-a-picture"),
    ],
)
def test_reasons(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(PictureError) as caught:
        decode(path, 32, max_pixels=100_000, min_side=32)
    assert caught.value.why == why


def test_size_is_refused_before_decoding(tmp_path: Path) -> None:
    header = b"IHDR" + struct.pack(">IIBBBBB", 90_000, 90_000, 8, 2, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + b"\0\0\0\0IDAT"
    )
    with pytest.raises(PictureError, match="pixels") as caught:
        decode(path, 32)
    assert caught.value.why == "too-large"


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(PictureError) as caught:
        decode(tmp_path / "none.jpg", 32)
    assert caught.value.why == "missing-file"


def test_one_limit_of_pixels_which_is_the_settings(tmp_path: Path) -> None:
    """190 million pixels are more than Pillow's own limit and fewer than collection.max_pixels."""
    path = tmp_path / "large.jpg"
    Image.new("L", (19_000, 10_000)).save(path)
    found = decode(path, 8)
    assert (found.width, found.height) == (19_000, 10_000)
    with pytest.raises(PictureError, match=r"19000 x 10000 .* 150,000,000 \(collection.max_pixels\)"):
        decode(path, 8, max_pixels=150_000_000)
    path = tmp_path / "huge.png"
    Image.new("1", (65_000, 6_000)).save(path, compress_level=1)  # twice Pillow's limit, where it refuses at once
    with pytest.raises(PictureError, match=r"collection\.max_pixels"):
        decode(path, 8)


def test_every_format_has_a_suffix_that_folders_are_searched_for() -> None:
    assert set(FORMATS.values()) <= SUFFIXES

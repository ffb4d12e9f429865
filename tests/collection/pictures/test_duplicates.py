import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from kilnmix.collection.pictures import duplicates, registration


def photographs(count: int, seed: int = 0) -> list[Image.Image]:
    """Blobs of detail before a gradient, all different."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        backdrop = np.linspace(60, 160, 256)[:, None] * np.ones((256, 256))
        texture = gaussian_filter(rng.normal(size=(256, 256)), 4) * 700
        x, y = np.mgrid[0:256, 0:256]
        shape = np.hypot(x - rng.uniform(100, 160), y - rng.uniform(100, 160)) < rng.uniform(60, 100)
        made.append(Image.fromarray(np.clip(np.where(shape, 130 + texture, backdrop), 0, 255).astype(np.uint8)))
    return made


def grey(images: list[Image.Image]) -> np.ndarray:
    return np.stack([np.asarray(image.resize((64, 64), Image.Resampling.BOX)) for image in images])


def recompressed(image: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    image.resize((90, 90)).save(buffer, "JPEG", quality=60)
    return Image.open(buffer)


@pytest.mark.parametrize(
    "change",
    [
        recompressed,
        lambda image: image.point(lambda value: value * 0.85 + 10),
        lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        lambda image: image.crop((6, 3, 250, 254)),
    ],
    ids=["recompressed", "darker", "mirrored", "cropped"],
)
def test_changed_copies_are_found_and_nothing_else(change: object) -> None:
    originals = photographs(12)
    copies = [change(image) for image in originals]  # type: ignore[operator]
    pairs = duplicates.find(grey(originals + copies), [str(n) for n in range(24)], 12, 0.93)
    assert [(pair.first, pair.second) for pair in pairs] == [(n, n + 12) for n in range(12)]
    assert not any(pair.exact for pair in pairs)


def test_equal_files_stand_beside_the_first_only() -> None:
    pictures = grey(photographs(2))[[0, 1, 0, 0]]
    pairs = duplicates.find(pictures, ["a", "b", "a", "a"], 12, 0.93)
    assert pairs == [duplicates.Pair(0, 2, 1.0, exact=True), duplicates.Pair(0, 3, 1.0, exact=True)]


def test_blank_pictures_are_no_duplicates() -> None:
    blank = np.full((5, 64, 64), 200, np.uint8)
    assert duplicates.find(blank, list("abcde"), 12, 0.93) == []
    assert duplicates.find(blank[:1], ["a"], 12, 0.93) == []


def test_close_pairs_by_hand() -> None:
    codes = np.array([0b0000, 0b0001, 0b0111, 0b1111], np.uint64)
    rows, columns = duplicates.close_pairs(codes, codes, 1)
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 1), (2, 3)]
    rows, columns = duplicates.close_pairs(codes, codes, 2)
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 1), (1, 2), (2, 3)]


def test_hashes_do_not_see_brightness() -> None:
    small = registration.halved(grey(photographs(3)))
    assert (duplicates.hashes(small) == duplicates.hashes(small * 0.5 + 40)).all()
    assert len(set(duplicates.hashes(small).tolist())) == 3


def test_groups_are_connected_components() -> None:
    assert duplicates.groups(6, [(4, 2), (2, 5), (0, 1)]).tolist() == [0, 0, 2, 3, 2, 2]


def test_registration_finds_scale_and_shift() -> None:
    original = np.asarray(photographs(1)[0])
    second = np.asarray(Image.fromarray(original).crop((10, 0, 256, 250)).resize((64, 64), Image.Resampling.BOX))
    first = grey([Image.fromarray(original)])
    placed = registration.align(first, second[None])
    # A point at x of 256 lies at (x - 10) of 246: in halves of the side, 2 (x - 10) / 246 - 1.
    assert placed[0, 0] == pytest.approx(256 / 246 - 1, abs=0.01)
    assert placed[0, 1] == pytest.approx((128 - 10) * 2 / 246 - 1, abs=0.01)
    assert placed[0, 2] == pytest.approx(256 / 250 - 1, abs=0.01)
    assert registration.same_picture(first, second[None], 0.93)[0] > 0.95


def test_correlation_equals_numpy() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 3, 8, 8)).astype(np.float32)
    expected = [np.corrcoef(x.ravel(), y.ravel())[0, 1] for x, y in zip(a, b, strict=True)]
    assert registration.correlation(a, b) == pytest.approx(expected, abs=1e-5)


def test_findings_equal_a_search_through_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiles, the packed detail and the threads change nothing; neither do pictures in other tiles' corners."""
    monkeypatch.setattr(duplicates, "TILE", (16, 32))
    monkeypatch.setattr(duplicates, "CHUNK", 24)
    monkeypatch.setattr(duplicates, "BATCH", 5)
    originals = photographs(24, seed=3)
    changed = [image.crop((4, 2, 252, 255)) if n % 2 else recompressed(image) for n, image in enumerate(originals)]
    turned = [image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for image in changed[:9]]
    pictures = grey([*originals, *changed, *turned])
    expected = {}
    for first in range(len(pictures)):
        for second in range(first + 1, len(pictures)):
            for other in (pictures[second], pictures[second][:, ::-1]):
                value = _plainly(pictures[first], other)
                if value >= 0.93:
                    expected[first, second] = max(value, expected.get((first, second), 0.0))
    found = duplicates.find(pictures, [str(n) for n in range(len(pictures))], 12, 0.93)
    assert {(pair.first, pair.second): pair.similarity for pair in found} == pytest.approx(expected, abs=1e-5)
    assert len(expected) >= 24 + 2 * 9


def _plainly(first: np.ndarray, second: np.ndarray) -> float:
    """Similarity of one pair by the rules' words, or 0 where it is no candidate."""
    small = [picture.astype(float).reshape(32, 2, 32, 2).mean((1, 3)) for picture in (first, second)]
    codes = [bin(int(duplicates.hashes(picture[None])[0])) for picture in small]
    differ = bin(int(codes[0], 2) ^ int(codes[1], 2)).count("1")
    outlines = [picture.reshape(16, 2, 16, 2).mean((1, 3)).ravel() for picture in small]
    details = [(picture - gaussian_filter(picture, 3, mode="nearest")).ravel() for picture in small]
    alike = np.corrcoef(*outlines)[0, 1] >= 0.85 and np.corrcoef(*details)[0, 1] >= 0.4
    return float(registration.same_picture(first[None], second[None], 0.93)[0]) if differ <= 12 and alike else 0.0


def test_detail_is_what_a_gaussian_filter_takes_away() -> None:
    pictures = np.random.default_rng(1).uniform(0, 255, (2, 32, 32)).astype(np.float32)
    blurred = gaussian_filter(pictures, (0, 3, 3), mode="nearest")
    assert registration.detail(pictures) == pytest.approx(pictures - blurred, abs=1e-3)


def test_warp_samples_between_pixels() -> None:
    ramp = np.add.outer(10 * np.arange(16.0), np.arange(16.0)).astype(np.float32)[None]
    moved, inside = registration.warp(ramp, np.array([[0, 2 * 1.5 / 15, 0, 2 * 0.25 / 15]], np.float32))
    # A pixel and a half to the right, a quarter of one down.
    assert moved[0, :15, :14] == pytest.approx(ramp[0, :15, :14] + 1.5 + 2.5, abs=1e-3)
    assert inside[0, :15, :14].all() and not inside[0, :, 15].any() and not inside[0, 15].any()

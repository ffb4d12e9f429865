"""A pool of renders with every kind of fault among them, seen by judges that tell glazes by their mean colour."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest
from PIL import Image

from kilnmix.classifier.results import Predictions
from kilnmix.collection.prepared import Prepared, Task
from kilnmix.curation.curate import Curation, curate
from kilnmix.curation.judges import Judges, Opinion, Panel
from kilnmix.curation.looking import blocks
from kilnmix.curation.observation import observe
from kilnmix.demo.collection import oracle
from kilnmix.demo.domain import Labels
from kilnmix.generator.pool import Pool
from tests import composed

GLAZES = ("celadon", "white", "black")
SIDE = 64
TASK = Task("glaze", GLAZES, {})


def renders(count: int, purpose: str) -> tuple[np.ndarray, np.ndarray]:
    """(3 n,) glazes and (3 n, S, S, 3) pictures of jars."""
    glazes = np.tile(np.arange(len(GLAZES)), count)
    said = [Labels("song", GLAZES[glaze], "ding", "jar") for glaze in glazes]
    return glazes, np.stack(list(oracle(said, 3, SIDE, purpose)))


@dataclass(frozen=True)
class Colours:
    """A classifier: the nearest mean colour of the middle of the picture."""

    means: np.ndarray
    rows: np.ndarray
    answers: np.ndarray

    def features(self, pixels: np.ndarray) -> np.ndarray:
        middle = np.asarray(pixels)[:, SIDE // 3 : -SIDE // 3, SIDE // 3 : -SIDE // 3]
        return middle.reshape(len(pixels), -1, 3).mean(axis=1).astype(np.float32)

    def ask(self, pixels: np.ndarray) -> Opinion:
        features = self.features(pixels)
        away = np.linalg.norm(features[:, None] - self.means, axis=2)
        sure = np.exp(-away / 5 + away.min(axis=1, keepdims=True) / 5)
        return Opinion.of({"glaze": (sure / sure.sum(axis=1, keepdims=True))[None]}, features)

    def panel(self) -> Panel:
        return cast(Panel, self)

    def crossfitted(self) -> Predictions:
        return Predictions(self.rows, {"glaze": self.answers})

    def unseen_by_first(self) -> np.ndarray:
        return self.rows


def judges(photographs: Prepared) -> Judges:
    """Trained on every other photograph, asked about the others."""
    blank = Colours(np.zeros((3, 3)), np.empty(0, np.int64), np.empty(0))
    train = photographs.members(0, "train")
    rows, features = train[::2], blank.features(photographs.pixels[train[1::2]])
    labels = photographs.labels["glaze"][train[1::2]]
    means = np.stack([features[labels == glaze].mean(axis=0) for glaze in range(3)])
    answers = Colours(means, rows, np.empty(0)).ask(photographs.pixels[rows]).probabilities["glaze"]
    return cast(Judges, Colours(means, rows, answers))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Curation, Curation]:
    folder = tmp_path_factory.mktemp("mixed")
    glazes, pictures = renders(16, "photograph")
    np.save(folder / "pixels.npy", pictures)
    count = len(glazes)
    parts = {0: np.where(np.arange(count) % 4 == 3, "test", "train")}
    ids = np.array([f"{row}.jpg" for row in range(count)])
    photographs = Prepared(folder, (TASK,), ids, np.arange(count), {"glaze": glazes}, parts, np.full(count, ""))
    asked, good = renders(6, "drawn")
    train, test = photographs.members(0, "train"), photographs.members(0, "test")
    mixture = {
        "good": (asked, good),
        "wrong": ((asked[:6] + 1) % 3, renders(2, "wrong")[1]),
        "memorised": (glazes[train[:6]], pictures[train[:6]][:, :, ::-1]),
        "leaked": (glazes[test[:6]], np.clip(pictures[test[:6]] * 0.8, 0, 255).astype(np.uint8)),
        "blurred": (asked[:6], np.stack([cv2.GaussianBlur(one, (0, 0), 3) for one in renders(2, "blurred")[1]])),
        "empty": (asked[:6], np.full((6, SIDE, SIDE, 3), 180, np.uint8)),
    }
    kinds = [kind for kind, (labels, _) in mixture.items() for _ in labels]
    (folder / "images").mkdir()
    names = tuple(f"{number:03d}" for number in range(len(kinds)))
    for name, picture in zip(names, np.concatenate([images for _, images in mixture.values()]), strict=True):
        Image.fromarray(picture).save(folder / "images" / f"{name}.png")
    labels = np.concatenate([labels for labels, _ in mixture.values()])[:, None]
    pool = Pool(folder, names, labels, ("",) * len(names), (0,) * len(names))
    assert [(start, len(block)) for start, block in blocks(pool)] == [(0, len(names))]
    settings = composed.settings(curation={"quality": {"reject": ["blurred", "empty"]}}).curation
    observed = observe(settings, photographs, 0, pool, judges(photographs), 1, lambda count: None)
    judged = settings.model_copy(update={"labels": "judged"})
    first, second = (curate(each, photographs, pool, observed, frozenset()) for each in (settings, judged))
    return kinds, first, second


def test_every_kind_of_fault_is_found_and_good_images_stay(found: tuple[list[str], Curation, Curation]) -> None:
    kinds, curation, _ = found
    status = np.array(curation.table.status)

    def of(kind: str) -> list[str]:
        return status[np.array(kinds) == kind].tolist()

    assert (np.array(of("good")) == "accepted").mean() >= 0.9
    assert of("memorised") == ["memorised"] * 6
    assert of("leaked") == ["leaked"] * 6
    assert of("blurred") == ["blurred"] * 6
    assert set(of("empty")) <= {"blurred", "empty"}
    assert of("wrong").count("unfaithful") >= 5
    assert curation.judgements["glaze"].skill > 0.8


def test_judged_labels_are_soft_and_mask_nothing(found: tuple[list[str], Curation, Curation]) -> None:
    _, masked, judged = found
    assert masked.table.masked.any() and not judged.table.masked.any()
    assert masked.table.soft == {}
    assert judged.table.status == masked.table.status
    shares = judged.table.soft["glaze"]
    assert shares.shape == (len(judged.table.ids), 3)
    assert shares.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    good = np.arange(18)
    assert (shares[good].argmax(axis=1) == judged.table.asked[good, 0]).mean() >= 0.9


def test_a_pool_is_read_in_blocks(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    ids = tuple(f"{number:03d}" for number in range(140))
    for name in ids:
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "images" / f"{name}.png")
    pool = Pool(tmp_path, ids, np.zeros((140, 1), np.int64), ("",) * 140, (0,) * 140)
    assert [(start, len(block)) for start, block in blocks(pool)] == [(0, 128), (128, 12)]

"""The page on a free port, with a model that reads the mean colour of the shapes."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kilnmix.classifier.app import server
from kilnmix.classifier.app.corrections import Corrections
from kilnmix.classifier.app.desk import Desk
from kilnmix.classifier.predict_files import Predictor
from kilnmix.classifier.reference import Reference
from kilnmix.collection.prepared import Prepared
from kilnmix.common.ports import free_port
from tests.classifier.conftest import SIDE


class Colours:
    """Reads the mean colour of a picture's middle; its features are every fourth pixel."""

    size, fit, classes = SIDE, "pad", {"colour": ("red", "green", "blue")}

    def apply(self, pixels: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        middle = pixels[:, 8:16, 8:16].mean(axis=(1, 2)).astype(np.float32)
        features = pixels[:, ::4, ::4].reshape(len(pixels), -1).astype(np.float32)
        return {"colour": middle / middle.sum(axis=1, keepdims=True)}, features


class ColoursAndForms(Colours):
    """Reads the colour, and takes every form for a disc."""

    size, fit, classes = SIDE, "pad", {**Colours.classes, "form": ("disc", "square")}

    def apply(self, pixels: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        probabilities, features = super().apply(pixels)
        return {**probabilities, "form": np.tile(np.float32([0.6, 0.4]), (len(pixels), 1))}, features


@pytest.fixture
def predictor(shapes: Prepared) -> Predictor:
    features = Colours().apply(shapes.pixels)[1]
    return Predictor(Colours(), {"colour": 0.5}, Reference.of(features, shapes.objects, shapes.ids.tolist()))


@pytest.fixture
def desk(predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shapes: Prepared) -> Desk:
    """In a project whose prepared collection is the shapes."""
    monkeypatch.chdir(tmp_path)
    Path("out").mkdir()
    Path("out/prepare").symlink_to(shapes.folder)
    return Desk(predictor, Corrections(Path("corrections"), ["colour"]))


@contextmanager
def serving(desk: Desk) -> Iterator[str]:
    """The page's address, while it is served."""
    import uvicorn

    port = free_port()
    running = uvicorn.Server(uvicorn.Config(server.application(desk), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        assert thread.is_alive()
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        running.should_exit = True
        thread.join(30)


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    with serving(desk) as place:
        yield place


def png(pixels: np.ndarray) -> bytes:
    """The picture enlarged, for pictures below 32 pixels are refused."""
    file = io.BytesIO()
    Image.fromarray(pixels).resize((96, 96)).save(file, "PNG")
    return file.getvalue()

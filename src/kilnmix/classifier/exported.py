"""The classifier's ONNX file applied to pictures, without torch: the first answer comes in a second or two."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kilnmix.classifier import model_card
from kilnmix.collection.pictures.picture import ResizeMode
from kilnmix.common.devices import cores
from kilnmix.common.errors import UserError

NAME, FEATURES = "model.onnx", "features"
_PART = 8
"""Pictures at a time, one core each: what lies between two layers then stays in the core's cache. MobileNetV3-Small at
224 pixels, twice and mirrored, takes 18 to 19 ms a picture so, 22 to 29 ms in parts of 64 (processor time)."""


@dataclass(frozen=True)
class Exported:
    """A model in ONNX.

    Attributes:
        size: side in pixels of the pictures that it takes; `fit` how they are made square.
        classes: task -> its classes, in the order of the model's answers.
    """

    size: int
    fit: ResizeMode
    classes: Mapping[str, tuple[str, ...]]
    session: Any

    def apply(self, pixels: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
        """task -> (n, C_t) float32 calibrated probabilities of (n, size, size, 3) uint8, and the (n, F) float32
        features by which pictures are compared; None from a file that gives none."""
        parts = [np.ascontiguousarray(pixels[start : start + _PART]) for start in range(0, max(len(pixels), 1), _PART)]
        with ThreadPoolExecutor(cores()) as threads:  # onnxruntime works without Python's lock
            found = list(threads.map(lambda part: self.session.run(None, {"pixels": part}), parts))
        answers = [np.concatenate(each) for each in zip(*found, strict=True)]
        features = answers[len(self.classes)] if len(answers) > len(self.classes) else None
        return dict(zip(self.classes, answers[: len(self.classes)], strict=True)), features


def load(folder: Path) -> Exported | None:
    """The ONNX model in a folder that `refit` wrote; None where there is none, or onnxruntime is not installed.

    Raises:
        UserError: the file is damaged.
    """
    if not (folder / NAME).is_file() or importlib.util.find_spec("onnxruntime") is None:
        return None
    import onnxruntime

    card = model_card.read(folder)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(str(folder / NAME), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise UserError(f"{folder / NAME} cannot be read. {model_card.remedy(folder)}") from error
    tasks = [answer.name for answer in session.get_outputs() if answer.name != FEATURES]
    if len(tasks) != len(card.tasks) or [given.name for given in session.get_inputs()] != ["pixels"]:
        raise UserError(f"{folder / NAME} does not fit its {model_card.NAME}. {model_card.remedy(folder)}")
    return Exported(card.size, card.fit, card.classes, session)

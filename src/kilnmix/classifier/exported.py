"""The classifier's ONNX file applied to pictures, without torch: the first answer comes in a second or two."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kilnmix.classifier import model_card
from kilnmix.collection.pictures.picture import ResizeMode
from kilnmix.common.devices import cores
from kilnmix.common.errors import UserError

NAME, FEATURES = "model.onnx", "features"


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
        answers = self.session.run(None, {"pixels": np.ascontiguousarray(pixels)})
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
    options.intra_op_num_threads = cores()
    # Threads that wait without sleeping take the cores from whoever else works here, this command's decoding too.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(str(folder / NAME), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise UserError(f"{folder / NAME} cannot be read. {model_card.remedy(folder)}") from error
    tasks = [answer.name for answer in session.get_outputs() if answer.name != FEATURES]
    if len(tasks) != len(card.tasks) or [given.name for given in session.get_inputs()] != ["pixels"]:
        raise UserError(f"{folder / NAME} does not fit its {model_card.NAME}. {model_card.remedy(folder)}")
    return Exported(card.size, card.fit, card.classes, session)

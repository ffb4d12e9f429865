"""The classifier's ONNX file applied to pictures, without torch: the first answer comes in a second or two."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kilnmix.common.errors import UserError

NAME = "model.onnx"


@dataclass(frozen=True)
class Exported:
    """A model in ONNX.

    Attributes:
        size: side in pixels of the pictures that it takes; `fit` how they are made square.
        classes: task -> its classes, in the order of the model's answers.
    """

    size: int
    fit: str
    classes: Mapping[str, tuple[str, ...]]
    session: Any

    def apply(self, pixels: np.ndarray) -> dict[str, np.ndarray]:
        """task -> (n, C_t) float32 calibrated probabilities of (n, size, size, 3) uint8."""
        answers = self.session.run(None, {"pixels": np.ascontiguousarray(pixels)})
        return dict(zip(self.classes, answers, strict=True))


def load(folder: Path) -> Exported | None:
    """The ONNX model in a folder that `refit` wrote; None where there is none, or onnxruntime is not installed.

    Raises:
        UserError: the file is damaged.
    """
    if not (folder / NAME).is_file() or importlib.util.find_spec("onnxruntime") is None:
        return None
    import onnxruntime

    card = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    try:
        session = onnxruntime.InferenceSession(str(folder / NAME), providers=["CPUExecutionProvider"])
    except Exception as error:
        raise UserError(
            f"{folder / NAME} cannot be read. Restore it with `dvc checkout {folder}`, or make it anew with "
            "`dvc repro refit`."
        ) from error
    classes = {entry["name"]: tuple(entry["classes"]) for entry in card["tasks"]}
    return Exported(card["size"], card["fit"], classes, session)

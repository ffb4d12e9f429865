"""Which models answer without torch; that both answer alike is in test_export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kilnmix.classifier import exported
from kilnmix.classifier.exported import Exported
from kilnmix.common.errors import UserError
from tests.classifier.test_model_card import CARD


class Echo:
    """A session whose answers are the pixels' means, to see what it is given."""

    def run(self, names: None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
        pixels = given["pixels"]
        assert pixels.flags["C_CONTIGUOUS"]
        return [pixels.mean(axis=(1, 2)), pixels.max(axis=(1, 2))]


def test_answers_go_to_the_tasks_in_their_order() -> None:
    model = Exported(4, "pad", {"glaze": ("a", "b", "c"), "type": ("d", "e", "f")}, Echo())
    pixels = np.arange(2 * 8 * 4 * 3, dtype=np.uint8).reshape(2, 8, 4, 3)[:, ::2]
    answers, features = model.apply(pixels)
    assert features is None
    assert list(answers) == ["glaze", "type"]
    np.testing.assert_array_equal(answers["type"], pixels.max(axis=(1, 2)))


def test_a_folder_without_onnx_and_one_whose_file_is_damaged(tmp_path: Path) -> None:
    assert exported.load(tmp_path) is None
    CARD.write(tmp_path)
    (tmp_path / exported.NAME).write_bytes(b"no model")
    with pytest.raises(UserError, match=r"model\.onnx cannot be read\. Copy the folder anew"):
        exported.load(tmp_path)

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kilnmix.common import manifest
from kilnmix.common.errors import UserError
from kilnmix.common.paths import output
from kilnmix.report.collect.tunings import tuning


def test_what_finetune_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = output("finetune", 0, 1)
    assert tuning(0, 1, True) is None
    (folder / "samples").mkdir(parents=True)
    (folder / "loss.json").write_text("[0.5, 0.25]")
    for step in (0, 2):
        Image.new("RGB", (8, 4)).save(folder / "samples" / f"{step:06d}.png")
    Image.new("RGB", (8, 8), "red").save(folder / "samples.png")
    manifest.write(folder)
    found = tuning(0, 1, True)
    assert found is not None and found.sheet is not None
    assert (found.steps, found.losses, found.curve, found.kept) == (2, ((1, 0.5), (2, 0.25)), (), None)
    assert found.sheet_steps == (0, 2) and np.array_equal(found.sheet[0, 0], [255, 0, 0])
    (folder / "validation.json").write_text(json.dumps({"kept": 1, "held_back": 3, "curve": [[0, 0.4], [1, 0.3]]}))
    manifest.write(folder)
    found = tuning(0, 1, False)
    assert found is not None and found.sheet is None
    assert (found.curve, found.kept, found.held_back) == (((0, 0.4), (1, 0.3)), 1, 3)
    (folder / "loss.json").write_text("{")
    manifest.write(folder)
    with pytest.raises(UserError, match="dvc repro finetune"):
        tuning(0, 1, False)

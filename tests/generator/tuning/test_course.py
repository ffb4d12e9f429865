import json
from pathlib import Path

import numpy as np
from PIL import Image

from kilnmix.generator.tuning import course
from kilnmix.generator.tuning.course import Tuned

PLAIN = Tuned(losses=[0.5, 0.25], curve=[], kept=2, held_back=0, steps=2)
STOPPED = Tuned(losses=[0.5, 0.25], curve=[(0, 0.4), (1, 0.3), (2, 0.35)], kept=1, held_back=3, steps=9)


def test_a_course_in_numbers_and_in_a_sentence() -> None:
    assert PLAIN.metrics == {"steps": 2}
    assert PLAIN.sentence == "2 steps, loss 0.500 to 0.250"
    assert STOPPED.metrics == {"steps": 2, "kept.step": 1, "loss.validation.lowest": 0.3}
    assert STOPPED.sentence == (
        "2 steps, loss 0.500 to 0.250 (stopped before 9: the validation loss no longer fell); "
        "validation loss 0.4000 to 0.3000, the adapter of step 1 kept"
    )


def test_what_a_stage_leaves(tmp_path: Path) -> None:
    samples = tmp_path / "looks"
    samples.mkdir()
    for step, colour in ((0, 10), (100, 20)):
        Image.new("RGB", (6, 3), (colour,) * 3).save(samples / f"{step:06d}.png")
    (samples / "000200.new").write_bytes(b"half")
    out = tmp_path / "out"
    out.mkdir()
    course.write(out, STOPPED, samples)
    assert json.loads((out / "loss.json").read_text()) == [0.5, 0.25]
    assert json.loads((out / "validation.json").read_text()) == {
        "kept": 1,
        "held_back": 3,
        "curve": [[0, 0.4], [1, 0.3], [2, 0.35]],
    }
    assert sorted(path.name for path in (out / "samples").iterdir()) == ["000000.png", "000100.png"]
    sheet = np.asarray(Image.open(out / "samples.png"))
    assert sheet.shape == (6, 6, 3) and [int(sheet[0, 0, 0]), int(sheet[3, 0, 0])] == [10, 20]
    assert course.pictures(out) == ["samples.png", "validation.json"]


def test_without_validation_and_samples(tmp_path: Path) -> None:
    course.write(tmp_path, PLAIN, tmp_path / "none")
    assert [path.name for path in tmp_path.iterdir()] == ["loss.json"]
    assert course.pictures(tmp_path) == []

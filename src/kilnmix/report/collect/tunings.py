"""How the adapters of a study were tuned, as `finetune` left it."""

from __future__ import annotations

import json

import numpy as np
from PIL import Image

from kilnmix.common import manifest
from kilnmix.common.paths import output
from kilnmix.common.readers import understood
from kilnmix.generator.tuning.curve import smoothed
from kilnmix.report.inputs import Tuning

REMEDY = "Run `dvc repro finetune`, which makes it anew."
LARGEST = 1200
"""Side in pixels that the sheet of pictures is made smaller to."""


def tuning(fold: int, adapter: int, pictures: bool) -> Tuning | None:
    """An adapter's tuning; None where the adapter was there already (generator.adapter).

    Args:
        pictures: whether to take along those that were drawn on the way.

    Raises:
        UserError: the output is damaged.
    """
    folder = output("finetune", fold, adapter)
    if not (folder / "loss.json").exists():
        return None
    manifest.check(folder)
    with understood(folder, REMEDY):
        losses = [float(loss) for loss in json.loads((folder / "loss.json").read_text(encoding="utf-8"))]
        course = folder / "validation.json"
        said = json.loads(course.read_text(encoding="utf-8")) if course.exists() else {}
        sheet, rows = None, folder / "samples"
        if pictures and rows.is_dir():
            with Image.open(folder / "samples.png") as image:
                image.thumbnail((LARGEST, LARGEST))
                sheet = np.asarray(image.convert("RGB"))
        return Tuning(
            fold=fold,
            adapter=adapter,
            steps=len(losses),
            losses=tuple(smoothed(losses)),
            curve=tuple((int(step), float(loss)) for step, loss in said.get("curve", ())),
            kept=int(said["kept"]) if said else None,
            held_back=int(said.get("held_back", 0)),
            sheet=sheet,
            sheet_steps=tuple(int(path.stem) for path in sorted(rows.glob("*.png"))) if sheet is not None else (),
        )

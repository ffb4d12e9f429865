"""The course of a tuning: its losses, when it stopped, and the pictures drawn on the way."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from kilnmix.generator.tuning.curve import smoothed


@dataclass(frozen=True)
class Tuned:
    """How a tuning went.

    Attributes:
        losses: of every step done.
        curve: (step, validation loss); empty without validation.
        kept: the step whose weights the adapter has.
        held_back: photographs that were kept for validation.
        steps: that were asked for.
    """

    losses: list[float]
    curve: list[tuple[int, float]]
    kept: int
    held_back: int
    steps: int

    @property
    def metrics(self) -> dict[str, float]:
        """Numbers for MLflow."""
        if not self.curve:
            return {"steps": len(self.losses)}
        lowest = min(loss for _, loss in self.curve)
        return {"steps": len(self.losses), "kept.step": self.kept, "loss.validation.lowest": lowest}

    @property
    def sentence(self) -> str:
        """What a person wants to know of it."""
        curve = smoothed(self.losses)
        said = f"{len(self.losses)} steps, loss {curve[0][1]:.3f} to {curve[-1][1]:.3f}"
        if not self.curve:
            return said
        if len(self.losses) < self.steps:
            said += f" (stopped before {self.steps}: the validation loss no longer fell)"
        lowest = min(loss for _, loss in self.curve)
        return f"{said}; validation loss {self.curve[0][1]:.4f} to {lowest:.4f}, the adapter of step {self.kept} kept"


def write(folder: Path, tuned: Tuned, samples: Path) -> None:
    """Writes loss.json, validation.json where there is a curve, and the sample rows, into a stage's output."""
    (folder / "loss.json").write_text(json.dumps([round(loss, 6) for loss in tuned.losses]) + "\n")
    if tuned.curve:
        course = {"kept": tuned.kept, "held_back": tuned.held_back, "curve": tuned.curve}
        (folder / "validation.json").write_text(json.dumps(course, indent=1) + "\n")
    if samples.is_dir():
        shutil.copytree(samples, folder / "samples", ignore=shutil.ignore_patterns("*.new"))
        grid = [Image.open(path) for path in sorted((folder / "samples").glob("*.png"))]
        sheet = Image.new("RGB", (grid[0].width, sum(row.height for row in grid)))
        for place, row in enumerate(grid):
            sheet.paste(row, (0, place * row.height))
        sheet.save(folder / "samples.png")


def pictures(folder: Path) -> list[str]:
    """Names of the files of an output that MLflow shows."""
    return [name for name in ("samples.png", "validation.json") if (folder / name).exists()]

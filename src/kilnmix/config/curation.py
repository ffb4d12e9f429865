"""Settings of a pool's curation."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from kilnmix.config.fields import Frozen


class CopySettings(Frozen):
    """From when on an image is a copy of a photograph. Scores go from 0 to 1."""

    error_rate: float = Field(gt=0.0, lt=1.0)
    """Part of the images of other objects that may be taken for copies, by the training photographs' own scores."""
    least: float = Field(ge=0.0, le=1.0)
    """Lowest score of a copy, however little photographs of different objects resemble each other."""
    source: float = Field(gt=0.0, le=1.0)
    """Score that edited files of one picture reach. An image drawn from a photograph (generator.draw.mode: image, mix)
    is memorised only when so near to that photograph; two photographs so near to each other do not count as different
    objects when errors are."""
    photographs: int = Field(gt=0)
    """Training photographs at most whose scores say how alike different objects are."""


class QualitySettings(Frozen):
    """What is wrong with an image, whatever it is to show. Faults are told of every image."""

    error_rate: float = Field(gt=0.0, lt=1.0)
    """Part of the training photographs that may have a fault: what is more common there is none."""
    reject: tuple[Literal["blurred", "exposure", "empty", "doubled", "cut-off"], ...]
    """Faults for which an image is rejected."""


class CurationSettings(Frozen):
    """Which synthetic images are accepted, and for which tasks their label counts."""

    judges: int = Field(ge=2)
    """Cross-fitting parts of the judge stage: each judge is trained on the objects of all parts but one."""
    floor: float = Field(ge=0.0, le=1.0)
    """A judge whose cross-fitted balanced accuracy above chance is lower than this masks nothing for that task."""
    mask_below: float = Field(ge=0.0, le=1.0)
    """A label is masked when the judges give it less than this probability and prefer another."""
    reject_when_all_masked: bool
    strategy: Literal["all", "threshold", "top-k", "masked", "diverse", "matched", "hard"]
    """Which of the images that nothing speaks against are trained on (`kilnmix.curation.strategies`)."""
    labels: Literal["asked", "masked", "judged"]
    """What an image teaches: the labels asked for; those of them that are not masked; or the judges' calibrated
    probabilities (`kilnmix.curation.judged`)."""
    keep: float = Field(gt=0.0, le=1.0)
    """Share of a group's images that `top-k`, `diverse`, `matched` and `hard` choose."""
    threshold: float = Field(ge=0.0, le=1.0)
    """Mean probability of the labels asked for from which on `threshold` chooses an image."""
    group_by: str | None
    """Task within whose classes images are chosen; null: all images are one group."""
    copies: CopySettings
    quality: QualitySettings
    inception: Path | None
    """File of Inception's weights (`kilnmix.curation.inception`), for FID and KID by its features; null: that of
    torch's hub cache, and where there is none KID by the judges' features."""
    vetoes: Path | None
    """Images that are left out: the vetoes.csv that the gallery exports, or a text with one FOLD/ADAPTER/ID a line."""

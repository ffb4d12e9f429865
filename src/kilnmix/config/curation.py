"""Settings of a pool's curation."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from kilnmix.config.fields import Frozen


class CurationSettings(Frozen):
    """Which synthetic images are accepted, and for which tasks their label counts."""

    judges: int = Field(ge=2)
    """Cross-fitting parts of the judge stage: each judge is trained on the objects of all parts but one."""
    floor: float = Field(ge=0.0, le=1.0)
    """A judge whose cross-fitted balanced accuracy above chance is lower than this masks nothing for that task."""
    mask_below: float = Field(ge=0.0, le=1.0)
    """A label is masked when the judges give it less than this probability and prefer another."""
    reject_when_all_masked: bool
    copy_quantile: float = Field(gt=0.0, le=1.0)
    """An image counts as a copy of a training photograph (memorised) when it is nearer to it than this share of the
    training photographs are to other objects, and as a leak when so near to a validation or test photograph."""
    copy_similarity: float = Field(gt=0.0, le=1.0)
    """Least similarity (correlation of small pictures) of a copy, whatever the quantile."""
    vetoes: Path | None
    """A text file with one synthetic image's id a line, which are left out."""

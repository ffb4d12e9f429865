"""Settings of the photographs, their labels and their parts."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from kilnmix.config.fields import Fraction, Frozen, Positive


class Columns(Frozen):
    """Which columns of the label table say what; where a name is not there, common ones in two languages are tried."""

    image: str = "image"
    object: str = "object_id"
    source: str | None = "source"
    confidence: str | None = "checked"
    """1 or a word like it: the row's labels are sure; 0: they are not."""
    title: str | None = "title"
    """The works' titles, which may name a label that a task's own column lacks."""
    tasks: dict[str, str] = Field(default_factory=dict)
    """Task -> its column, where that is not the task's name."""


class Duplicates(Frozen):
    """When two photographs are the same picture."""

    hash_distance: int = Field(12, ge=0, le=64)
    """Largest Hamming distance of two 64-bit perceptual hashes of near-duplicates' candidates."""
    similarity: float = Field(0.93, gt=0.0, le=1.0)
    """Least correlation of the two candidates' fine detail, the one laid on the other, for which they count as one."""
    certain: float = Field(0.96, gt=0.0, le=1.0)
    """The same, from which two photographs with different labels contradict each other and are set aside."""
    exact: Literal["one", "all"] = "one"
    """Of photographs that are the same byte for byte, keep one (labels joined) or all."""


class Split(Frozen):
    """How objects are divided into training, validation and test parts, by object, stratified over all tasks."""

    by: Literal["object", "source"] = "object"
    test: Fraction = 0.2
    """Share of objects in the test part when there is one fold; with k folds every object is tested once."""
    val: Fraction = 0.1
    """Share of objects in the validation part."""
    min_objects: Positive = 5
    """A class with fewer objects than this follows the `rare` rule."""
    rare: Literal["train", "other", "drop"] = "train"
    """`train`: kept in the training part only; `other`: merged into one class `other`; `drop`: label left out."""
    source: str | None = None
    """With `by: source` and one fold, the source that is held out; null: those nearest to the share `test`."""

    @model_validator(mode="after")
    def _leaves_a_training_part(self) -> Split:
        if self.test + self.val >= 0.95:
            raise ValueError("test and val together leave less than 5 % of the objects to train on")
        return self


class CollectionSettings(Frozen):
    """The photographs and their label table."""

    folder: Path = Path("data")
    labels: str = "labels.csv"
    """The table's name inside the folder."""
    tasks: tuple[str, ...] = ("dynasty", "glaze", "kiln", "type")
    columns: Columns = Columns()
    vocabulary: Path = Path("conf/vocabulary.yaml")
    allow_new: tuple[str, ...] = ()
    """Tasks for which a term that the vocabulary lacks becomes a class of its own."""
    unresolved: Literal["refuse", "leave-out"] = "refuse"
    """What happens to other terms that the vocabulary lacks: an error that lists them, or no label."""
    broader: tuple[str, ...] = ()
    """Tasks whose classes are replaced by the broader ones that the vocabulary names (meiping by vase)."""
    size: Positive = 96
    """Side in pixels of the square pictures that all later stages read."""
    resize_mode: Literal["pad", "crop", "squash"] = "pad"
    """How a picture that is not square becomes square; `pad` continues its border colour."""
    max_pixels: Positive = 200_000_000
    """Pictures with more pixels are refused before they are decoded."""
    min_side: Positive = 32
    duplicates: Duplicates = Duplicates()
    split: Split = Split()

    @model_validator(mode="after")
    def _tasks_are_columns(self) -> CollectionSettings:
        if not self.tasks or len(set(self.tasks)) != len(self.tasks):
            raise ValueError("tasks must be one or more different column names")
        return self

"""Settings of the photographs, their labels and their parts."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from kilnmix.config.fields import Fraction, Frozen, Positive

OWN = frozenset({"bench", "docs", "embedded", "mlruns", "out", "pocket", "reports", "src", "tests"})
"""Folders of a project that cannot be the photographs' own."""
PRIVATE = frozenset({".dvc", ".git", ".kilnmix", "conf"})
"""The same, with everything below them."""


class Columns(Frozen):
    """Which columns of the label table say what; where a name is not there, common ones in two languages are tried."""

    image: str
    object: str
    source: str | None
    confidence: str | None
    """1 or a word like it: the row's labels are sure; 0: they are not."""
    title: str | None
    """The works' titles, which may name a label that a task's own column lacks."""
    caption: str | None
    """A free description of each photograph, for generator.free_captions."""
    tasks: dict[str, str]
    """Task -> its column, where that is not the task's name."""


class Duplicates(Frozen):
    """When two photographs are the same picture."""

    hash_distance: int = Field(ge=0, le=64)
    """Largest Hamming distance of two 64-bit perceptual hashes of near-duplicates' candidates."""
    similarity: float = Field(gt=0.0, le=1.0)
    """Least correlation of the two candidates' fine detail, the one laid on the other, for which they count as one."""
    certain: float = Field(gt=0.0, le=1.0)
    """The same, from which two photographs with different labels contradict each other and are set aside."""
    exact: Literal["one", "all"]
    """Of photographs that are the same byte for byte, keep one (labels joined) or all."""


class Split(Frozen):
    """How objects are divided into training, validation and test parts, by object, stratified over all tasks."""

    by: Literal["object", "source"]
    test: Fraction
    """Share of objects in the test part when there is one fold; with k folds every object is tested once."""
    val: Fraction
    """Share of objects in the validation part."""
    min_objects: Positive
    """A class with fewer objects than this follows the `rare` rule."""
    rare: Literal["train", "other", "drop"]
    """`train`: kept in the training part only; `other`: merged into one class `other`; `drop`: label left out."""
    source: str | None
    """With `by: source` and one fold, the source that is held out; null: those nearest to the share `test`."""

    @model_validator(mode="after")
    def _leaves_a_training_part(self) -> Split:
        if self.test + self.val >= 0.95:
            raise ValueError("test and val together leave less than 5 % of the objects to train on")
        return self


class CollectionSettings(Frozen):
    """The photographs and their label table."""

    folder: Path
    labels: str
    """The table's name inside the folder."""
    tasks: tuple[str, ...]
    columns: Columns
    vocabulary: Path
    rules: Path
    """Which labels go together: kept to where images are asked for, and held against the photographs' labels."""
    allow_new: tuple[str, ...]
    """Tasks for which a term that the vocabulary lacks becomes a class of its own."""
    unresolved: Literal["refuse", "leave-out", "allow"]
    """What becomes of other terms that the vocabulary lacks: an error that lists them, no label, or new classes."""
    doubtful: Literal["leave-out", "keep"]
    """What becomes of terms that doubt their class (`明?`, `possibly Song`): no label, or that class, marked unsure."""
    broader: tuple[str, ...]
    """Tasks whose classes are replaced by the broader ones that the vocabulary names (meiping by vase)."""
    size: Positive
    """Side in pixels of the square pictures that all later stages read."""
    resize_mode: Literal["pad", "crop", "squash"]
    """How a picture that is not square becomes square; `pad` continues its border colour."""
    max_pixels: Positive
    """Pictures with more pixels are refused before they are decoded."""
    min_side: Positive
    duplicates: Duplicates
    split: Split

    @field_validator("folder")
    @classmethod
    def _is_a_folder_of_its_own(cls, folder: Path) -> Path:
        """An import puts the photographs in its place: it may not be the project, or hold the project's own files."""
        place = PurePath(os.path.normpath(folder))
        if place.name in ("", ".", ".."):
            raise ValueError(f"{_written(folder)} is no folder of its own; write one such as data")
        if str(place) in OWN or place.parts[0] in PRIVATE:
            raise ValueError(f"{place} holds the project's own files; write another folder, such as data")
        return folder

    @field_validator("labels")
    @classmethod
    def _is_a_file_in_the_folder(cls, labels: str) -> str:
        if not labels.strip() or labels in (".", "..") or "/" in labels or "\\" in labels:
            raise ValueError(
                f"{labels!r} is no name of a file inside collection.folder; write a name without a folder, such as "
                "labels.csv"
            )
        if labels in ("images", "original"):
            raise ValueError(f"{labels!r} is a folder of an import; write a name such as labels.csv")
        return labels

    @field_validator("vocabulary", "rules")
    @classmethod
    def _names_a_file(cls, path: Path, info: ValidationInfo) -> Path:
        if path.name in ("", ".."):
            raise ValueError(f"{_written(path)} is no file; write one such as conf/{info.field_name}.yaml")
        return path

    @model_validator(mode="after")
    def _tasks_are_columns(self) -> CollectionSettings:
        if not self.tasks or len(set(self.tasks)) != len(self.tasks):
            raise ValueError("tasks must be one or more different column names")
        return self


def _written(path: Path) -> str:
    """As a person gave it: what was empty reads as a dot."""
    return "an empty name" if path == Path() else str(path)

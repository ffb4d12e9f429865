"""One training, described by everything that decides its result. Imports neither torch nor Lightning."""

from __future__ import annotations

import functools
import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from kilnmix.common import digests
from kilnmix.common.devices import fast_bfloat16, resolved
from kilnmix.common.errors import UserError
from kilnmix.config import ClassifierSettings

Kind = Literal["synthetic", "repeat", "retrieved"]
# All that a prediction is computed with.
_LIBRARIES = (
    "torch",
    "torchvision",
    "timm",
    "pytorch-lightning",
    "torchmetrics",
    "albumentations",
    "opencv-python-headless",
    "numpy",
    "scipy",
)
# The weights count by their bytes; the weights of losses as the run has them; the others change no result.
_NOT_BY_VALUE = {"weights", "task_weights", "synthetic_weight", "runs_at_once", "device"}


@dataclass(frozen=True, eq=False)
class Extra:
    """Images for the extra slots.

    Attributes:
        kind: what they are; `repeat` and `retrieved` are real photographs.
        pixels: a .npy file, (M, S, S, 3) uint8.
        rows: (m,) int64 rows of that array; a row may stand more than once.
        labels: (m, T) int64, columns as the run's tasks; -1 is masked: no loss for that task.
        share: extra / (real + extra) of the slots.
        mode: `extra` adds slots, `replace` takes real ones.
        weight: weight of such an image's loss, a photograph's being 1.
        soft: (m, sum of the tasks' classes) float32, the share of every class in each label, tasks side by side; those
            of a masked label do not count. None: `labels` alone.
        wanted: how many different images were asked for, more than m where the pool held fewer; no part of the digest.
    """

    kind: Kind
    pixels: Path
    rows: np.ndarray
    labels: np.ndarray
    share: float
    mode: Literal["extra", "replace"] = "extra"
    weight: float = 1.0
    wanted: int = 0
    soft: np.ndarray | None = None

    def digest(self) -> str:
        """SHA-256 of the images in their order, their labels and how they are used; file names do not matter."""
        state = self.pixels.stat()
        rows = np.ascontiguousarray(self.rows, dtype=np.int64).tobytes()
        pictures = _pictures_digest(self.pixels.resolve(), state.st_mtime_ns, state.st_size, rows)
        summary = hashlib.sha256(f"{self.kind} {self.share!r} {self.mode} {self.weight!r} {pictures}".encode())
        summary.update(np.ascontiguousarray(self.labels, dtype=np.int64).data)
        if self.soft is not None:
            summary.update(np.ascontiguousarray(self.soft, dtype=np.float32).data)
        return summary.hexdigest()


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """What to train, on what, and what to predict afterwards.

    Attributes:
        prepared: the folder that `prepare` wrote.
        tasks: names of the tasks to learn, in order; their class lists are the prepared collection's.
        settings: the recipe; `settings.task_weights` and `settings.synthetic_weight` are not read here, see below.
        seed: fixes initialisation, order, augmentation and dropout.
        train, val, test: (n,) int64 rows of the prepared collection. Without `val` the last weights are kept.
        extra: images for the extra slots, if any.
        task_weights: task -> weight of its loss; a task that is not named has 1.
        keep_model: also write the network, for `predict.load`.
        fit: how `prepare` made pictures square, which the kept model must know.
        name: shown to people (arm, seed); no part of the digest.
        tags: for trackers; no part of the digest.
    """

    prepared: Path
    tasks: tuple[str, ...]
    settings: ClassifierSettings
    seed: int
    train: np.ndarray
    val: np.ndarray
    test: np.ndarray
    extra: Extra | None = None
    task_weights: Mapping[str, float] = field(default_factory=dict)
    keep_model: bool = False
    fit: Literal["pad", "crop", "squash"] = "pad"
    name: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not len(self.train):
            raise UserError(
                f"The run {self.name!r} has no photograph to train on; look at the folds of {self.prepared}."
            )
        parts = [set(map(int, rows)) for rows in (self.train, self.val, self.test)]
        if parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2]:
            raise ValueError(f"run {self.name!r}: train, val and test share photographs")
        if self.extra is not None and self.extra.labels.shape != (len(self.extra.rows), len(self.tasks)):
            raise ValueError(f"run {self.name!r}: extra labels of shape {self.extra.labels.shape}")

    def digest(self) -> str:
        """SHA-256 (hex) over all that decides the predictions: settings, weights, data, seed, code, versions, device.

        Raises:
            UserError: the file of pretrained weights is not there.
        """
        return digests.of_state(
            settings=self.settings.model_dump(mode="json", exclude=_NOT_BY_VALUE),
            weights=weights_digest(self.settings.weights),
            tasks=self.tasks,
            task_weights=[float(self.task_weights.get(task, 1.0)) for task in self.tasks],
            seed=self.seed,
            collection=collection_digest(self.prepared),
            rows=[digests.of_array(np.asarray(rows, np.int64)) for rows in (self.train, self.val, self.test)],
            extra=self.extra.digest() if self.extra else None,
            model=self.fit if self.keep_model else None,
            device=self._device(),
            code=digests.of_code("kilnmix.classifier.training.fit"),
            versions=digests.versions(*_LIBRARIES),
            platform=sys.platform,
        )

    def _device(self) -> str:
        device = resolved(self.settings.device)
        # What `auto` comes to depends on the processor, beside the backbone.
        fast = self.settings.precision == "auto" and fast_bfloat16(device, depthwise=False)
        return f"{device} bfloat16" if fast else device


def collection_digest(folder: Path) -> str:
    """SHA-256 (hex) of a prepared collection's pictures, tables and tasks."""
    names = ("pixels.npy", "photographs.csv", "folds.csv", "tasks.json")
    return digests.of_state(**{name: digests.of_files(folder / name) for name in names})


# A run is asked for its digest several times, and all seeds of an arm have the same pictures.
@functools.lru_cache(maxsize=256)
def _pictures_digest(path: Path, stamp: int, size: int, rows: bytes) -> str:
    pictures = np.load(path, mmap_mode="r")
    summary = hashlib.sha256(str(pictures.shape[1:]).encode())
    for row in np.frombuffer(rows, np.int64):
        summary.update(np.ascontiguousarray(pictures[row]).data)
    return summary.hexdigest()


def weights_digest(weights: str | None) -> str | None:
    """Pretrained weights as they enter a digest: SHA-256 of a file, `hub`, or None for a random start.

    Raises:
        UserError: there is no such file.
    """
    if weights is None or weights == "hub":
        return weights
    path = Path(weights)
    if not path.is_file():
        raise no_weights(weights)
    return digests.of_file(path)


def no_weights(weights: str) -> UserError:
    """The error for a file of `classifier.weights` that is not there."""
    return UserError(
        f"classifier.weights names {weights}, which is not there. Set it to a local .safetensors file, to `hub` for "
        "torchvision's ImageNet weights (needs a network), or to null to start from random weights."
    )

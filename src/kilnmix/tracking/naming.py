"""What people read in the MLflow UI: names of runs and of data sets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

_DATA = {
    "prepare": "photographs",
    "judge": "judges",
    "encode": "latents",
    "finetune": "adapter",
    "generate": "synthetic images",
    "curate": "accepted images",
    "train": "predictions of the fixed arms",
    "search": "search",
    "confirm": "predictions of the arms found",
    "look": "look on the way",
    "extend": "predictions of open arms",
}
"""Stage -> what its output is."""

_TOLD = ("trial", "playoff", "look", "guidance", "scale", "strictness", "fold", "adapter", "seed")


def stage_place(stage: str) -> int:
    """A stage's place in the order of the data."""
    order = list(_DATA)
    return order.index(stage) if stage in order else len(order)


def run_name(tags: Mapping[str, str], whole: bool = False) -> str:
    """Such as `train mix-90-10 · fold 0 · seed 2`; a training's adapter is left out where it is the first.

    Args:
        whole: a stage's own run, which is not named after the arm and seed of a training in it.
    """
    if whole:
        tags = {name: value for name, value in tags.items() if name not in ("arm", "seed", "training")}
    if "training" in tags:
        return tags["training"]
    head = " ".join(tags[name] for name in ("stage", "arm") if name in tags)
    shown = [name for name in _TOLD if name in tags]
    if "arm" in tags and tags.get("adapter") == "0":
        shown.remove("adapter")
    return " · ".join([head, *(f"{name} {tags[name]}" for name in shown)])


def data_name(path: str) -> str:
    """What lies at a path of the project: `accepted images · fold 0 · adapter 1` for out/curate/0/1."""
    parts = PurePosixPath(path).parts
    if not parts or parts[0] != "out" or len(parts) < 2 or parts[1] not in _DATA:
        return "photographs as they came" if path == "data" else path
    kinds = ("look", "fold") if parts[1] in ("look", "extend") else ("fold", "adapter")
    item = [f"{kind} {value}" for kind, value in zip(kinds, parts[2:], strict=False)]
    return " · ".join([_DATA[parts[1]], *item])

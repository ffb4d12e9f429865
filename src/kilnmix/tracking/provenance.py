"""Who ran what, from which code, with which libraries and on which machine: tags that every run carries."""

from __future__ import annotations

import contextlib
import functools
import getpass
import hashlib
import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kilnmix.common.devices import cores, cuda_devices
from kilnmix.common.pointers import pointers
from kilnmix.config import Params
from kilnmix.tracking.revision import branch, commit, uncommitted

_LIBRARIES = ("torch", "torchvision", "pytorch-lightning", "diffusers", "peft", "numpy", "mlflow")
ITEMS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("prepare", "compare", "refit"), ()),
    **dict.fromkeys(("finetune", "generate", "curate"), ("fold", "adapter")),
    "frontier": ("fold", "adapter", "guidance", "scale", "strictness", "images"),
    "look": ("look",),
    "extend": ("look", "fold"),
}
"""Stage -> what it is run for; the others for a fold."""
_LOCK = Path("requirements.lock")


def study_name(params: Params) -> str:
    """Of the run above all stages: DVC's experiment, or the study's name and commit."""
    named = os.environ.get("DVC_EXP_NAME")
    if named:
        return named
    revision = commit()
    return f"{params.experiment.name} · {revision[:7]}" if revision else params.experiment.name


def study_key(params: Params) -> str:
    """What makes stages belong together: DVC's experiment, or the same commit, settings and data."""
    summary = hashlib.sha256(params.experiment.name.encode())
    named = os.environ.get("DVC_EXP_NAME")
    if named:
        summary.update(named.encode())
    else:
        summary.update(f"{commit()} {params.model_dump_json(exclude={'tracking', 'report'})}".encode())
        for pointer in pointers():
            summary.update(pointer.read_bytes())
    return f"study/{summary.hexdigest()[:16]}"


def of_project(params: Params) -> dict[str, str]:
    """Tags of the project's state: settings' names, code, user, libraries, machine."""
    tags = {
        "profile": params.profile,
        "experiment": params.experiment.name,
        "tasks": ", ".join(params.collection.tasks),
        "mlflow.source.type": "LOCAL",
        **_environment(),
    }
    revision = commit()
    if revision:
        tags |= {"commit": revision, "mlflow.source.git.commit": revision}
        tags["dvc.revision"] = os.environ.get("DVC_EXP_BASELINE_REV", revision)
        tags["uncommitted"] = str(uncommitted()).lower()
        where = branch()
        if where:
            tags["mlflow.source.git.branch"] = where
    if "DVC_EXP_NAME" in os.environ:
        tags["dvc.experiment"] = os.environ["DVC_EXP_NAME"]
    with contextlib.suppress(OSError, KeyError, ImportError):  # a user without a name, as in some containers
        tags["mlflow.user"] = getpass.getuser()
    return tags


def command(tags: Mapping[str, str]) -> str:
    """The command that makes a run."""
    stage = tags.get("stage", "")
    given = [f"--{name} {tags[name]}" for name in ITEMS.get(stage, ("fold",)) if name in tags]
    return " ".join(["kilnmix", stage, *given])


def target(tags: Mapping[str, str]) -> str:
    """The name of a run's stage in dvc.yaml."""
    stage = tags.get("stage", "")
    # Looks are mappings in the matrix, which DVC calls by their place: look0.
    item = [f"{'look' * (name == 'look')}{tags[name]}" for name in ITEMS.get(stage, ("fold",)) if name in tags]
    return f"{stage}@{'-'.join(item)}" if item else stage


@functools.cache
def _environment() -> dict[str, str]:
    found = {"environment.python": platform.python_version()}
    for name in _LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            found[f"environment.{name}"] = version(name)
    if _LOCK.exists():
        found["environment.lock"] = hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:16]
    found["hardware.processor"] = _processor()
    found["hardware.cores"] = str(cores())
    found["hardware.gpus"] = str(cuda_devices())
    found["hardware.host"] = platform.node()
    return found


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()

"""The commands that repeat a run: its commit in a folder of its own, its settings, its data, its stage."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from kilnmix.common.errors import UserError
from kilnmix.common.pointers import pointers
from kilnmix.tracking.provenance import command, target


def folder_of(project: Path, commit: str) -> Path:
    """Where a commit is checked out, beside the project."""
    return project.with_name(f"{project.name}-{commit[:7]}")


def steps(tags: Mapping[str, str], project: Path, settings: Path | None) -> list[list[str]]:
    """Commands in their order, each with its arguments; those behind the second are for the new folder.

    What the stage reads is restored from DVC's cache, which both folders share, or made; the stage itself is run anew.

    Args:
        tags: of the run.
        project: the folder of this one.
        settings: a params.yaml to put in the place of the commit's, if the run had other settings.

    Raises:
        UserError: the run knows neither commit nor stage.
    """
    commit, stage = tags.get("commit"), tags.get("stage")
    if commit is None:
        raise UserError("This run was made outside of a git repository, so nobody knows its code.")
    if stage is None:
        raise UserError("This is the run above its stages. Name that of a stage or a training below it.")
    folder = folder_of(project, commit)
    named = target(tags)
    again = [["dvc", "repro", named], ["dvc", "repro", "--single-item", "--force", "--no-run-cache", named]]
    if stage == "frontier":
        fold, adapter = tags["fold"], tags["adapter"]
        again = [["dvc", "repro", f"judge@{fold}", f"finetune@{fold}-{adapter}"], shlex.split(command(tags))]
    pulled = [
        ["dvc", "pull", "--quiet", "--remote", "embedded", pointer.name]
        for pointer in pointers(project)
        if "remote: embedded" in pointer.read_text(encoding="utf-8")
    ]
    own = [pointer.name for pointer in pointers(project) if [pointer.name] not in [p[-1:] for p in pulled]]
    return [
        ["git", "worktree", "add", "--detach", str(folder), commit],
        ["ln", "-s", str(project / ".venv"), str(folder / ".venv")],
        ["dvc", "config", "--local", "cache.dir", os.path.relpath(project / ".dvc" / "cache", folder / ".dvc")],
        *([["cp", str(settings), "params.yaml"]] if settings else []),
        *pulled,
        *([["dvc", "checkout", *own]] if own else []),
        *again,
    ]


def doubts(tags: Mapping[str, str]) -> list[str]:
    """What may make the repetition differ, a sentence each."""
    told = []
    if tags.get("uncommitted") == "true":
        told.append("The run's code, conf/ or data differed from its commit: what was not committed is not known.")
    if "hardware.processor" in tags:
        told.append(f"It ran on {tags['hardware.processor']}; on another processor the last bits differ.")
    return told


def settings_text(artifact: Path) -> str:
    """params.yaml from the artifact of a study's run."""
    import yaml

    return yaml.safe_dump(json.loads(artifact.read_text(encoding="utf-8")), sort_keys=False, allow_unicode=True)

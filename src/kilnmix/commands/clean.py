"""`kilnmix clean`: what takes how much disk, and what may go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from kilnmix.common.paths import STATE


@dataclass(frozen=True)
class Part:
    """Something on the disk that may be removed.

    Attributes:
        option: of the command.
        what: it is, and what its going costs.
        folders: that it lies in.
    """

    option: str
    what: str
    folders: tuple[Path, ...]

    @property
    def size(self) -> int:
        """Bytes, links not followed."""
        return sum(size_of(folder) for folder in self.folders)


def parts(tracking: Path) -> list[Part]:
    """What there is, by the options that remove it.

    Args:
        tracking: MLflow's folder.
    """
    states = tuple(STATE / name for name in ("finetune", "frontier", "generate", "reproduce", "smoke"))
    return [
        Part("--trainings", "finished trainings, reused by stages that ask for the same", (STATE / "runs",)),
        Part(
            "--states",
            "stages that were stopped, and begin anew without these; what `kilnmix smoke` and `kilnmix frontier` made",
            states,
        ),
        Part(
            "--cache",
            "DVC's cache; only what no commit, experiment or worktree names is removed (dvc gc)",
            (Path(".dvc/cache"),),
        ),
        Part("--runs", "MLflow's artifacts; only of runs deleted in its UI (mlflow gc)", (tracking / "artifacts",)),
    ]


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder; 0 where there is none."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def clean(
    trainings: Annotated[bool, typer.Option("--trainings", help="Remove finished trainings.")] = False,
    states: Annotated[
        bool,
        typer.Option("--states", help="Remove what stopped stages go on from, and the work of smoke and frontier."),
    ] = False,
    cache: Annotated[
        bool, typer.Option("--cache", help="Remove from DVC's cache what no commit, experiment or worktree names.")
    ] = False,
    runs: Annotated[bool, typer.Option("--runs", help="Remove the runs that were deleted in MLflow's UI.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Tell what takes how much disk; remove what is asked for. Photographs, outputs and reports stay."""
    from kilnmix.common.errors import UserError
    from kilnmix.config import load
    from kilnmix.tracking.location import server, store_uri

    params = load()
    if runs and server(params) is not None:
        raise UserError(f"The runs are on the server {server(params)}: delete them there, with `mlflow gc`.")
    there = parts(params.tracking.folder)
    for part in there:
        print(f"{megabytes(part.size):>12}  {part.option:<12} {part.what}")
    asked = dict(zip(("--trainings", "--states", "--cache", "--runs"), (trainings, states, cache, runs), strict=True))
    chosen = [part for part in there if asked[part.option]]
    if not chosen:
        return
    if not yes and not typer.confirm(f"Remove {', '.join(part.option.lstrip('-') for part in chosen)}?"):
        print("Nothing was removed.")
        return
    for part in chosen:
        before = part.size
        _removal(part, store_uri(params))()
        print(f"{part.option.lstrip('-')}: {megabytes(before - part.size)} removed.")


def megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _removal(part: Part, uri: str) -> Callable[[], None]:
    import shutil
    import sys

    from kilnmix.common.processes import no_stage_runs

    def folders() -> None:
        with no_stage_runs():
            for folder in part.folders:
                shutil.rmtree(folder, ignore_errors=True)

    def cache() -> None:
        from kilnmix.tracking.revision import commits, worktrees

        others = worktrees()
        beside = f" and by the worktrees {', '.join(map(str, others))}" if others else ""
        print(
            f"cache: DVC reads what is named by this folder, by {commits()} commits, by the experiments{beside}. With "
            "hundreds of commits that takes minutes; nothing is removed before it has ended.",
            flush=True,
        )
        named = ["--workspace", "--all-commits", "--all-experiments"]
        _call([sys.executable, "-m", "dvc", "gc", *named, *(["--projects", *map(str, others)] if others else []), "-f"])

    tools = {
        "--cache": cache,
        "--runs": lambda: _call([sys.executable, "-m", "mlflow", "gc", "--backend-store-uri", uri]),
    }
    return tools.get(part.option, folders)


def _call(command: list[str]) -> None:
    import shlex
    import subprocess

    from kilnmix.common.errors import UserError
    from kilnmix.tracking.location import shown

    ended = subprocess.run(command)
    if ended.returncode:
        raise UserError(f"`{shlex.join(map(shown, command[2:]))}` ended with status {ended.returncode}; see above.")

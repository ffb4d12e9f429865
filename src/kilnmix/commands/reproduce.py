"""`kilnmix reproduce`: what repeats a run of MLflow's list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer


def reproduce(
    run: Annotated[str, typer.Argument(help="The run's id, as MLflow shows it.")],
    go: Annotated[bool, typer.Option("--go", help="Run the commands instead of printing them alone.")] = False,
) -> None:
    """Print, and with --go run, the commands that repeat a run: its commit, settings, data and stage."""
    import shlex

    from kilnmix.common.commands import pasted
    from kilnmix.common.errors import UserError
    from kilnmix.config import load
    from kilnmix.tracking import reproduction
    from kilnmix.tracking.shelf import SETTINGS, STUDY
    from kilnmix.tracking.store import find_run

    client, found = find_run(load(), run)
    project, tags = Path.cwd(), found.data.tags
    settings = None
    study = tags.get(STUDY)
    if study and any(file.path == SETTINGS for file in client.list_artifacts(study)):
        settings = Path(".kilnmix") / "reproduce" / f"{run}.yaml"
        settings.parent.mkdir(parents=True, exist_ok=True)
        held = Path(client.download_artifacts(study, SETTINGS))
        settings.write_text(reproduction.settings_text(held), encoding="utf-8")
        settings = settings.absolute()
    steps = reproduction.steps(tags, project, settings)
    folder = reproduction.folder_of(project, tags["commit"])
    for sentence in reproduction.doubts(tags):
        print(f"# {sentence}")
    for place, step in enumerate(steps):
        if place == 2:
            print(f"cd {shlex.quote(str(folder))}")
        print(pasted(step))
    if not go:
        return
    if folder.exists():
        raise UserError(f"{folder} is there already. {_removal(folder)}, and try again.")
    _run(steps, project, folder)
    print(f"{found.info.run_name} is repeated in {folder}.")


def _removal(folder: Path) -> str:
    import shlex

    return f"`git worktree remove --force {shlex.quote(str(folder))}` removes it, with all that was made in it"


def _run(steps: Sequence[Sequence[str]], project: Path, folder: Path) -> None:
    """Runs the commands with this environment's programs, all of which are found before the first one runs."""
    import os
    import subprocess
    import sys

    from kilnmix.common.commands import pasted, program
    from kilnmix.common.errors import UserError

    located = [[program(step[0]), *step[1:]] for step in steps]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    for place, step in enumerate(located):
        ended = subprocess.run(step, cwd=folder if place >= 2 else project, env={**os.environ, "PATH": path})
        if ended.returncode:
            kept = f" {_removal(folder)}." if folder.exists() else ""
            raise UserError(f"`{pasted(steps[place])}` ended with status {ended.returncode}; see above.{kept}")

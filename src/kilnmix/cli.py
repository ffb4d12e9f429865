"""The command line: a command a stage, and the ways in and out of the pipeline. What each does is in commands/."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from kilnmix.commands import (
    adopt,
    clean,
    collection,
    compose,
    demo,
    export,
    export_paper,
    frontier,
    guidelines,
    import_photographs,
    page,
    plan,
    predict,
    reproduce,
    retrieve,
    runs,
    smoke,
    stages,
    ui,
    verdict,
)
from kilnmix.common import environment
from kilnmix.common.commands import runnable
from kilnmix.common.disk import disk_faults
from kilnmix.common.errors import UserError

_OF_A_PROJECT = re.compile(r"(?<![\w./-])(params\.yaml|(conf|out|reports)/)")
"""A project's settings, outputs and reports, by their paths from its folder."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 140},  # a command in one line where the terminal has room
    help="Do images drawn by a diffusion model tuned on your photographs make your classifier better?",
)


def _tell_version(asked: bool) -> None:
    if asked:
        print(f"kilnmix {version('kilnmix')}")
        raise typer.Exit


@app.callback(help=app.info.help)
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Options of the command itself."""


STAGES: tuple[Callable[..., None], ...] = (
    stages.prepare,
    stages.judge,
    stages.encode,
    stages.finetune,
    stages.generate,
    stages.curate,
    stages.train,
    stages.search,
    stages.confirm,
    stages.look,
    stages.extend,
    stages.compare,
    stages.refit,
)
OTHERS: dict[str, Callable[..., None]] = {
    "import": import_photographs.import_photographs,
    "resolve": collection.resolve,
    "collect": collection.collect,
    "retrieve": retrieve.retrieve,
    "compose": compose.compose,
    "plan": plan.plan,
    "frontier": frontier.frontier,
    "predict": predict.predict,
    "adopt": adopt.adopt,
    "export": export.export,
    "export-paper": export_paper.export_paper,
    "guidelines": guidelines.guidelines,
    "verdict": verdict.verdict,
    "runs": runs.runs,
    "reproduce": reproduce.reproduce,
    "smoke": smoke.smoke,
    "clean": clean.clean,
    "ui": ui.ui,
    "app": page.app,
}

for stage in STAGES:
    app.command()(stage)
for name, command in OTHERS.items():
    app.command(name=name)(command)
app.add_typer(demo.app, name="demo")


def main() -> None:
    """Runs a command; a fault that the person can mend ends it with a sentence and status 2."""
    environment.settle()
    for stream in (sys.stdout, sys.stderr):
        # A console that has no Chinese shows \u91c9; it does not end the command.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        with disk_faults(Path()):
            app()
    except UserError as error:
        print(f"kilnmix: {runnable(f'{error}{_elsewhere(str(error))}')}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("kilnmix: stopped. What was done is kept; the same command goes on from there.", file=sys.stderr)
        sys.exit(130)


def _elsewhere(fault: str) -> str:
    """What to add to a fault outside a project that names what a project holds: that is likely the reason."""
    here = Path.cwd()
    if (here / "conf").is_dir() or (here / "params.yaml").exists() or not _OF_A_PROJECT.search(fault):
        return ""
    above = next((f for f in here.parents if (f / "conf").is_dir() and (f / "params.yaml").exists()), None)
    way = f"`cd {shlex.quote(str(above))}` first" if above else "`cd` to yours first"
    return f" ({here} holds no kilnmix project, neither conf/ nor params.yaml: {way}.)"


if __name__ == "__main__":
    main()

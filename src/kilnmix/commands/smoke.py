"""`kilnmix smoke`: every stage once in one process, for whoever changes code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FOLDER = Path(".kilnmix/smoke")
OWN = ("out", "reports", "mlruns", "params.yaml", "dvc.yaml", "dvc.lock")
"""What stages write and DVC reads: not lent to the folder in which smoke works."""


def smoke(
    overrides: Annotated[list[str] | None, typer.Argument(help="As of `kilnmix compose`.")] = None,
) -> None:
    """Run every stage once with a handful of steps, apart from your outputs: does the code still work?"""
    import contextlib
    import shutil
    import time

    from kilnmix.common.processes import stage_lock
    from kilnmix.config import composition

    asked = [f"experiment={FOLDER.name}", *(overrides or [])]
    composition.compose(asked)  # before anything is removed
    begun = time.monotonic()
    with stage_lock(FOLDER.name):
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        for path in Path().resolve().iterdir():
            if not path.name.startswith(".") and path.name not in OWN:
                (FOLDER / path.name).symlink_to(path)
        with contextlib.chdir(FOLDER):
            _run_all(asked)
    took = f"{time.monotonic() - begun:.0f} s"
    print(f"smoke: every stage has run in {took}; your params.yaml and out/ are as they were.")
    print(f"What the stages made lies in {FOLDER}; its scores mean nothing.")


def _run_all(asked: list[str]) -> None:
    from kilnmix.commands.searching import run_search
    from kilnmix.config import composition
    from kilnmix.stages import SCOPES
    from kilnmix.stages.runner import execute, items

    params = composition.write(asked)
    for stage, scope in SCOPES.items():
        for item in items(params, stage):
            look, *rest = item if scope in ("look", "extension") else (None, *item)
            fold, adapter = (*rest, None, None)[:2]
            if stage == "search":
                line = run_search(str(fold), workers=1, only_join=False)
            else:
                line = execute(params, stage, None if fold is None else str(fold), adapter, look)
            print(line, flush=True)

"""`kilnmix smoke`: every stage once in one process, for whoever changes code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXPERIMENT = "smoke"
FOLDER = Path(".kilnmix") / "smoke"
OWN = ("out", "reports", "mlruns", "params.yaml", "dvc.yaml", "dvc.lock")
"""What stages write and DVC reads: not lent to the folder in which smoke works."""
_TELLING_SECONDS = 180.0


def smoke(
    overrides: Annotated[list[str] | None, typer.Argument(help="As of `kilnmix compose`.")] = None,
) -> None:
    """Run every stage on the demo's photographs with a handful of steps, apart from your outputs: does the code work?

    Looks and what they extend are run where the settings plan them.
    """
    import contextlib
    import shutil
    import sys
    import time

    from kilnmix.common.errors import UserError
    from kilnmix.common.processes import stage_lock
    from kilnmix.config import composition

    asked = [*(overrides or []), f"experiment={EXPERIMENT}"]
    params = composition.compose(asked)[1]  # before anything is removed
    if not params.collection.folder.exists():
        raise UserError(f"There is no {params.collection.folder} here. `make smoke` fetches the demo's photographs.")
    begun = time.monotonic()
    with stage_lock("smoke"):
        if FOLDER.exists():
            # A process that still writes to the last one's MLflow may keep it from going.
            FOLDER.rename(FOLDER.with_name(f"smoke-{time.time_ns()}.old"))
        for old in FOLDER.parent.glob("smoke-*.old"):
            shutil.rmtree(old, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        for path in Path().resolve().iterdir():
            if not path.name.startswith(".") and path.name not in OWN:
                (FOLDER / path.name).symlink_to(path)
        try:
            with contextlib.chdir(FOLDER):
                _run_all(asked)
        except UserError as error:
            raise UserError(f"In {FOLDER}, which takes the demo's photographs: {error}") from error
        except KeyboardInterrupt:
            print("kilnmix: smoke was stopped; next time it begins anew.", file=sys.stderr)
            raise typer.Exit(130) from None
    print(f"smoke: all stages that the settings ask for have run in {time.monotonic() - begun:.0f} s.")
    print(f"What they made lies in {FOLDER}; the scores mean nothing. Your params.yaml and out/ are as they were.")


def _run_all(asked: list[str]) -> None:
    from kilnmix.classifier.training import parallel
    from kilnmix.commands.searching import run_search
    from kilnmix.config import composition
    from kilnmix.stages import SCOPES
    from kilnmix.stages.runner import everything, execute

    params = composition.write(asked)
    parallel.begin_imports()
    for stage, item in everything(params):
        look, *rest = item if SCOPES[stage] in ("look", "extension") else (None, *item)
        fold, adapter = (*rest, None, None)[:2]
        if stage == "search":
            line = run_search(str(fold), workers=1, only_join=False)
        else:
            line = execute(params, stage, None if fold is None else str(fold), adapter, look)
        print(line, flush=True)
    _wait_for_mlflow()


def _wait_for_mlflow() -> None:
    """Until MLflow has taken what the stages told: that is a part of what is tried here.

    Raises:
        UserError: it has not, or would not.
    """
    import time

    from kilnmix.common.errors import UserError
    from kilnmix.tracking import journal

    last = time.monotonic() + _TELLING_SECONDS
    while journal.folders() and time.monotonic() < last:
        time.sleep(0.2)
    left = [*journal.folders(), *journal.ASIDE.glob("*")]
    if left:
        raise UserError(f"MLflow has not taken what {len(left)} stages told: {', '.join(map(str, left))}.")

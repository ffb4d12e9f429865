"""`kilnmix demo render` and `kilnmix demo build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The demo: render its collection, train its pocket models.", no_args_is_help=True)


@app.callback()
def demo() -> None:
    """The demo: render its collection, train its pocket models."""


@app.command()
def render(
    folder: Annotated[Path, typer.Option(help="Where images/ and labels.csv go.")] = Path("data"),
    seed: Annotated[int, typer.Option(help="Another seed is another collection.")] = 0,
) -> None:
    """Render the demo collection (about 40 s on one core)."""
    import time

    from kilnmix.demo.collection import OBJECTS, render_collection
    from kilnmix.errors import UserError

    if (folder / "labels.csv").exists():
        raise UserError(
            f"{folder} already holds a collection: name another folder with --folder, or move it away first."
        )
    started = time.monotonic()
    rows = render_collection(folder, seed, progress=True)
    typer.echo(f"{len(rows)} photographs of {OBJECTS} objects in {folder} ({time.monotonic() - started:.0f} s)")

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

    from kilnmix.common.errors import UserError
    from kilnmix.demo.collection import OBJECTS, render_collection

    if (folder / "labels.csv").exists():
        raise UserError(
            f"{folder} already holds a collection: name another folder with --folder, or move it away first."
        )
    started = time.monotonic()
    rows = render_collection(folder, seed, progress=True)
    typer.echo(f"{len(rows)} photographs of {OBJECTS} objects in {folder} ({time.monotonic() - started:.0f} s)")


@app.command()
def build(
    out: Annotated[Path, typer.Option(help="Replaced whole when the models are ready.")] = Path("pocket"),
    minutes: Annotated[
        float | None, typer.Option(help="End this piece after so many minutes; run again to go on.")
    ] = None,
    share: Annotated[float, typer.Option(help="Share of the training steps: below 1 for a quick, worse build.")] = 1.0,
) -> None:
    """Train the pocket models from nothing, in pieces that continue where the last one ended.

    Version 2, in one go on two cores beside other work: 99 minutes (125 CPU minutes), of which 22 for the autoencoder
    (34.2 dB on renders it has not seen), 3 for the text encoder, 58 for the base, 9 for the backbone (types 96 % right,
    glazes 81 %) and 7 for 30,000 renders and their latents. pocket/card.json has the figures of the build at hand.
    """
    import os

    # Before torch is imported: threads that wait must not spin, other work may need the core.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from kilnmix.demo.pocket.build import Recipe, hasty, state_name
    from kilnmix.demo.pocket.build import build as work

    recipe = hasty(Recipe(), share) if share < 1 else Recipe()
    state = Path(".kilnmix/demo") / state_name(recipe)
    if not work(out, state, recipe, minutes, typer.echo):
        typer.echo("The minutes are over: run the same command again to go on.")

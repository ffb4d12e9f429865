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

    if folder.is_dir() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty: name another folder with --folder, or move it away first.")
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
    only: Annotated[
        str | None, typer.Option(help="base or backbone: one of the two chains, beside another process.")
    ] = None,
) -> None:
    """Train the pocket models from nothing, in pieces that continue where the last one ended.

    One GPU and 16 cores: minutes. Without a GPU a smaller recipe on two cores: about an hour and a half, and more than
    three where the processor has no instructions for bfloat16. pocket/card.json has the figures of the build at hand;
    the base that comes with the demo is of an earlier recipe.
    """
    import os

    # Before torch is imported: threads that wait must not spin, other work may need the core.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from kilnmix.common.errors import UserError
    from kilnmix.demo.pocket.build import CHAINS, Recipe, for_cpu, hasty, state_name
    from kilnmix.demo.pocket.build import build as work
    from kilnmix.demo.pocket.export import replaceable
    from kilnmix.demo.pocket.loop import device

    if only not in (None, *CHAINS):
        raise UserError(f"--only names {only!r}, which is neither {' nor '.join(CHAINS)}.")
    replaceable(out)
    recipe = Recipe() if device().type == "cuda" else for_cpu(Recipe())
    recipe = hasty(recipe, share) if share < 1 else recipe
    state = Path(".kilnmix/demo") / state_name(recipe)
    if not work(out, state, recipe, minutes, typer.echo, (only,) if only else CHAINS):
        typer.echo("Not all is done: run the same command again to go on.")

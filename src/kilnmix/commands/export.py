"""`kilnmix export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    out: Annotated[Path, typer.Argument(help="The file to write, NAME.safetensors.")],
    fold: Annotated[str, typer.Option(help="The fold whose adapter it is: a number, or all.")] = "0",
    adapter: Annotated[int, typer.Option(help="The adapter's number.")] = 0,
    format_: Annotated[str, typer.Option("--format", help="kohya: what A1111, Forge and ComfyUI load.")] = "kohya",
) -> None:
    """Write a tuned adapter for other programs. Its own file in out/finetune opens in diffusers as it is."""
    import shlex

    from kilnmix.common.errors import UserError
    from kilnmix.common.paths import output
    from kilnmix.config import load
    from kilnmix.generator.adapter.files import WEIGHTS
    from kilnmix.generator.adapter.kohya import export as export_kohya
    from kilnmix.stages.runner import known_adapter, known_fold

    if format_ != "kohya":
        quoted = shlex.quote(str(out))
        raise UserError(f"There is no format {format_!r}: `kilnmix export --format kohya {quoted}`.")
    if out.suffix != ".safetensors":
        quoted = shlex.quote(str(out.with_suffix(".safetensors") if out.name else out / "adapter.safetensors"))
        raise UserError(f"{out} is no name of a .safetensors file: `kilnmix export {quoted}`.")
    if out.exists():
        raise UserError(f"{out} is there already. Name another file, or remove it first.")
    params = load()
    source = output("finetune", known_fold(params, fold), known_adapter(params, adapter)) / WEIGHTS
    modules = export_kohya(source, out, out.stem)
    typer.echo(f"{modules} modules of the adapter in {source.parent}, in kohya's names: {out}")

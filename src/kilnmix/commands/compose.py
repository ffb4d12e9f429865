"""`kilnmix compose`: conf/ into params.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def compose(
    overrides: Annotated[list[str] | None, typer.Argument(help="Such as profile=sd15 classifier.steps=500.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether params.yaml is what conf/ composes.")
    ] = False,
) -> None:
    """Compose conf/ into params.yaml, which is what `dvc repro` reads."""
    from kilnmix.common.errors import UserError
    from kilnmix.config import composition

    if check:
        text, _ = composition.compose(overrides or [])
        if Path("params.yaml").read_text(encoding="utf-8") != text:
            raise UserError("params.yaml is not what conf/ composes. Write it anew with `kilnmix compose`.")
        print("params.yaml is what conf/ composes.")
        return
    params = composition.write(overrides or [])
    print(f"params.yaml: profile {params.profile}, {len(params.folds)} folds, {len(params.adapters)} adapters.")

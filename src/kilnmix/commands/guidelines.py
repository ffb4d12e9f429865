"""`kilnmix guidelines`: several studies side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def guidelines(
    reports: Annotated[list[Path], typer.Argument(help="The reports/ folders of several studies.")],
    to: Annotated[Path, typer.Option(help="The page to write.")] = Path("guidelines.html"),
    language: Annotated[str, typer.Option(help="en or zh")] = "en",
) -> None:
    """Set several studies side by side: where did synthetic images help?"""
    from kilnmix.report.guidelines import page, summaries

    to.write_text(page.render(summaries.load_all(reports), language), encoding="utf-8")
    print(f"guidelines: {len(reports)} studies in {to}.")

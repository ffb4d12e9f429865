"""`kilnmix guidelines`: several studies side by side."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer


def guidelines(
    reports: Annotated[list[Path], typer.Argument(help="The reports/ folders of several studies.")],
    to: Annotated[Path, typer.Option(help="The page to write.")] = Path("guidelines.html"),
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
) -> None:
    """Set several studies side by side: where did synthetic images help?"""
    from kilnmix.common import files
    from kilnmix.common.errors import UserError
    from kilnmix.common.pages.wording import languages
    from kilnmix.report.guidelines import page, summaries

    known = languages("kilnmix.report")
    if language not in known:
        raise UserError(f"--language is {language!r}, in which there is no page; give {' or '.join(known)}.")
    if to.is_dir():
        raise UserError(f"{to} is a folder. Name the page in it: `--to {shlex.quote(str(to / 'guidelines.html'))}`.")
    files.write(to, page.render(summaries.load_all(reports), language))
    print(f"guidelines: {len(reports)} studies in {to}.")

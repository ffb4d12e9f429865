"""`kilnmix export-paper`: what a paper needs of a study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export_paper(
    folder: Annotated[Path, typer.Argument(help="Where the tables, figures and texts go.")] = Path("paper"),
) -> None:
    """Write tables (LaTeX, CSV), figures (PDF), a methods section and references for a paper."""
    from kilnmix.config import load
    from kilnmix.experiment import recorded
    from kilnmix.experiment.comparison import compare
    from kilnmix.report.collect.report_inputs import report_inputs
    from kilnmix.report.paper import files

    params = load()
    recorded.check_settings(params)
    verdict = recorded.recorded_verdict()
    comparison = compare(params)
    recorded.check_verdict(verdict, comparison.verdict.to_json())
    written = files.files(report_inputs(params, comparison))
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in written.items():
        (folder / name).write_bytes(content)
    print(f"export-paper: {len(written)} files in {folder}: {', '.join(sorted(written))}.")

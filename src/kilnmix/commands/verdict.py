"""`kilnmix verdict`: what the study found, in the terminal."""

from __future__ import annotations


def verdict() -> None:
    """Tell what was learnt and what to do: a sentence a task, as the report has them."""
    from kilnmix.common.commands import runnable
    from kilnmix.common.errors import UserError
    from kilnmix.common.paths import REPORTS
    from kilnmix.report.sentences.summary import FILE

    path = REPORTS / FILE
    try:
        print(runnable(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise UserError(f"{path} is missing. Compare the arms first: `dvc repro compare`.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read ({error}). Make it anew: `dvc repro compare`.") from error
    print(f"The report: {REPORTS / 'report.html'}")

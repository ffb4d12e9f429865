import io
import sys

import pytest

from kilnmix.common.progress import bar


def test_a_bar_without_a_terminal_is_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    with bar(4, "trainings", "run") as progress:
        progress.update(4)
    assert log.getvalue().isascii()
    assert "trainings: 100%" in log.getvalue() and "4/4" in log.getvalue()

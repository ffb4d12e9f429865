"""`kilnmix verdict`."""

from __future__ import annotations

from pathlib import Path

import pytest

from kilnmix.commands.verdict import verdict
from kilnmix.common.errors import UserError


def test_the_text_and_where_the_report_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="dvc repro compare"):
        verdict()
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "summary.txt").write_text("They help type.\n", encoding="utf-8")
    verdict()
    assert capsys.readouterr().out == "They help type.\n\nThe report: reports/report.html\n"
    (tmp_path / "reports" / "summary.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="cannot be read"):
        verdict()

"""What a console or a number that is none must not turn into a traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kilnmix import cli
from kilnmix.common.errors import UserError
from kilnmix.generator.drawing.draw import parse_shard
from tests.tiny_project import REPOSITORY


@pytest.mark.parametrize("text", ["²/8", "1/²", "1/" + "9" * 5000, "1/8/9", "-1/8", "/", ""])
def test_a_part_that_is_none(text: str) -> None:
    with pytest.raises(UserError, match="--shard takes a part and their number, such as 2/8"):
        parse_shard(text)


@pytest.mark.parametrize("fold", ["²", "x", "-1", "9" * 5000, "", "０", "All"])
@pytest.mark.parametrize("command", ["encode", "train --only real", "export a.safetensors"])
def test_a_fold_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, fold: str
) -> None:
    shutil.copyfile(REPOSITORY / "params.yaml", tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["kilnmix", *command.split(), f"--fold={fold}"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert f"There is no fold {fold!r}: params.yaml names the folds" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


@pytest.mark.parametrize(
    "console",
    [
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "ascii:strict"},
    ],
)
def test_a_console_without_chinese_shows_what_it_can(tmp_path: Path, console: dict[str, str]) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "summary.txt").write_text("glaze: 青釉 helps", encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "kilnmix.cli", "verdict"],
        cwd=tmp_path,
        env={**os.environ, **console},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.splitlines()[0] == rb"glaze: \u9752\u91c9 helps"

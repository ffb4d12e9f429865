"""How DVC starts a stage."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import yaml

PIPELINE = Path(__file__).parents[2] / "dvc.yaml"


def test_a_stage_is_the_child_of_dvc_itself_and_not_of_a_shell(tmp_path: Path) -> None:
    """A watch on the parent would otherwise see the shell, which outlives a killed DVC."""
    start = next(entry["run"] for entry in yaml.safe_load(PIPELINE.read_text(encoding="utf-8"))["vars"])
    program = tmp_path / ".venv" / "bin" / "kilnmix"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho $PPID $1\n")
    program.chmod(0o755)
    environment = {**os.environ, "DVC_ROOT": str(tmp_path)}
    answer = subprocess.run(
        ["/bin/sh", "-c", f"{start} prepare"], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == [str(os.getpid()), "prepare"]

"""What a stage imports stands in dvc.yaml, nothing missing and nothing in excess, so that it runs again just when its
code has changed. `python tests/test_dependencies.py --write` writes dvc.yaml's lines anew."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml

from kilnmix.common.code import PACKAGE, has_code, sources
from kilnmix.stages import SCOPES

PROJECT = Path(__file__).parents[1]
PIPELINE = PROJECT / "dvc.yaml"


def expected(stage: str) -> list[str]:
    """The shortest list of folders and files that holds what a stage's results follow from, and no other code."""
    reached = set(sources(f"kilnmix.stages.{stage}"))
    own = f"src/kilnmix/stages/{stage}.py"
    return [own, *(line for line in _cover(PACKAGE, reached) if line != own)]


def _cover(folder: Path, reached: set[Path]) -> list[str]:
    code = [path for path in folder.rglob("*.py") if path.name != "__init__.py" or has_code(path)]
    inside = [path for path in code if path in reached]
    if not inside:
        return []
    if len(inside) == len(code) and folder != PACKAGE:
        return [_line(folder)]
    lines = []
    for entry in sorted(folder.iterdir(), key=lambda path: path.name):
        if entry in reached:
            lines.append(_line(entry))
        elif entry.is_dir() and entry.name != "__pycache__":
            # A folder of templates or texts goes with the code beside it.
            data = not any(entry.rglob("*.py"))
            lines += (
                [_line(entry)] if data and any(path.parent == folder for path in inside) else _cover(entry, reached)
            )
    return lines


def _line(path: Path) -> str:
    return path.relative_to(PACKAGE.parents[1]).as_posix()


@pytest.mark.parametrize("stage", list(SCOPES))
def test_a_stages_code_is_among_its_dependencies_and_no_other(stage: str) -> None:
    listed = yaml.safe_load(PIPELINE.read_text(encoding="utf-8"))["stages"][stage]["deps"]
    assert [line for line in listed if line.startswith("src/")] == expected(stage)


READ = re.compile(r"\bparams\.([a-z_]+(?:\.[a-z_]+)*)")
ELSEWHERE = {"report.language", "collection.folder"}
"""Settings that a stage's last line names a page by, or that stand among what an earlier stage leaves."""


@pytest.mark.parametrize("stage", list(SCOPES))
def test_the_settings_that_a_stage_names_are_among_its_parameters(stage: str) -> None:
    listed = yaml.safe_load(PIPELINE.read_text(encoding="utf-8"))["stages"][stage]["params"]
    found = READ.findall((PACKAGE / "stages" / f"{stage}.py").read_text(encoding="utf-8"))
    named = {name.removesuffix(".model_dump") for name in found} - ELSEWHERE

    def covered(setting: str) -> bool:
        return any(f"{setting}.".startswith(f"{own}.") or own.startswith(f"{setting}.") for own in listed)

    assert {setting for setting in named if not covered(setting)} == set()


def test_another_language_makes_nothing_anew_but_the_report() -> None:
    stages = yaml.safe_load(PIPELINE.read_text(encoding="utf-8"))["stages"]
    listed = {
        name for name, stage in stages.items() for param in stage["params"] if "report.language".startswith(param)
    }
    assert listed == {"compare"}


def test_no_training_hangs_on_the_statistics_of_verdicts() -> None:
    for stage in ("train", "search", "confirm", "refit"):
        names = {path.relative_to(PACKAGE).as_posix() for path in sources(f"kilnmix.stages.{stage}")}
        assert not names & {"statistics/verdicts.py", "statistics/intervals.py", "statistics/variance.py"}
        assert not any(name.startswith("report/") for name in names)


def write() -> None:
    """Puts the expected lines into dvc.yaml, each stage's in the place of its first one."""
    lines, stage, done = [], "", False
    for line in PIPELINE.read_text(encoding="utf-8").splitlines():
        if line.startswith("  ") and line[2] not in " -#" and line.rstrip().endswith(":"):
            stage, done = line.strip(" :"), False
        if line.strip().startswith("- src/"):
            if not done:
                lines += [f"      - {entry}" for entry in expected(stage)]
            done = True
        else:
            lines.append(line)
    PIPELINE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__" and "--write" in sys.argv:
    write()

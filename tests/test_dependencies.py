"""What a stage imports stands in dvc.yaml, so that changed code runs the stage again."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

from kilnmix.stages import SCOPES

PROJECT = Path(__file__).parents[1]
SOURCE = PROJECT / "src"
STAGES = yaml.safe_load((PROJECT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
# They say how results are told, kept and refused, never what they are. Settings come in by way of params.
WITHOUT_RESULTS = {"config", "errors", "progress", "quiet", "tracking", "served", "stages", "stages.outputs"}


class _Imports(ast.NodeVisitor):
    def __init__(self) -> None:
        self.names: list[str] = []

    def visit_If(self, node: ast.If) -> None:
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.names += [alias.name for alias in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.names += [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]


def file_of(module: str) -> Path | None:
    place = SOURCE / Path(*module.split("."))
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.exists():
            return path
    return None


def reached(stage: str) -> set[Path]:
    """Every file of the project that a stage's module imports, directly or by way of others, inside functions too."""
    seen: set[Path] = set()
    waiting = [f"kilnmix.stages.{stage}"]
    while waiting:
        module = waiting.pop()
        path = file_of(module)
        if path is None or path in seen or module.removeprefix("kilnmix.") in WITHOUT_RESULTS:
            continue
        seen.add(path)
        visitor = _Imports()
        visitor.visit(ast.parse(path.read_text(encoding="utf-8")))
        waiting += [name for name in visitor.names if name.startswith("kilnmix.")]
    return {path for path in seen if path.read_text(encoding="utf-8").strip() and path.name != "__init__.py"}


@pytest.mark.parametrize("stage", list(SCOPES))
def test_a_stages_code_is_among_its_dependencies(stage: str) -> None:
    listed = [PROJECT / path for path in STAGES[stage]["deps"] if path.startswith("src/")]
    missing = [
        str(path.relative_to(PROJECT))
        for path in sorted(reached(stage))
        if not any(path == place or place in path.parents for place in listed)
    ]
    assert not missing
    assert all(place.exists() for place in listed)
    assert any(file_of(f"kilnmix.stages.{stage}") == place for place in listed)

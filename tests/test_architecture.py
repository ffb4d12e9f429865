"""The plan of the house: which room may import which, and how large files and functions may be. docs/architecture.md
shows the same arrows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from kilnmix.common.code import PACKAGE, imports

ROOMS = {
    "common": set(),
    "config": {"common"},
    "statistics": set(),
    "demo": {"common"},
    "collection": {"common", "config"},
    "generator": {"common", "config", "collection"},
    "classifier": {"common", "config", "collection", "statistics"},
    "curation": {"common", "config", "collection", "classifier", "generator"},
    "tracking": {"common", "config", "collection", "classifier"},
    "experiment": {"common", "config", "collection", "classifier", "curation", "statistics", "tracking"},
    "report": {
        *{"common", "config", "collection", "classifier", "generator", "curation", "statistics", "tracking"},
        "experiment",
    },
    "stages": {
        *{"common", "config", "collection", "classifier", "generator", "curation", "statistics", "tracking"},
        *{"experiment", "report"},
    },
    "commands": {
        *{"common", "config", "collection", "classifier", "generator", "curation", "statistics", "tracking"},
        *{"experiment", "report", "stages", "demo"},
    },
    "cli": {"common", "commands"},
}
"""Room -> the rooms that its files may import."""
FILES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES, MEAN_LINES, MOST_FUNCTION_LINES, MOST_PARAMETERS, MOST_STAGE_LINES = 320, 115, 60, 7, 60


def room(name: str) -> str:
    return name.split(".")[1]


def module(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_imports_only_what_it_may(name: str) -> None:
    own = [path for path in FILES if path.relative_to(PACKAGE).parts[0].removesuffix(".py") == name]
    arrows = {(module(path), other) for path in own for other in imports(path) if "." in other}
    assert not {arrow for arrow in arrows if room(arrow[1]) not in ROOMS[name] | {name}}


def test_every_room_is_on_the_plan() -> None:
    assert {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in FILES} == {*ROOMS, "__init__"}
    page = (PACKAGE.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert all(f"`{name}/`" in page for name in ROOMS if name != "cli")


def test_statistics_import_nothing_of_the_project_but_errors() -> None:
    for path in (PACKAGE / "statistics").rglob("*.py"):
        assert {name.split(".")[1] for name in imports(path) if "." in name} <= {"statistics", "common"}
        assert all("common" not in name or name.startswith("kilnmix.common.errors") for name in imports(path))
        outside = re.findall(r"^\s*(?:import|from) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert not {"torch", "pandas", "mlflow", "optuna", "sklearn", "pydantic", "pathlib"} & set(outside)


def test_a_stage_imports_no_other_stage() -> None:
    for path in (PACKAGE / "stages").glob("*.py"):
        if path.stem not in ("__init__", "runner"):
            assert {name for name in imports(path) if name.startswith("kilnmix.stages.")} <= {"kilnmix.stages.Outcome"}


def test_no_module_imports_itself_by_way_of_others() -> None:
    known = {module(path): path for path in FILES if path.name != "__init__.py"}
    graph = {name: {other for other in imports(path) if other in known} for name, path in known.items()}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way[way.index(name) :], name))
        if name not in done:
            for other in graph[name]:
                visit(other, (*way, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_files_are_of_readable_size() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {path.name for path, count in lines.items() if count > MOST_LINES} == set()
    assert sum(lines.values()) / len(lines) <= MEAN_LINES
    stages = [path for path in (PACKAGE / "stages").glob("*.py") if path.stem not in ("__init__", "runner")]
    assert {path.name for path in stages if _code_lines(path) > MOST_STAGE_LINES} == set()


def _code_lines(path: Path) -> int:
    """Lines of a stage's functions, without imports and docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    run = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "run")
    assert run.end_lineno is not None
    return run.end_lineno - run.lineno + 1


def test_long_functions_and_many_parameters_have_a_reason() -> None:
    """A comment right before the function gives it."""
    without = []
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                arguments = [
                    argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                ]
                count = len([name for name in arguments if name not in ("self", "cls")])
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                assert node.end_lineno is not None
                large = node.end_lineno - node.lineno + 1 > MOST_FUNCTION_LINES or count > MOST_PARAMETERS
                if large and not text.splitlines()[first - 2].strip().startswith("#"):
                    without.append(f"{module(path)}.{node.name}")
    assert not without

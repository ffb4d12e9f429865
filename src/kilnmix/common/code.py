"""Which files of this project a module's results follow from: the module and all that it imports, found by parsing."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import kilnmix

PACKAGE = Path(kilnmix.__file__).parent
WITHOUT_RESULTS = (
    "kilnmix.config",
    "kilnmix.tracking",
    "kilnmix.stages.runner",
    "kilnmix.common.code",
    "kilnmix.common.digests",
    "kilnmix.common.environment",
    "kilnmix.common.errors",
    "kilnmix.common.files",
    "kilnmix.common.paths",
    "kilnmix.common.processes",
    "kilnmix.common.progress",
)
"""Modules that say how results are told, kept and refused, never what they are. Settings enter digests as values."""


class _Imports(ast.NodeVisitor):
    """Names of imported modules, and of what is imported from them; imports for type checkers are passed over."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for statement in node.orelse:
                self.visit(statement)
        else:
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.names += [alias.name for alias in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.names += [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]


def file_of(module: str) -> Path | None:
    """The file of a module of this project by its dotted name; None for what is no module of it."""
    head, *rest = module.split(".")
    if head != PACKAGE.name:
        return None
    place = PACKAGE.joinpath(*rest)
    return next((path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()), None)


@functools.cache
def imports(path: Path) -> tuple[str, ...]:
    """Dotted names of this project that a file imports, inside functions too."""
    visitor = _Imports()
    visitor.visit(ast.parse(path.read_text(encoding="utf-8")))
    return tuple(name for name in visitor.names if name.split(".")[0] == PACKAGE.name)


@functools.cache
def sources(*modules: str) -> tuple[Path, ...]:
    """The files that the results of some modules follow from, in order; packages' files without code are left out.

    Raises:
        ValueError: there is no such module.
    """
    for module in modules:
        if file_of(module) is None:
            raise ValueError(f"there is no module {module}")
    seen: set[Path] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        path = file_of(module)
        if path is None or path in seen or _without_results(module):
            continue
        seen.add(path)
        waiting += imports(path)
        package = module.rpartition(".")[0]
        if package:
            waiting.append(package)
    return tuple(sorted(path for path in seen if path.name != "__init__.py" or has_code(path)))


def has_code(path: Path) -> bool:
    """Whether a Python file holds more than its docstring."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in body)


def _without_results(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in WITHOUT_RESULTS)

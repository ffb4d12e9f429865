"""Which files a module's results follow from, in a small package of its own."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from kilnmix.common import code


def test_files_of_modules_and_packages() -> None:
    assert code.file_of("kilnmix.common.code") == code.PACKAGE / "common" / "code.py"
    assert code.file_of("kilnmix.common") == code.PACKAGE / "common" / "__init__.py"
    assert code.file_of("kilnmix.common.code.PACKAGE") is None
    assert code.file_of("numpy.random") is None


def test_imports_inside_functions_count_and_those_for_type_checkers_do_not(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(
        "import numpy\nimport kilnmix.config as c\nfrom kilnmix.common import seeds\n"
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import kilnmix.demo\nelse:\n    import kilnmix.cli\n"
        "def f():\n    from kilnmix.statistics.scores import score\n"
    )
    assert code.imports(path) == (
        "kilnmix.config", "kilnmix.common", "kilnmix.common.seeds", "kilnmix.cli", "kilnmix.statistics.scores",
        "kilnmix.statistics.scores.score",
    )  # fmt: skip


def test_sources_are_what_python_loads(tmp_path: Path) -> None:
    """Files of the project that a fresh interpreter has loaded, without those that only tell of results."""
    module = "kilnmix.statistics.verdicts"
    program = f"import sys, {module}; print([m.__file__ for n, m in sys.modules.items() if n.startswith('kilnmix')])"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    loaded = {Path(path) for path in ast.literal_eval(printed)}
    told = {code.file_of(name) for name in code.WITHOUT_RESULTS}
    expected = {path for path in loaded - told if path.name != "__init__.py" or code.has_code(path)}
    assert set(code.sources(module)) == expected
    assert code.PACKAGE / "statistics" / "intervals.py" in expected


def test_a_module_that_is_not_there() -> None:
    with pytest.raises(ValueError, match=r"no module kilnmix\.nothing"):
        code.sources("kilnmix.nothing")


def test_a_docstring_is_no_code(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    for text, has in (("", False), ('"""Only this."""\n', False), ('"""This."""\nx = 1\n', True)):
        path.write_text(text)
        assert code.has_code(path) is has

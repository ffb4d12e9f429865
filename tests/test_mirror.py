"""Tests mirror the code: each module of src/kilnmix has a test at the same place under tests/."""

from __future__ import annotations

from pathlib import Path

from kilnmix.common.code import PACKAGE, has_code

TESTS = Path(__file__).parent
TINY = 40
"""Lines below which a test of the module's package is enough."""
ELSEWHERE = {
    "stages/": ("pipeline/test_pipeline.py", "every stage runs there, one after another, on a tiny collection"),
    "experiment/comparison.py": ("pipeline/test_pipeline.py", "joins the outputs of all folds, which stages leave"),
    "experiment/search_tables.py": ("experiment/test_search.py", "writes what a search there has found"),
    "commands/frontier.py": ("pipeline/test_frontier.py", "needs judges and an adapter, which stages leave"),
    "report/collect/report_inputs.py": ("pipeline/test_pipeline.py", "needs the outputs of all stages"),
    "classifier/answers.py": ("classifier/test_predict_files.py", "writes what predictions of files there say"),
    "classifier/app/desk.py": ("classifier/app/test_server.py", "answers what the server there is asked for"),
    "collection/museums/work.py": ("collection/museums/test_met.py", "holds values; museums fill them in"),
    "demo/piece.py": ("demo/test_recipes.py", "holds values; recipes fill them in"),
}
"""Module, or a folder of them -> the test that covers it, and why it stands there."""


def _modules() -> dict[str, Path]:
    """Path below the package -> file; those that hold code."""
    return {
        path.relative_to(PACKAGE).as_posix(): path
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name != "__init__.py" or has_code(path)
    }


def _own(name: str) -> Path:
    """Where a module's test is: tests/ROOM/test_MODULE.py, for a package's own code tests/ROOM/test_PACKAGE.py."""
    path = Path(name)
    return TESTS / (
        path.parent.parent / f"test_{path.parent.name}.py"
        if path.name == "__init__.py"
        else path.with_name(f"test_{path.name}")
    )


def _entry(name: str) -> str | None:
    return next((key for key in ELSEWHERE if name == key or (key.endswith("/") and name.startswith(key))), None)


def _is_tested(name: str, path: Path) -> bool:
    tiny = len(path.read_text(encoding="utf-8").splitlines()) < TINY
    return _own(name).exists() or (tiny and any((TESTS / name).parent.glob("test_*.py")))


def test_each_module_has_a_test_at_its_place() -> None:
    modules = _modules()
    assert len(modules) > 300
    without = [name for name, path in modules.items() if not _is_tested(name, path) and _entry(name) is None]
    assert not without, "write tests/ROOM/test_MODULE.py, or name in ELSEWHERE the test that covers it"


def test_what_is_covered_elsewhere_has_no_test_of_its_own_and_the_other_one_is_there() -> None:
    modules = _modules()
    for key, (test, why) in ELSEWHERE.items():
        members = [name for name in modules if name == key or (key.endswith("/") and name.startswith(key))]
        assert members, f"{key} is gone"
        assert any(not _is_tested(name, modules[name]) for name in members), f"{key} has a test of its own now"
        assert (TESTS / test).exists() and why


def test_no_test_stands_where_no_module_is() -> None:
    """But those of a whole room, of the pipeline, of faults, of the benches and of the repository itself."""
    packages = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*") if path.is_dir()}
    rooms = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py") for path in [path.parent]}
    assert rooms - packages - {".", "pipeline", "faults", "bench"} == set()

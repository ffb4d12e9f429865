from pathlib import Path

from tests.commands.conftest import Run


def test_a_collection_that_is_there_is_not_drawn_over(project: Path, run: Run) -> None:
    Path("data").mkdir()
    Path("data/labels.csv").write_text("image\nmine.jpg\n")
    status, _, told = run("demo", "render")
    assert status == 2 and "data already holds a collection: name another folder with --folder" in told
    assert Path("data/labels.csv").read_text() == "image\nmine.jpg\n"


def test_chains_that_are_none_and_help(project: Path, run: Run) -> None:
    status, _, told = run("demo", "build", "--only", "head")
    assert status == 2 and "--only names 'head', which is neither base nor backbone." in told
    status, out, _ = run("demo", "--help")
    assert status == 0 and "render" in out and "build" in out

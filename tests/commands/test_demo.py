from pathlib import Path

from tests.commands.conftest import Run


def test_a_folder_that_holds_anything_is_not_drawn_over(project: Path, run: Run) -> None:
    mine = Path("data/images/p0001.jpg")
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    status, _, told = run("demo", "render")
    assert status == 2 and "data is not empty: name another folder with --folder" in told
    assert mine.read_bytes() == b"mine"


def test_a_folder_of_something_else_is_not_replaced_by_pocket_models(project: Path, run: Run) -> None:
    Path("photographs").mkdir()
    Path("photographs/mine.jpg").write_bytes(b"mine")
    for out in ("photographs", "photographs/mine.jpg"):
        status, _, told = run("demo", "build", "--out", out, "--minutes", "0")
        assert status == 2 and f"{out} holds something else than pocket models" in told
    assert Path("photographs/mine.jpg").read_bytes() == b"mine"


def test_chains_that_are_none_and_help(project: Path, run: Run) -> None:
    status, _, told = run("demo", "build", "--only", "head")
    assert status == 2 and "--only names 'head', which is neither base nor backbone." in told
    status, out, _ = run("demo", "--help")
    assert status == 0 and "render" in out and "build" in out

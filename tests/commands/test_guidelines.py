"""`kilnmix guidelines` as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands.conftest import Run

ARM = {"verdict": "helps", "vs_real": {"against": "real", "delta": 0.1, "low": 0.0, "high": 0.2, "se": 0.05}}


def test_a_page_and_what_cannot_be_written(project: Path, run: Run) -> None:
    Path("reports").mkdir()
    Path("reports/verdict.json").write_text(json.dumps({"tasks": {"type": {"arms": {"mix": ARM}}}}))
    status, out, _ = run("guidelines", ".", "--to", "page.html", "--language", "zh")
    assert status == 0 and "1 studies in page.html" in out and "藏品" in Path("page.html").read_text(encoding="utf-8")
    status, _, told = run("guidelines", ".", "--to", "nowhere/g.html")
    assert status == 2 and "there is no folder nowhere. Make it (`mkdir -p nowhere`)" in told and "repro" not in told
    status, _, told = run("guidelines", ".", "--language", "fr")
    assert status == 2 and "--language is 'fr', in which there is no page; give en or zh." in told


def test_a_folder_is_no_page(project: Path, run: Run) -> None:
    Path("reports").mkdir()
    Path("reports/verdict.json").write_text(json.dumps({"tasks": {"type": {"arms": {"mix": ARM}}}}))
    Path("pages").mkdir()
    status, _, told = run("guidelines", ".", "--to", "pages")
    assert status == 2 and "pages is a folder. Name the page in it: `--to pages/guidelines.html`." in told
    assert list(Path("pages").iterdir()) == [] and not Path(".pages.new").exists()
    status, _, _ = run("guidelines", ".", "--to", "pages/guidelines.html")
    assert status == 0 and Path("pages/guidelines.html").exists()

"""The page in a real browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kilnmix.collection.prepared import Prepared
from tests.classifier.app.conftest import png

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: the page is not looked at")


def test_photographs_are_shown_explained_and_corrected(address: str, shapes: Prepared, tmp_path: Path) -> None:
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the page is not looked at")
    good, bad = tmp_path / "red <b>.png", tmp_path / "notes.png"
    good.write_bytes(png(shapes.pixels[0]))
    bad.write_bytes(b"no picture")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(180_000)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.set_input_files("#files", [str(good)])
        page.get_by_role("heading", name="red <b>.png").wait_for()
        page.get_by_text("colour: red").first.wait_for()
        page.get_by_role("button", name="Where does each answer come from?").click()
        page.get_by_alt_text("colour: where the answer comes from").wait_for()
        page.get_by_label("colour").fill("green")
        page.get_by_role("button", name="Note it").click()
        page.get_by_text("Noted with corrections/images/red_b-").wait_for()
        page.set_input_files("#files", [str(bad)])
        page.get_by_role("alert").get_by_text("notes.png: the file is no picture").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.screenshot(path=str(tmp_path / "page.png"), full_page=True)
        # Nothing comes from elsewhere.
        assert all(url.startswith((address, "data:", "blob:")) for url in asked)
        browser.close()
    assert Path("corrections/labels.csv").read_text().splitlines()[1].endswith(",green")

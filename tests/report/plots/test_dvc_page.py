"""The page of `dvc plots`, opened in a real browser without a network."""

from __future__ import annotations

import configparser
import shutil
from pathlib import Path

import pytest
from dvc_render import VegaRenderer
from dvc_render.html import render_html

from kilnmix.report.plots import plot

REPOSITORY = Path(__file__).parents[3]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def page(folder: Path) -> Path:
    """A page of one plot, made by dvc with the repository's template."""
    config = configparser.ConfigParser()
    config.read_string("\n".join(line.strip() for line in (REPOSITORY / ".dvc/config").read_text().splitlines()))
    points = [{"rev": rev, "arm": str(arm), "f1": 0.5 + arm / 10} for rev in ("a", "b") for arm in (1, 2)]
    renderer = VegaRenderer(points, "scores", x="arm", y="f1", template="linear")
    target = folder / "dvc_plots" / "index.html"
    render_html([renderer], target, REPOSITORY / ".dvc" / config["plots"]["html_template"])
    return target


def test_the_page_is_drawn_without_a_network(tmp_path: Path) -> None:
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH: the page is not opened")
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the page is not opened")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "vega.js").write_text(plot.library(), encoding="utf-8")  # as the Makefile does
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page()
        opened.set_default_timeout(120_000)
        asked: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(page(tmp_path).as_uri())
        opened.wait_for_selector("canvas, svg.marks")
        browser.close()
    assert [url for url in asked if not url.startswith("file:")] == []


def test_without_the_library_it_is_fetched_as_dvc_does(tmp_path: Path) -> None:
    text = page(tmp_path).read_text(encoding="utf-8")
    assert '<template id="fetched">' in text and "vega-embed@" in text
    assert "{scripts}" not in text and "{plot_divs}" not in text

"""The gallery of a pool: what it holds, and in a real browser what keys do and what is read back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kilnmix.collection.prepared import Task
from kilnmix.curation import vetoes
from kilnmix.curation.accepted import Curated
from kilnmix.curation.pages import gallery
from kilnmix.curation.vetoes import Veto

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
TASKS = (Task("glaze", ("celadon", "red"), {"celadon": "celadon", "red": "</script><red>"}, {"celadon": "青釉"}),)
COUNT = 250
STATUS = ["accepted", "memorised", "accepted"]
CURATED = Curated(
    ids=[f"{number:06d}" for number in range(COUNT)],
    status=[STATUS[number % 3] for number in range(COUNT)],
    nearest=["x.png"] * COUNT,
    similarity=np.linspace(0, 1, COUNT),
    asked=np.array([[(0, 1, -1)[number % 3]] for number in range(COUNT)]),
    probability=np.full((COUNT, 1), 0.25, np.float32),
    masked=np.arange(COUNT)[:, None] % 3 == 0,
    neighbours=[["y.png", "x.png"]] * COUNT,
    faults={"empty": np.arange(COUNT) == 4},
)
POOL = gallery.Shown(
    place=(0, 1),
    picture=lambda row: np.full((8, 8, 3), row % 250, np.uint8),
    photograph=lambda name: np.full((8, 8, 3), 120, np.uint8),
    vetoes=[Veto("0", "0", "000009", "of another pool"), Veto("0", "1", "000002", "seen before")],
    file="conf/vetoes.csv",
)


def test_what_is_on_the_page() -> None:
    pages = gallery.pages(POOL, TASKS, CURATED)
    assert list(pages) == ["gallery.html", "gallery.zh.html"]
    page = pages["gallery.html"]
    assert 'href="gallery.zh.html">中文</a>' in page and 'href="gallery.html">English</a>' in pages["gallery.zh.html"]
    assert "Synthetic images of fold 0, adapter 1" in page
    assert "<code>conf/vetoes.csv</code>" in page
    assert "</script><red>" not in page
    assert page.count('id="image-') == 3
    assert page.count('id="photograph-') == 1
    assert "http" not in page.replace("http-equiv", "")
    assert '["x.png","y.png"]' in page
    unnamed = gallery.Shown(("all", 0), POOL.picture, POOL.photograph, [], "")
    chinese = gallery.pages(unnamed, TASKS, CURATED)["gallery.zh.html"]
    assert '<html lang="zh-Hans">' in chinese
    assert "青釉" in chinese and "训练照片的翻版" in chinese
    assert "<code>curation.vetoes</code> 所指的文件" in chinese


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH: the gallery is not looked at")
    sync = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: the gallery is not looked at"
    )
    for name, content in gallery.pages(POOL, TASKS, CURATED).items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1200, "height": 800})
        opened.set_default_timeout(120_000)
        opened.goto((tmp_path / "gallery.html").as_uri())
        yield opened
        browser.close()


def test_keys_rule_out_and_comment_and_the_export_is_what_curate_reads(page: Page, tmp_path: Path) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    assert page.locator("#count").inner_text() == "250 of 250 images, 2 ruled out"
    assert page.locator("#name").inner_text() == "000000"
    page.keyboard.press("v")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator("#comment").input_value() == "seen before"
    page.keyboard.press("v")  # taken back
    page.keyboard.press("ArrowRight")
    page.keyboard.press("c")
    page.keyboard.type('a "handle", =doubled')
    page.keyboard.press("Escape")
    page.keyboard.press("End")
    assert page.locator("#name").inner_text() == "000249"
    with page.expect_download() as waiting:
        page.keyboard.press("e")
    assert waiting.value.suggested_filename == "vetoes.csv"
    waiting.value.save_as(tmp_path / "vetoes.csv")
    found = vetoes.read(tmp_path / "vetoes.csv")
    assert {veto.image: veto.comment for veto in found} == {
        "0/0/000009": "of another pool", "0/1/000000": "", "0/1/000003": 'a "handle", =doubled',
    }  # fmt: skip
    assert vetoes.of_pool(found, 0, 1, CURATED.ids, None) == {"000000", "000003"}
    assert not faults


def test_filters_and_what_stands_beside(page: Page) -> None:
    page.select_option("#reason", "memorised")
    assert page.locator("#count").inner_text().startswith("83 of 250")
    page.fill("#from", "0.5")
    page.locator("#from").dispatch_event("change")
    assert page.locator(".tile").count() == sum(number % 3 == 1 and number / 249 >= 0.5 for number in range(250))
    assert page.locator("#beside figcaption").all_inner_texts()[1] == "y.png"
    assert "x.png · copy score" in page.locator("#beside figcaption").first.inner_text()
    assert page.locator("#labels li").inner_text() == "glaze: </script><red> · judges give 25 %"
    page.select_option("#reason", "")
    page.fill("#from", "0")
    page.select_option("#fault", "empty")
    assert page.locator(".tile").count() == 1
    page.select_option("#label", "0:0")
    assert page.locator("#name").inner_text() == "No image fits."

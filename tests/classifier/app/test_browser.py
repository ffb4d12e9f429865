"""The page in a real browser."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from kilnmix.classifier.app.corrections import Corrections
from kilnmix.classifier.app.desk import Desk
from kilnmix.classifier.predict_files import Predictor
from kilnmix.collection import intake
from kilnmix.collection.prepared import Prepared
from tests import composed
from tests.classifier.app.conftest import ColoursAndForms, png, serving

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
        said: list[str] = []
        page.expose_function("heard", lambda text: said.append(text))
        page.evaluate("""new MutationObserver((seen) => seen.forEach(({ target }) => heard(target.textContent)))
            .observe(document.getElementById("busy"), { childList: true })""")
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
        page.wait_for_function("!document.getElementById('busy').textContent")
        assert said == ["Looking at one photograph …", "", "Looking at one photograph …", ""]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.screenshot(path=str(tmp_path / "page.png"), full_page=True)
        # Nothing comes from elsewhere.
        assert all(url.startswith((address, "data:", "blob:")) for url in asked)
        browser.close()
    assert Path("corrections/labels.csv").read_text().splitlines()[1].endswith(",green")


def test_only_what_the_person_set_or_confirmed_is_noted(desk: Desk, shapes: Prepared, tmp_path: Path) -> None:
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the page is not looked at")
    picture = tmp_path / "a.png"
    picture.write_bytes(png(shapes.pixels[0]))
    predictor = Predictor(ColoursAndForms(), {"colour": 0.5, "form": 0.1})
    both = Desk(predictor, Corrections(Path("corrections"), ["colour", "form"]))

    def noted() -> list[list[str]]:
        with Path("corrections/labels.csv").open(newline="") as table:
            return [row[1:] for row in csv.reader(table)]

    with serving(both) as address, sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(180_000)
        page.goto(address)
        page.set_input_files("#files", [str(picture)])
        note = page.get_by_role("button", name="Note it")
        note.click()
        page.get_by_role("alert").get_by_text("holds no label, and nothing was noted").wait_for()
        assert not Path("corrections/labels.csv").exists()
        assert page.get_by_label("form").get_attribute("placeholder") == "disc"
        page.get_by_label("colour").fill("green")
        note.click()
        page.get_by_text(": colour green").wait_for()
        assert noted() == [["colour", "form"], ["green", ""]]
        page.get_by_role("button", name="Yes: disc").click()
        note.click()
        page.get_by_text(": colour green, form disc").wait_for()
        assert noted()[1:] == [["green", "disc"]]
        page.get_by_label("colour").fill("")
        note.click()
        page.get_by_text(": form disc").wait_for()
        assert noted()[1:] == [["", "disc"]]
        page.screenshot(path=str(tmp_path / "page.png"), full_page=True)
        browser.close()


def test_photographs_dropped_with_the_mouse_are_corrected_and_imported(
    address: str, shapes: Prepared, tmp_path: Path
) -> None:
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the page is not looked at")
    photographs = [tmp_path / "碗 1.png", tmp_path / "碗 2.png"]
    for number, path in enumerate(photographs):
        path.write_bytes(png(shapes.pixels[number]))
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 900, "height": 900})
        page.set_default_timeout(180_000)
        page.goto(address)
        box = page.locator("#drop").bounding_box()
        assert box is not None
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        files = {"items": [], "files": [str(path) for path in photographs], "dragOperationsMask": 1}
        browser_side = page.context.new_cdp_session(page)
        for event in ("dragEnter", "dragOver"):
            browser_side.send("Input.dispatchDragEvent", {"type": event, **place, "data": files})
        page.locator("#drop.over").wait_for()
        browser_side.send("Input.dispatchDragEvent", {"type": "drop", **place, "data": files})
        for path, colour in zip(photographs, ("vermilion", "jade"), strict=True):
            card = page.locator("article").filter(has=page.get_by_role("heading", name=path.name))
            card.get_by_label("colour").fill(colour)
            card.get_by_role("button", name="Note it").click()
            card.get_by_text("Noted with corrections/images/").wait_for()
        browser.close()
    settings = composed.settings("collection=default").collection.model_copy(
        update={"tasks": ("colour",), "vocabulary": composed.CONF / "vocabulary.yaml", "folder": tmp_path / "data"}
    )
    planned = intake.plan(intake.Source(Path("corrections"), Path("corrections/labels.csv")), settings)
    imported = intake.carry_out(planned)
    assert (imported.rows, imported.matched, imported.pictures) == (2, 2, 2)
    table = (tmp_path / "data" / "labels.csv").read_text(encoding="utf-8").splitlines()
    assert table[0].split(",")[:2] == ["image", "colour"]
    assert sorted(line.split(",")[1] for line in table[1:]) == ["jade", "vermilion"]

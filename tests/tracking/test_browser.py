"""The MLflow UI in a real browser, on a store of this project's making."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from kilnmix.common.ports import free_port
from kilnmix.config import Params
from kilnmix.tracking.publishing import publish
from kilnmix.tracking.records import Record, tags
from tests import composed

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: the MLflow UI is not looked at")
PATIENCE = 180_000.0


def fill(params: Params) -> None:
    """Two arms with two seeds, and a stage with a picture."""
    Image.new("RGB", (48, 48), "red").save("sample.png")
    trainings = [
        Record(
            f"{arm} {seed}",
            tags("train", 0, 0, arm=arm, seed=seed),
            params={"run": f"{number}{seed}".ljust(16, "0"), "share": 0.1 * number},
            metrics={"best.score": 0.5 + 0.1 * number, "best.f1.glaze": 0.25 + 0.125 * number},
            curves={"loss": [(10, 2.0), (20, 1.0)]},
        )
        for number, arm in enumerate(("real", "mix-90-10"))
        for seed in (0, 1)
    ]
    publish(params, [Record("train 0", tags("train", 0), artifacts=["sample.png"]), *trainings])


@pytest.fixture
def links(params: Params) -> Iterator[dict[str, str]]:
    """`kilnmix ui` on a filled store: what it prints, as text -> address."""
    fill(params)
    Path("params.yaml").write_text(composed.text(), encoding="utf-8")
    command = [sys.executable, "-m", "kilnmix.cli", "ui", "--port", str(free_port())]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as ui:
        assert ui.stdout is not None
        found = dict(re.findall(r"  (.*): (http\S+)", "".join(ui.stdout.readline() for _ in range(4))))
        try:
            yield found
        finally:
            ui.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                ui.wait(30)
            ui.kill()


@pytest.fixture
def page() -> Iterator[Page]:
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the UI is not looked at")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 2000, "height": 1000})
        opened.set_default_timeout(PATIENCE)
        yield opened
        browser.close()


def visit(page: Page, address: str) -> None:
    """Goes to an address, again while the server is not there yet."""
    for _ in range(60):
        with contextlib.suppress(Exception):
            page.goto("about:blank")
            page.goto(address)
            return
        page.wait_for_timeout(1000)
    page.goto(address)


def test_runs_are_listed_filtered_compared_and_show_their_pictures(links: dict[str, str], page: Page) -> None:
    visit(page, links["Trainings, with their scores"])
    for name in ("train real · fold 0 · seed 0", "train mix-90-10 · fold 0 · seed 1"):
        page.get_by_role("link", name=name).wait_for()
    page.get_by_text("4 matching runs").wait_for()

    search: Any = page.get_by_placeholder(re.compile("metrics.rmse"))
    search.fill("tags.arm = 'mix-90-10'")
    search.press("Enter")
    page.get_by_text("2 matching runs").wait_for()
    assert page.get_by_role("link", name="train real · fold 0 · seed 0").count() == 0

    visit(page, links["The last study's arms side by side"])
    page.get_by_text("Comparing 2 Runs from 1 Experiment").wait_for()
    page.get_by_text("train mix-90-10 · fold 0 · seed 0").first.wait_for()

    visit(page, links["Macro-F1 of every arm"])
    page.get_by_text("Group: mix-90-10").wait_for()

    visit(page, picture_of_the_stage(links["Trainings, with their scores"]))
    page.get_by_text("sample.png").first.click()
    page.locator("img[alt*='sample'], .image-container img, img[src^='blob:']").first.wait_for()


def picture_of_the_stage(address: str) -> str:
    """The page of the stage's artifacts."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{Path('mlruns/mlflow.db').resolve()}")
    experiment = client.get_experiment_by_name("kilnmix")
    assert experiment is not None
    (stage,) = client.search_runs([experiment.experiment_id], "tags.level = 'stage'")
    return f"{address.partition('#')[0]}#/experiments/{experiment.experiment_id}/runs/{stage.info.run_id}/artifacts"

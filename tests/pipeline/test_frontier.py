"""`kilnmix frontier` on the tiny project, from drawing to the pages and MLflow."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kilnmix.cli import app
from kilnmix.common.errors import UserError
from kilnmix.common.processes import stage_lock
from kilnmix.config import CurationSettings, load
from kilnmix.curation import frontier
from kilnmix.tracking.shelf import Shelf
from tests.tiny_project import Project

SMALL = ["--images", "16", "--guidance", "1,2", "--scale", "1"]


@pytest.fixture
def copied(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(project.folder, tmp_path / "project", symlinks=True)
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def test_points_pages_and_runs(copied: Path) -> None:
    before = _runs()
    ended = CliRunner().invoke(app, ["frontier", *SMALL, "--strictness", "0,0.5", "--train", "--seeds", "2"])
    assert ended.exit_code == 0, ended.output
    points = frontier.read(frontier.POINTS)
    assert [(point.guidance, point.scale, point.strictness, point.drawn) for point in points] == [
        (1, 1, 0, 16), (1, 1, 0.5, 16), (2, 1, 0, 16), (2, 1, 0.5, 16),
    ]  # fmt: skip
    whole, half = points[:2]
    assert half.kept == round(0.5 * whole.kept) and {"memorised", "gain"} <= whole.values.keys()
    for name in ("frontier.html", "frontier.zh.html"):
        page = (copied / "reports" / name).read_text(encoding="utf-8")
        assert page.count('<th scope="row"') == 4 and "vegaEmbed" in page
    assert "4 new runs in MLflow" in ended.output and _runs() == before + 4
    again = CliRunner().invoke(app, ["frontier", *SMALL, "--strictness", "0,0.5", "--train", "--seeds", "2"])
    assert "0 new runs" in again.output and frontier.read(frontier.POINTS) == points
    # A call without training keeps the gains; one with fewer points keeps the others.
    fewer = CliRunner().invoke(app, ["frontier", "--images", "16", "--guidance", "2", "--scale", "1"])
    assert "which shows 4" in fewer.output and "0 new runs" in fewer.output, fewer.output
    assert {point.place: point for point in frontier.read(frontier.POINTS)} == {point.place: point for point in points}


def test_where_no_image_is_kept_the_points_stay_without_gains(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_kept(settings: CurationSettings, strictness: float) -> CurationSettings:
        return settings.model_copy(update={"strategy": "threshold", "threshold": 1.0, "group_by": None})

    monkeypatch.setattr("kilnmix.curation.small_pools.strict", none_kept)
    ended = CliRunner().invoke(app, ["frontier", *SMALL, "--strictness", "0", "--train", "--seeds", "2"])
    assert ended.exit_code == 0, ended.output
    assert "no point keeps an image" in ended.output
    points = frontier.read(frontier.POINTS)
    assert {point.kept for point in points} == {0} and all("gain" not in point.values for point in points)


def test_two_at_once_are_a_sentence(copied: Path) -> None:
    with stage_lock("frontier", 0, 0):
        ended = CliRunner().invoke(app, ["frontier", *SMALL])
    assert isinstance(ended.exception, UserError) and "Another process runs frontier-0-0" in str(ended.exception)


def _runs() -> int:
    params = load()
    shelf = Shelf.open(params)
    return len(shelf.client.search_runs([shelf.experiment], max_results=1000))


@pytest.mark.parametrize(
    ("option", "said"),
    [(["--guidance", "high"], "no list of numbers"), (["--strictness", "1"], "from 0 to 0.95"),
     (["--fold", "7"], "no fold '7'"), (["--adapter", "7"], "no adapter 7")],
)  # fmt: skip
def test_what_cannot_be_is_a_sentence(copied: Path, option: list[str], said: str) -> None:
    ended = CliRunner().invoke(app, ["frontier", *SMALL, *option])
    assert isinstance(ended.exception, UserError), ended.output
    assert said in str(ended.exception)


def test_what_rules_leave_out_is_said(copied: Path) -> None:
    Path("conf/own-rules.yaml").write_text(
        "rules:\n  celadon-jars-alone:\n    if: {glaze: [celadon]}\n    then: {type: [jar]}\n    strength: never\n"
        '    source: "Nobody, Nothing, 2026"\n',
        encoding="utf-8",
    )
    settings = Path("params.yaml").read_text(encoding="utf-8")
    assert settings.count("rules: conf/rules.yaml") == 1
    Path("params.yaml").write_text(settings.replace("conf/rules.yaml", "conf/own-rules.yaml"), encoding="utf-8")
    ended = CliRunner().invoke(app, ["frontier", "--images", "16", "--guidance", "1", "--scale", "1"])
    assert ended.exit_code == 0, ended.output
    told = " ".join(ended.output.split())
    assert "; left out for a rule of conf/own-rules.yaml: 1 label combination that photographs show." in told

"""The page: whole, escaped, without the network, and without an error in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from kilnmix.collection.card.card import Caution, ClassCounts
from kilnmix.config import Params
from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ClassName, ReportInputs
from kilnmix.report.page import render as pages
from tests.report.report_studies import bare, data_card, full, outcomes, settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def render(study: ReportInputs, language: str = "en") -> str:
    return pages.render(ReportContext.of(study, language))


@pytest.fixture(scope="session")
def page(study: ReportInputs) -> str:
    return render(study)


def without_scripts(page: str) -> str:
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


class Reader(HTMLParser):
    """Collects attributes, and checks that elements are closed in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in ("meta", "link", "img", "br", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


def test_first_screen_has_a_sentence_for_every_task(page: str) -> None:
    first = without_scripts(page).split('id="contents"')[0]
    for title in ("Dynasty:", "Glaze:", "Kiln:", "Type:"):
        assert f"<strong>{title}</strong>" in first
    assert "this adapter" in first
    assert "What to do" in first
    assert "looked at 2 times" in first
    assert (
        "with a probability of 80\u00a0%; that any of its findings is wrong has a probability of 5\u00a0% at most"
        in first
    )


def test_the_first_screen_begins_with_what_was_learnt_and_what_to_do(page: str, study: ReportInputs) -> None:
    summary = without_scripts(page).split('<div class="summary">')[1].split("</div>")[0]
    assert "They help type; they harm glaze; dynasty and kiln stay undecided" in summary
    assert "What to do: train type with the mixture that the search found" in summary
    chinese = without_scripts(render(study, "zh")).split('<div class="summary">')[1].split("</div>")[0]
    assert "对器形有益" in chinese


def test_chinese_signs_have_no_gap_behind_them(study: ReportInputs) -> None:
    shown = re.sub(r"<[^>]+>", "", without_scripts(render(study, "zh")))
    assert re.findall(r".{0,12}[，。；：？！] +\S.{0,12}", shown) == []


def test_only_the_demo_is_marked_as_one(page: str, study: ReportInputs) -> None:
    assert "nothing in it is a claim about ceramics" in page
    assert not replace(study, params=settings("photographs")).demo
    # The demonstration's settings on a person's own photographs.
    page = render(replace(study, rendered=False))
    assert "claim about ceramics" not in page
    assert "It says nothing about ceramics" not in page


def test_nothing_is_fetched(page: str) -> None:
    reader = read(page)
    for tag, name, value in reader.attributes:
        if name in ("src", "href", "srcset", "action", "data", "poster", "xlink:href"):
            beside = (tag, name, value) == ("a", "href", "datacard.html")  # followed by a click, not fetched
            assert beside or value.startswith(("data:", "#")), f"<{tag} {name}={value[:60]}>"
    styles = "".join(re.findall(r"<style>.*?</style>", page, flags=re.DOTALL))
    assert "url(" not in styles
    assert "@import" not in styles


def test_pictures_and_plots_have_alternative_texts(page: str) -> None:
    reader = read(page)
    pictures = sum(tag == "img" and name == "src" for tag, name, _ in reader.attributes)
    texts = [value for tag, name, value in reader.attributes if tag == "img" and name == "alt"]
    assert pictures == len(texts) > 0
    assert all(texts)
    assert page.count('class="plot" role="img" aria-label="') == page.count("data-plot=") > 4


def test_ids_are_unique_and_links_find_them(page: str) -> None:
    attributes = read(without_scripts(page)).attributes
    ids = [value for tag, name, value in attributes if name == "id" and tag in ("section", "nav")]
    assert len(ids) == len(set(ids))
    links = {value for tag, name, value in attributes if tag == "a" and name == "href"}
    assert links - {f"#{name}" for name in ids} == {"datacard.html"}


def test_it_is_small(page: str) -> None:
    assert len(page.encode()) < 2_500_000


def test_labels_and_file_names_are_escaped(study: ReportInputs) -> None:
    evil = "<img src=x onerror=alert(1)>'\"&{{ 7*7 }}</script>"
    hostile = tuple(replace(o, classes=(evil + str(n), *o.classes[1:])) for n, o in enumerate(outcomes(200)))
    params = settings().model_copy(update={"profile": evil})
    base = bare(hostile, params)
    names = {o.task: {o.classes[0]: ClassName(evil, evil)} for o in hostile}
    page = render(
        replace(
            base,
            names=names,
            card=replace(
                data_card(),
                cautions=(Caution("overlapping", evil, {"narrow": evil, "broad": evil}),),
                rejected={evil: 1},
                classes={evil: {evil: ClassCounts(1, 1)}},
            ),
            commands=(evil,),
            digests={evil: evil},
            machine=evil,
        )
    )
    assert "<img src=x" not in page
    assert "{{ 7*7 }}" in page
    read(page)


def test_chinese_and_english_names_stand_side_by_side(page: str, study: ReportInputs) -> None:
    assert "celadon<small>青釉</small>" in page
    chinese = render(study, "zh")
    assert '<html lang="zh-Hans">' in chinese
    assert "青釉<small>celadon</small>" in chinese
    assert "合成图像有用吗" in chinese
    leftovers = re.findall(r"\{[a-z_]+\}", without_scripts(chinese).replace(study.params.generator.caption, ""))
    assert leftovers == []


def test_missing_parts_are_named() -> None:
    page = render(bare(outcomes(200), settings()))
    for sentence in (
        "There is no data card.",
        "No search was run.",
        "No pool was drawn.",
        "knows nothing of the alignment",
        "There are no samples",
        "training objects is not known",
    ):
        assert sentence in page
    assert "looked at" not in page.split('id="contents"')[0]


def test_an_untestable_task_a_task_without_classes_and_a_missing_arm() -> None:
    found = list(outcomes(200))
    found[2] = replace(found[2], scored=())
    few = np.flatnonzero(found[1].truth < 2)[:20]
    found[1] = replace(
        found[1],
        truth=found[1].truth[few],
        objects=found[1].objects[few],
        folds=found[1].folds[few],
        weights=found[1].weights[few],
        predicted={arm: answers[:, :, few] for arm, answers in found[1].predicted.items()},
    )
    kept = tuple(
        replace(o, predicted={arm: v for arm, v in o.predicted.items() if arm not in ("searched", "real-searched")})
        for o in found
    )
    page = render(bare(kept, settings()))
    assert "<strong>Kiln:</strong> cannot be tested: none of its classes has 5 test objects" in page
    assert "<strong>Glaze:</strong> cannot be tested: only" in page
    assert "It says nothing about glaze and kiln." in page
    read(page)


def test_nothing_testable_at_all() -> None:
    params = settings()
    strict = Params(
        **{**params.model_dump(), "experiment": {**params.experiment.model_dump(), "min_task_objects": 9999}}
    )
    page = render(bare(outcomes(120), strict))
    assert page.count("cannot be tested: only") == 4
    assert "<script" not in page.split("</main>")[1]


def test_several_adapters_speak_of_the_procedure() -> None:
    page = render(full(200, adapters=3, seeds=1))
    assert "<strong>this procedure</strong>" in page
    assert "3 adapters were tuned" in page


@pytest.fixture
def chromium(tmp_path: Path) -> list[str]:
    """The start of a command line; skips where there is no browser."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    return [
        CHROMIUM,
        *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
        *("--disable-component-update", "--disable-sync", "--disable-default-apps", "--virtual-time-budget=20000"),
        *("--enable-logging=stderr", "--v=0", f"--user-data-dir={tmp_path / 'profile'}"),
    ]


UNFOLD = """<script>
const waiting = setInterval(() => {
  if (!document.documentElement.dataset.plots) return;
  clearInterval(waiting);
  for (const folded of document.querySelectorAll("details")) folded.open = true;
}, 50);
</script>"""
"""What is folded is drawn when it is unfolded."""


@pytest.mark.parametrize(("language", "width"), [("en", 1200), ("zh", 390)])
def test_a_browser_draws_every_plot_and_reports_nothing(
    study: ReportInputs, tmp_path: Path, chromium: list[str], language: str, width: int
) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(study, language) + UNFOLD, encoding="utf-8")
    command = [*chromium, f"--window-size={width},900", "--dump-dom", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    assert 'data-plots="drawn"' in done.stdout
    drawn = len(re.findall(r'class="[^"]*vega-embed', done.stdout))
    assert drawn == done.stdout.count("data-plot=") > 4
    # Nothing but wide tables, which scroll by themselves, may be wider than the page.
    assert 'data-wide="0"' in done.stdout


def test_a_browser_prints_it_on_fewer_than_twenty_pages(
    study: ReportInputs, tmp_path: Path, chromium: list[str]
) -> None:
    file, paper = tmp_path / "report.html", tmp_path / "report.pdf"
    file.write_text(render(replace(study, samples=3 * study.samples)), encoding="utf-8")
    subprocess.run([*chromium, f"--print-to-pdf={paper}", file.as_uri()], capture_output=True, timeout=120, check=True)
    assert 0 < len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) < 20

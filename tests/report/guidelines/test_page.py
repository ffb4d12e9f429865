"""Several studies side by side."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.report import records
from kilnmix.report.context import ReportContext
from kilnmix.report.guidelines import class_gains, page, summaries
from kilnmix.report.languages.wording import wording


def left(context: ReportContext, folder: Path, name: str = "") -> Path:
    reports = folder / "reports"
    reports.mkdir(parents=True)
    (reports / "verdict.json").write_text(
        json.dumps({"study": name, **context.inputs.verdict.to_json(), "profile": "demo"})
    )
    (reports / "classes.csv").write_text(records.text(records.classes(context)), encoding="utf-8")
    return folder


def test_two_studies_on_one_page(context: ReportContext, tmp_path: Path) -> None:
    studies = [summaries.load(left(context, tmp_path / name)) for name in ("museum <one>", "two")]
    assert class_gains.common_pair(studies) == ("mix-90-10", "real")
    assert len(class_gains.gains(studies, ("mix-90-10", "real"))) == 2 * 29
    text = page.render(studies)
    assert "2 studies side by side" in text
    assert "museum &lt;one&gt;*" in text
    assert "museum <one>" not in text
    assert "Glaze: of 6 comparisons, 2 harmed and 4 stayed undecided." in text
    assert "22–28" not in text
    assert "10–29 training objects" in text
    assert text.count("data-plot=") == 2
    assert "并列" in page.render(studies, "zh")


def test_the_rendered_collection_is_marked_under_any_profile(context: ReportContext, tmp_path: Path) -> None:
    path = left(context, tmp_path / "one") / "reports" / "verdict.json"
    for entries, demo in (
        ({"profile": "sd15", "rendered": True}, True),
        ({"profile": "demo", "rendered": False}, False),
        ({"profile": "demo"}, True),  # written before `rendered` was
        ({"profile": "sd15"}, False),
    ):
        path.write_text(json.dumps({"study": "s", **context.inputs.verdict.to_json(), **entries}))
        assert summaries.load(tmp_path / "one").demo is demo


def test_studies_of_one_name_are_told_apart(context: ReportContext, tmp_path: Path) -> None:
    name = "porcelain"
    folders = [left(context, tmp_path / place, name) for place in ("one", "two", "old/two")]
    assert [each.name for each in summaries.load_all(folders[:1])] == [name]
    assert [each.name for each in summaries.load_all(folders[:2])] == [f"{name} (one)", f"{name} (two)"]
    names = [each.name for each in summaries.load_all(folders)]
    assert len(set(names)) == 3 and str(tmp_path / "old" / "two") in names[2]
    with pytest.raises(UserError, match="named twice"):
        summaries.load_all([folders[0], folders[0] / "reports"])


def test_a_study_without_classes(context: ReportContext, tmp_path: Path) -> None:
    folder = left(context, tmp_path / "one")
    (folder / "reports" / "classes.csv").unlink()
    text = page.render([summaries.load(folder / "reports")])
    assert "One study" in text
    assert "hold no classes" in text


def test_what_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no verdict\.json"):
        summaries.load(tmp_path)
    (tmp_path / "verdict.json").write_text("[]")
    with pytest.raises(UserError, match="holds no JSON object"):
        summaries.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("verdict.json", b"", "cannot be read as JSON"),
        ("verdict.json", b"\xff", "cannot be read as a text"),
        ("verdict.json", b'{"tasks": {"glaze": []}}', "is not a verdict"),
        (
            "verdict.json",
            b'{"tasks": {"glaze": {"arms": {"a": {"vs_real": {"against": "real", "delta": "x"}}}}}}',
            "is not a verdict",
        ),
        ("classes.csv", b"task,class\n", "has no column 'arm'"),
        ("classes.csv", b"task,class,arm,reference,delta\nglaze,red,a,real,much\n", "delta in row 2 is no number"),
        ("classes.csv", b"task,class,arm,reference,delta\nglaze,red\n", "row 2 has 2 cells"),
    ],
)
def test_a_damaged_study_is_a_sentence(
    context: ReportContext, tmp_path: Path, name: str, content: bytes, part: str
) -> None:
    folder = left(context, tmp_path / "one")
    (folder / "reports" / name).write_bytes(content)
    with pytest.raises(UserError, match=part) as caught:
        summaries.load(folder)
    assert "dvc repro compare" in str(caught.value)


def test_counts_say_every_verdict() -> None:
    arms = {
        "real": {"f1": 0.5},
        "a": {"verdict": "helps"},
        "b": {"verdict": "untestable"},
        "c": {"verdict": "harms", "family": "secondary"},
    }
    study = summaries.StudySummary("x", False, {"tasks": {"type": {"arms": arms}}}, ())
    (found,) = page.counts([study], wording("en"))
    assert found == "Type: of 2 comparisons, 1 helped and 1 could not be tested."


def told(collection: str, fell: str, demo: bool = False) -> summaries.StudySummary:
    verdict = {"collection": collection, "tasks": {"type": {"arms": {"a": {"verdict": fell}}}}}
    return summaries.StudySummary(f"{collection}-{fell}", demo, verdict, ())


def test_a_collection_is_counted_once_and_a_rendered_one_not_beside_others() -> None:
    t = wording("en")
    again = [told("x", "helps")] * 3
    assert page.counts(again, t) == ["Type: of one comparison, 1 helped."]
    assert page.counts([*again, told("y", "harms"), told("z", "helps", demo=True)], t) == [
        "Type: of 2 comparisons, 1 helped and 1 harmed."
    ]
    assert page.counts([told("x", "helps"), told("x", "undecided")], t) == [
        "Type: of one comparison, 1 fell out differently in studies of the same photographs."
    ]


def test_the_page_says_of_how_many_collections_it_is(context: ReportContext, tmp_path: Path) -> None:
    one, two = (summaries.load(left(context, tmp_path / name)) for name in ("one", "two"))
    assert "The studies are of 2 collections; their networks" in page.render([one, two])
    same = [replace(each, verdict={**each.verdict, "collection": "x"}) for each in (one, two)]
    text = page.render(same)
    assert "All of it is about one collection." in text and "differ in collection" not in text

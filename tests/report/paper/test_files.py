"""What a paper is given: tables, methods, references, figures."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs
from kilnmix.report.paper import files as paper
from kilnmix.report.paper import latex
from kilnmix.statistics.verdicts import Comparison


@pytest.fixture(scope="module")
def files(study: ReportInputs) -> dict[str, bytes]:
    return paper.files(study)


def test_all_files_are_there(files: dict[str, bytes]) -> None:
    tables = {f"{name}.{kind}" for name in ("scores", "groups", "classes") for kind in ("tex", "csv")}
    tables |= {"methods.tex", "methods.txt", "references.bib"}
    assert set(files) == tables | {"forest.pdf", "alignment.pdf", "trials.pdf", "curve.pdf"}
    assert all(text.startswith(b"%PDF") for name, text in files.items() if name.endswith(".pdf"))


def test_the_table_has_a_row_of_scores_and_one_of_differences_for_every_arm(
    study: ReportInputs, files: dict[str, bytes]
) -> None:
    text = files["scores.tex"].decode()
    body = text.split(r"\midrule")[1].split(r"\bottomrule")[0]
    rows = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 2 * len(study.arms) - 1
    assert all(row.count("&") == 4 for row in rows)
    assert r"10~\% synthetic & " in text
    assert r"{\footnotesize $-$10.8 [$-$17.4,~$-$4.2]}$^\ddagger$" in text or r"^\ddagger$" in text


def test_the_caption_names_every_reference_and_both_families(study: ReportInputs) -> None:
    references = {"mix-95-5": ("real", True), "mix-90-10": ("repeat-90-10", True), "searched": ("real-searched", True)}
    references |= {"repeat-90-10": ("real", False), "repeat-searched": ("real-searched", False)}
    arm = study.verdict.tasks[0].arms["mix-95-5"]

    def caption(known: dict[str, tuple[str, bool]]) -> str:
        arms = {name: replace(arm, comparison=Comparison(name, *place)) for name, place in made(known).items()}
        verdict = replace(study.verdict, tasks=tuple(replace(task, arms=arms) for task in study.verdict.tasks))
        text = paper.scores_table(ReportContext.of(replace(study, verdict=verdict), "en"))
        return next(line for line in text.splitlines() if "caption" in line).replace("\\%", "%").replace("~", "\u00a0")

    def made(known: dict[str, tuple[str, bool]]) -> dict[str, tuple[str, None, bool]]:
        return {name: (reference, None, primary) for name, (reference, primary) in known.items()}

    name = ReportContext.of(study, "en").names.arm
    text = caption(references)
    assert f'of "{name("mix-90-10")}" it is "{name("repeat-90-10")}", ' in text
    both = f'of "{name("searched")} and {name("repeat-searched")}" it is "{name("real-searched")}", '
    assert both in text and f'of all others "{name("real")}". ' in text
    first = ", ".join([name("mix-95-5"), name("mix-90-10")]) + f" and {name('searched')}"
    assert f"primary comparisons ({first}), and as a family of their own for the others." in text
    plain = caption({"mix-95-5": ("real", True)})
    assert f'The reference is "{name("real")}". ' in plain and "family" not in plain


def test_methods_carry_the_real_settings_and_only_known_citations(study: ReportInputs, files: dict[str, bytes]) -> None:
    text = files["methods.txt"].decode()
    for part in ("rank 16", "guidance 2 ", "mobilenet_v3_small", "within 2 points", "looked at 2 times", "20 trials"):
        assert part in text
    assert "@" not in text
    assert "{" not in text
    assert "None" not in text
    assert "(Hu et al. 2022)" in text
    cited = set(re.findall(r"\\cite\{([^}]*)\}", files["methods.tex"].decode()))
    entries = set(re.findall(r"^@\w+\{(\w+),", files["references.bib"].decode(), flags=re.MULTILINE))
    assert {key for group in cited for key in group.split(",")} == entries
    assert r"mobilenet\_v3\_small" in files["methods.tex"].decode()


def test_groups_and_classes_are_tables_too(study: ReportInputs, files: dict[str, bytes]) -> None:
    groups, classes = files["groups.tex"].decode(), files["classes.tex"].decode()
    # Three groups of each of four tasks; four, eight, eight and nine classes.
    assert sum(line.endswith(r"\\") for line in groups.splitlines()) == 1 + 12
    assert [part.count(r"\\") - 1 for part in classes.split(r"\end{table}")[:4]] == [4, 8, 8, 9]
    assert r"\label{tab:classes-glaze}" in classes
    assert r"blue and white {\footnotesize 青花} &" in classes
    assert "false-discovery rate is held at 10\\%" in groups
    assert "<" not in groups + classes


def test_rows_read_back(study: ReportInputs, files: dict[str, bytes]) -> None:
    rows = list(csv.DictReader(io.StringIO(files["scores.csv"].decode())))
    assert len(rows) == 4 * len(study.arms)
    row = next(row for row in rows if (row["task"], row["arm"]) == ("type", "searched"))
    found = study.verdict.tasks[3].arms["searched"]
    assert found.vs_real is not None
    assert float(row["delta"]) == pytest.approx(found.vs_real.delta, abs=1e-6)
    assert (row["reference"], row["family"], row["verdict"]) == ("real-searched", "primary", found.verdict)
    classes = list(csv.DictReader(io.StringIO(files["classes.csv"].decode())))
    assert len(classes) == 3 * 29
    assert {row["group"] for row in classes} == {"head", "middle", "tail"}


def test_names_are_escaped_wherever_they_stand(study: ReportInputs) -> None:
    evil = "<b>50%</b>\n&_{x}"
    outcomes = tuple(replace(each, classes=(evil, *each.classes[1:])) for each in study.outcomes)
    text = paper.files(replace(study, outcomes=outcomes, names={}))["classes.tex"].decode()
    assert r"\textless{}b\textgreater{}50\%\textless{}/b\textgreater{} \&\_\{x\}" in text
    assert latex.label("a_b {c}") == "a-b--c-"

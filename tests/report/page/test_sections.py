"""The sections that are little more than tables."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.page import sections


def test_each_tasks_matrices_are_of_the_pair_that_its_sentence_speaks_of(context: ReportContext) -> None:
    found = sections.confusion(context)
    assert [block["title"] for block in found["blocks"]] == ["Dynasty", "Glaze", "Kiln", "Type"]
    glaze = found["blocks"][1]["matrices"]
    assert [str(matrix["title"]) for matrix in glaze] == [
        str(context.names.mix(arm)) for arm in ("real", "mix-90-10")
    ]  # the arm that harms glaze most


def test_without_a_verdict_the_photographs_stand_alone(context: ReportContext) -> None:
    bare = tuple(replace(task, arms={}) for task in context.inputs.verdict.tasks)
    study = replace(context.inputs, verdict=replace(context.inputs.verdict, tasks=bare))
    found = sections.confusion(ReportContext.of(study, "en"))
    assert [len(block["matrices"]) for block in found["blocks"]] == [1] * 4


def test_scores_pools_search_and_what_repeats_the_study(context: ReportContext) -> None:
    scores = sections.scores(context)
    assert scores["scored"] and scores["secondary"] and scores["table"]
    assert len(sections.pools(context)["table"].rows) == 1
    assert len(sections.pools(context)["support"].rows) == 1 and len(sections.pools(context)["classes"]) == 4
    assert sections.search(context)["plot"] is not None and sections.search(context)["table"]
    repeat = sections.repeat(context)
    assert repeat["digests"] == context.inputs.digests and repeat["machine"] == "2 cores, CPU"
    assert sections.limits(context)["sentences"]
    empty = ReportContext.of(replace(context.inputs, pools=(), searches=()), "en")
    assert not sections.pools(empty)["table"] and sections.search(empty)["plot"] is None

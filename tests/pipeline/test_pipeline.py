"""The stages end to end: what each leaves, and what must never happen on the way."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from PIL import Image

from kilnmix.classifier import picture_files, predict_files
from kilnmix.collection import prepared as collection
from kilnmix.commands.export_paper import export_paper
from kilnmix.common.errors import UserError
from kilnmix.common.paths import PREPARED, output
from kilnmix.config.experiment import FOUND
from kilnmix.curation import accepted
from kilnmix.experiment.comparison import compare
from kilnmix.generator.cache import Cache
from kilnmix.report.collect.report_inputs import report_inputs
from kilnmix.stages import SCOPES, refit
from kilnmix.stages.runner import run_stage
from kilnmix.tracking.publishing import publish
from kilnmix.tracking.records import read_all
from kilnmix.tracking.store import open_store
from tests.tiny_project import REPOSITORY, Project

pytestmark = [pytest.mark.pipeline, pytest.mark.usefixtures("inside")]


def test_stages_commands_and_dvc_yaml_have_the_same_names(project: Project) -> None:
    stages = yaml.safe_load((REPOSITORY / "dvc.yaml").read_text())["stages"]
    assert list(stages) == list(SCOPES)
    for name, entry in stages.items():
        assert entry["cmd"].split()[1] == name
        matrix = {"collection": set(), "adapter": {"fold", "adapter"}, "extension": {"look", "fold"}}
        assert set(entry.get("matrix", {})) == matrix.get(SCOPES[name], {SCOPES[name]})
        assert f"src/kilnmix/stages/{name}.py" in entry["deps"]


def test_every_stage_says_what_it_made(project: Project) -> None:
    assert list(project.outcomes) == [stage for stage in SCOPES if stage not in ("look", "extend")]  # none is planned
    assert all(outcome.sentence and outcome.records for said in project.outcomes.values() for outcome in said)


def test_no_object_is_in_two_parts(project: Project) -> None:
    photographs = collection.load(PREPARED)
    for fold in project.params.folds:
        parts = [set(photographs.objects[photographs.members(fold, part)]) for part in ("train", "val", "test")]
        assert not parts[0] & parts[1] | parts[0] & parts[2] | parts[1] & parts[2]
        assert all(parts)


def test_folds_test_every_object_once(project: Project) -> None:
    photographs = collection.load(PREPARED)
    tested = [set(photographs.objects[photographs.members(fold, "test")]) for fold in project.params.folds]
    assert sum(map(len, tested)) == len(set.union(*tested))
    # Classes with too few objects stay in the training parts.
    assert len(set.union(*tested)) >= 0.95 * len(set(photographs.objects))


def test_the_generator_sees_training_photographs_alone(project: Project) -> None:
    photographs = collection.load(PREPARED)
    for fold in project.params.pool_folds:
        cache = Cache.load(output("encode", fold))
        assert sorted(cache.ids) == sorted(photographs.ids[photographs.members(fold, "train")])
    train = photographs.label_matrix[photographs.members(0, "train")]
    attested = {tuple(row) for row in train}
    pool = accepted.rows(output("curate", 0, 0))
    asked = {tuple(task.index(row[task.name]) if row[task.name] else -1 for task in photographs.tasks) for row in pool}
    assert asked <= attested


def test_synthetic_images_say_that_they_are(project: Project) -> None:
    with Image.open(output("generate", 0, 0) / "images" / "000003.png") as image:
        mark = json.loads(image.text["kilnmix"])  # type: ignore[attr-defined]
    assert mark["synthetic"] is True
    assert mark["prompt"]


def test_every_drawn_image_is_accounted_for(project: Project) -> None:
    rows = accepted.rows(output("curate", 0, 0))
    assert len(rows) == project.params.generator.draw.images
    photographs = collection.load(PREPARED)
    kept = accepted.load(output("curate", 0, 0), photographs.tasks)
    assert len(np.load(kept.pixels)) == len(kept) == sum(row["status"] == "accepted" for row in rows)


def test_every_arm_is_predicted_on_the_same_photographs(project: Project) -> None:
    photographs = collection.load(PREPARED)
    for part, file in (("val", "validation.parquet"), ("test", "test.parquet")):
        names = sorted(photographs.ids[photographs.members(0, part)])
        for stage, arms in (("train", set(project.params.arms)), ("confirm", set(FOUND))):
            table = pq.read_table(output(stage, 0) / file).to_pylist()
            assert {row["arm"] for row in table} == arms
            for arm in arms:
                mine = [row for row in table if row["arm"] == arm and row["task"] == "type" and row["seed"] == 1]
                for adapter in project.params.adapters:
                    assert sorted(row["photograph"] for row in mine if row["adapter"] == adapter) == names
            assert all(sum(row["probabilities"]) == pytest.approx(1, abs=1e-4) for row in table)


def test_adapters_differ(project: Project) -> None:
    files = [output("finetune", 0, adapter) / "pytorch_lora_weights.safetensors" for adapter in (0, 1)]
    assert files[0].read_bytes() != files[1].read_bytes()
    images = [output("generate", 0, adapter) / "images" / "000000.png" for adapter in (0, 1)]
    assert images[0].read_bytes() != images[1].read_bytes()


def test_the_verdict_has_its_form(project: Project) -> None:
    verdict = json.loads(Path("reports/verdict.json").read_text())
    assert verdict["schema"] == 1
    assert verdict["scope"] == "procedure"
    assert set(verdict["tasks"]) == {"glaze", "type"}
    for name, task in verdict["tasks"].items():
        arms = {*project.params.arms, *FOUND}
        assert set(task["arms"]) == (arms if name == "type" else arms - {"only-type"})
        assert set(task["arms"]["real"]) == {"f1"}
        for name in ("mix-95-5", "mix-90-10", "searched"):
            arm = task["arms"][name]
            assert arm["verdict"] in {"helps", "harms", "equivalent", "undecided", "untestable"}
            if arm["verdict"] != "untestable":
                assert arm["vs_real"]["low"] <= arm["vs_real"]["delta"] <= arm["vs_real"]["high"]
                assert {"delta", "low", "high", "p"} <= set(arm["vs_repeat"])


def test_the_report_has_the_learning_curve_that_the_arms_make_up(project: Project) -> None:
    study = report_inputs(project.params, compare(project.params))
    assert {(point.task, point.arm) for point in study.curve} == {("glaze", "real"), ("type", "real")}
    half, whole = (point for point in study.curve if point.task == "type")
    assert half.objects == pytest.approx(whole.objects / 2, abs=0.5)
    assert all(point.low < point.f1 < point.high for point in study.curve)
    assert "What the synthetic images are worth" in Path("reports/report.html").read_text()


def test_the_model_card_says_where_its_scores_come_from(project: Project) -> None:
    card = json.loads((output("refit") / "card.json").read_text())
    assert card["arm"] not in ("real-at-50", "only-type")
    assert card["photographs"] == len(collection.load(PREPARED))
    verdict = json.loads(Path("reports/verdict.json").read_text())
    for task, f1 in card["test_macro_f1"].items():
        assert f1 == verdict["tasks"][task]["arms"][card["arm"]]["f1"]
    assert "no score of its own" in card["note"]


def test_a_person_may_name_the_arm_that_is_handed_over(project: Project, tmp_path: Path) -> None:
    outcome = refit.run(project.params.model_copy(update={"refit_arm": "mix-90-10"}), tmp_path)
    assert outcome.sentence.startswith("the arm mix-90-10, which refit_arm names, trained on all ")
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["arm"] == "mix-90-10"
    assert "named by a person" in card["note"]
    with pytest.raises(UserError, match="which no training of this study has: it has real, "):
        refit.run(project.params.model_copy(update={"refit_arm": "only-type"}), tmp_path)


def test_the_report_is_one_page_that_names_every_task(project: Project) -> None:
    page = Path("reports/report.html").read_text()
    assert "<html" in page
    assert all(task in page.lower() for task in ("glaze", "type"))


def test_a_look_at_the_test_set_is_counted_once_for_the_same_answers(project: Project) -> None:
    with Path("reports/ledger.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 1
    run_stage(project.params, "compare")
    with Path("reports/ledger.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 1


def test_a_stage_that_runs_again_leaves_the_same_bytes(project: Project) -> None:
    for stage in ("train", "search"):
        before = {path: path.read_bytes() for path in output(stage, 0).iterdir()}
        run_stage(project.params, stage, 0)
        assert {path: path.read_bytes() for path in output(stage, 0).iterdir()} == before


def test_a_pool_with_other_pictures_than_curation_left_is_refused(project: Project) -> None:
    pixels = output("curate", 0, 0) / "pixels.npy"
    before = pixels.read_bytes()
    try:
        np.save(pixels, 255 - np.load(pixels))
        with pytest.raises(UserError, match=r"pixels.npy is not the file that its stage wrote.*dvc checkout"):
            run_stage(project.params, "search", 0)
    finally:
        pixels.write_bytes(before)


def test_mlflow_holds_every_run_under_the_same_tags(project: Project) -> None:
    client, experiment = open_store(project.params)
    runs = client.search_runs([experiment], "tags.level != 'study'", max_results=1000)
    records = [record for said in project.outcomes.values() for outcome in said for record in outcome.records]
    # A training that `confirm` has taken up from `train` is logged once and names its other arms.
    taken = sum(len(run.data.tags["confirmed_as"].split(", ")) for run in runs if "confirmed_as" in run.data.tags)
    assert len(runs) + taken == len(records)
    assert {run.data.tags["stage"] for run in runs} == set(project.outcomes)
    trials = {run.info.run_id: run for run in runs if run.data.tags["level"] == "trial"}
    assert {run.data.tags["study"] for run in trials.values()} == {"searched", "real-searched"}
    assert {run.data.tags["state"] for run in trials.values()} == {"COMPLETE"}
    assert len(trials) == 2 * project.params.search.trials * len(project.params.folds)
    assert all(
        {"best.score", "best.f1.glaze", "validation.score"} <= run.data.metrics.keys() for run in trials.values()
    )
    of_trials = [run for run in runs if run.data.tags["level"] == "training" and "trial" in run.data.tags]
    assert {run.data.tags["mlflow.parentRunId"] for run in of_trials} == set(trials), "a training is below its trial"
    above = {run.info.run_id: run.data.tags["stage"] for run in runs if run.data.tags["level"] == "stage"}
    assert {above[run.data.tags["mlflow.parentRunId"]] for run in trials.values()} == {"search"}
    mixed = [run for run in runs if run.data.tags["stage"] == "train" and run.data.tags.get("arm") == "mix-90-10"]
    assert {(run.data.tags["fold"], run.data.tags["adapter"], run.data.tags["seed"]) for run in mixed} == {
        (fold, adapter, seed) for fold in "01" for adapter in "01" for seed in "01"
    }
    assert all(run.data.params["share"] == "0.1" for run in mixed)
    artifacts = {file.path for file in client.list_artifacts(mixed[0].info.run_id, "confusion")}
    assert artifacts == {f"confusion/{task}.{kind}" for task in ("glaze", "type") for kind in ("csv", "svg")}
    assert all("validation.loss" in run.data.metrics for run in mixed)
    pictures = {"generate": "sheet.jpg", "curate": "gallery.html"}
    for run in runs:
        if run.data.tags["stage"] in pictures:
            shown = {file.path for file in client.list_artifacts(run.info.run_id)}
            assert pictures[run.data.tags["stage"]] in shown
            assert run.data.tags["stage"] != "curate" or shown & {"accepted.jpg", "rejected.jpg"}
    # What the outputs tell of is there already, so filling in adds nothing.
    told = read_all()
    assert len(told) == len(records)
    assert publish(project.params, told) == 0


def test_the_classifier_to_take_away_answers_for_pictures(project: Project) -> None:
    files = picture_files.find([Path("data/images")])[0][:3]
    found = list(predict_files.answer(files, predict_files.load(output("refit")), 2))
    assert [given.picture for given in found] == [file.name for file in files]
    for tasks in (given.tasks for given in found):
        assert set(tasks) == {"glaze", "type"}
        assert all(len(classes) == 2 and classes[0][1] >= classes[1][1] for classes in tasks.values())


def test_pictures_that_cannot_be_read_are_told_of(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    os.mkfifo(tmp_path / "pipe.jpg")
    predictor = predict_files.load(output("refit"))
    given = [tmp_path / "broken.jpg", tmp_path / "pipe.jpg"]
    with pytest.raises(UserError, match="None of these pictures"):
        list(predict_files.answer(picture_files.find(given)[0], predictor, 1))
    told = capsys.readouterr().err
    assert "broken.jpg" in told
    assert "pipe.jpg: it is a pipe, not a file" in told
    files, answers = picture_files.find([*given, Path("data/images/001-0.png")])[0], []
    with pytest.raises(UserError, match="2 of 3 pictures could not be read"):
        answers.extend(answer.picture for answer in predict_files.answer(files, predictor, 1))
    assert answers == ["data/images/001-0.png"]
    with pytest.raises(UserError, match="holds no trained model"):
        predict_files.load(tmp_path)


def test_a_paper_tells_of_the_settings_and_the_verdict_of_the_study_alone(project: Project, tmp_path: Path) -> None:
    paper, ledger = tmp_path / "paper", Path("reports/ledger.csv")
    looked, kept = ledger.read_bytes(), Path("params.yaml").read_text()
    export_paper(paper)
    assert "4 steps of 4" in (paper / "methods.txt").read_text() and ledger.read_bytes() == looked
    try:
        Path("params.yaml").write_text(kept.replace("alpha: 0.05", "alpha: 0.2"))
        with pytest.raises(UserError, match=r"experiment\.alpha: 0\.05 -> 0\.2"):
            export_paper(tmp_path / "other")
    finally:
        Path("params.yaml").write_text(kept)
    assert not (tmp_path / "other").exists() and ledger.read_bytes() == looked

"""What a study was run with, against params.yaml as it is now."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from kilnmix.common.errors import UserError
from kilnmix.common.nested import flatten
from kilnmix.config import load
from kilnmix.experiment import recorded
from kilnmix.stages import compare, generate
from tests import composed

RUN = composed.mapping()


def lock(**stages: dict[str, Any]) -> None:
    entries = {name: {"params": {"params.yaml": read}} for name, read in stages.items()}
    Path("dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": entries}))


def now(**changes: Any) -> None:
    Path("params.yaml").write_text(composed.text(**changes))


def check() -> None:
    recorded.check_settings(load())


@pytest.fixture(autouse=True)
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study of which dvc.lock alone tells."""
    monkeypatch.chdir(tmp_path)
    lock(
        **{
            "prepare": {"collection": RUN["collection"], "seed": RUN["seed"]},
            "finetune@0-0": {"generator.lora": RUN["generator"]["lora"]},
            "generate@0-0": {"generator": RUN["generator"]},
            "compare": {"experiment": RUN["experiment"], "arms": RUN["arms"], "report": RUN["report"]},
            "finetune@7-0": {"generator.lora": {"rank": 99}},  # of a fold that the study no longer has
        }
    )
    now()


def test_a_study_with_its_own_settings_passes() -> None:
    check()
    now(report={"language": "zh"}, tracking={"folder": "elsewhere"})
    check()
    Path("dvc.lock").unlink()
    now(generator={"lora": {"steps": 3}})
    check()  # nothing is recorded


def test_a_number_is_the_same_however_it_is_written() -> None:
    # PyYAML reads 1e-3 as a text; DVC, which wrote the lock, as a number.
    text = Path("params.yaml").read_text()
    assert "learning_rate: 0.001" in text
    Path("params.yaml").write_text(text.replace("learning_rate: 0.001", "learning_rate: 1e-3"))
    check()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"experiment": {"alpha": 0.1}}, "experiment.alpha: 0.05 -> 0.1)"),
        ({"generator": {"lora": {"steps": 3}}}, f"generator.lora.steps: {RUN['generator']['lora']['steps']} -> 3)"),
        ({"generator": {"adapter": "a.safetensors"}}, 'generator.adapter: null -> "a.safetensors")'),
        ({"arms": {**RUN["arms"], "few": {"photographs": 0.5}}}, "arms.few.photographs: not set -> 0.5)"),
        ({"seed": 4}, f"seed: {RUN['seed']} -> 4)"),
    ],
)
def test_a_setting_that_no_study_ran_is_named_as_it_was_and_is(changes: dict[str, Any], told: str) -> None:
    now(**changes)
    with pytest.raises(UserError) as refused:
        check()
    assert told in str(refused.value) and "`dvc repro`" in str(refused.value)


def test_of_many_settings_the_first_are_named() -> None:
    now(experiment={"alpha": 0.1, "power": 0.9, "margin": 0.03, "min_task_objects": 7, "unlabelled": True})
    with pytest.raises(UserError, match=r"alpha: .*margin: .*task_objects: 40 -> 7, and 2 more\)"):
        check()


@pytest.mark.parametrize(
    ("folder", "params", "told"),
    [
        ("reports", {"experiment.alpha": 0.01}, "experiment.alpha: 0.01 -> 0.05"),
        ("out/train/0", {"classifier.probe": 0.25}, "classifier.probe: 0.25 -> "),
        ("out/generate/0/0", {"draw.images": 7}, "generator.draw.images: 7 -> "),
        ("out/curate/0/0", {"keep": 0.9}, "curation.keep: 0.9 -> 0.5"),
    ],
)
def test_outputs_tell_of_their_settings_without_dvc(folder: str, params: dict[str, Any], told: str) -> None:
    Path("dvc.lock").unlink()
    groups = {"reports": "experiment", "out/train/0": "classifier", "out/curate/0/0": "curation"}
    flat = flatten(load().model_dump(mode="json"))
    before = {"out/curate/0/0": "curation.", "out/generate/0/0": "generator."}.get(folder, "")
    group = groups.get(folder, "generator.draw")
    own = {name.removeprefix(before): value for name, value in flat.items() if name.startswith(f"{group}.")}
    Path(folder).mkdir(parents=True)
    path = Path(folder) / "records.json"
    path.write_text(json.dumps([{"params": own}]))
    check()
    path.write_text(json.dumps([{"params": {**own, **params}}]))
    with pytest.raises(UserError) as refused:
        check()
    assert told in str(refused.value)
    path.write_text("{")
    with pytest.raises(UserError, match="cannot be read as JSON"):
        check()


def test_whether_the_adapter_was_tuned_or_given_is_told_without_dvc() -> None:
    Path("dvc.lock").unlink()
    path = Path("out/finetune/0/0/records.json")
    path.parent.mkdir(parents=True)
    tuned = {"base": RUN["generator"]["base"], **flatten(RUN["generator"]["lora"], "lora.")}
    path.write_text(json.dumps([{"params": tuned}]))
    check()
    now(generator={"adapter": "a.safetensors"})
    with pytest.raises(UserError, match=r'generator\.adapter: null -> "a\.safetensors"\)'):
        check()
    path.write_text(json.dumps([{"params": {"base": RUN["generator"]["base"], "adapter": "a.safetensors"}}]))
    check()
    now()
    with pytest.raises(UserError, match=r'generator\.adapter: "a\.safetensors" -> null\)'):
        check()


def test_whether_images_were_drawn_or_given_is_told_without_dvc() -> None:
    Path("dvc.lock").unlink()
    path = Path("out/generate/0/0/records.json")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps([{"params": generate.noted(load())}], default=str))
    check()
    now(generator={"pool": "elsewhere"})
    with pytest.raises(UserError, match=r'\(generator\.pool: null -> "elsewhere"\)'):
        check()
    path.write_text(json.dumps([{"params": generate.noted(load())}], default=str))
    check()
    now()
    with pytest.raises(UserError, match=r'\(generator\.pool: "elsewhere" -> null\)'):
        check()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seed": 4}, f"seed: {RUN['seed']} -> 4)"),
        ({"arms": {**RUN["arms"], "few": {"photographs": 0.5}}}, 'arms.few.source: not set -> "none"'),
        ({"arms": {**RUN["arms"], "mix-90-10": {"source": "synthetic", "share": 0.5}}}, "mix-90-10.share: 0.1 -> 0.5,"),
    ],
)
def test_compare_notes_seed_and_arms_for_who_has_no_dvc(changes: dict[str, Any], told: str) -> None:
    Path("dvc.lock").unlink()
    Path("reports").mkdir()
    Path("reports/records.json").write_text(json.dumps([{"params": compare.noted(load())}], default=str))
    check()
    now(**changes)
    with pytest.raises(UserError) as refused:
        check()
    assert told in str(refused.value)


def test_an_arm_that_a_study_had_and_settings_have_not_is_named() -> None:
    Path("dvc.lock").unlink()
    Path("reports").mkdir()
    noted = {**compare.noted(load()), "arms.gone.source": "repeat"}
    Path("reports/records.json").write_text(json.dumps([{"params": noted}], default=str))
    with pytest.raises(UserError, match=r'arms\.gone\.source: "repeat" -> not set'):
        check()


@pytest.mark.parametrize("text", ["stages: 3", "[]", "stages: {compare: 3, prepare: {params: 4}}", ""])
def test_a_lock_of_another_form_tells_nothing(text: str) -> None:
    Path("dvc.lock").write_text(text)
    check()


WRITTEN: dict[str, Any] = {
    "study": "s",
    "rules": {"alpha": 0.05},
    "tasks": {"type": {"arms": {"mix": {"verdict": "helps", "vs_real": {"p": 0.01}, "reason": "then"}}}},
}


def test_the_verdict_that_follows_from_the_outputs_is_the_written_one() -> None:
    found = {key: value for key, value in copy.deepcopy(WRITTEN).items() if key != "study"}
    mix = found["tasks"]["type"]["arms"]["mix"]
    mix |= {"reason": "now", "vs_real": {"p": 0.01 + 1e-9}}
    recorded.check_verdict(WRITTEN, found)
    mix["vs_real"]["p"] = 0.02
    with pytest.raises(UserError, match=r"\(tasks\.type\.arms\.mix\.vs_real\.p: 0\.01 -> 0\.02\).*`dvc repro compare`"):
        recorded.check_verdict(WRITTEN, found)
    mix |= {"vs_real": None}
    with pytest.raises(UserError, match=r"tasks\.type\.arms\.mix\.vs_real"):
        recorded.check_verdict(WRITTEN, found)
    with pytest.raises(UserError, match="rules"):
        recorded.check_verdict({}, found)

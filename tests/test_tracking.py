import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from kilnmix import tracking
from kilnmix.common.errors import UserError
from kilnmix.config import Params
from kilnmix.tracking import DataInput, Record


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Params:
    monkeypatch.chdir(tmp_path)
    return Params()


RECORD = Record(
    name="real 0/0/1",
    tags={"stage": "train", "arm": "real", "seed": "1"},
    params={"share": 0.0},
    metrics={"best.score": 0.5},
    curves={"loss": [(10, 2.0), (20, 1.5)]},
    inputs=[DataInput("data", "training")],
    artifacts=["note.txt"],
)


def test_a_record_becomes_a_run_once(params: Params) -> None:
    Path("data.dvc").write_text("outs:\n- md5: 0123456789abcdef0123456789abcdef.dir\n  path: data\n")
    Path("note.txt").write_text("seen")
    assert tracking.publish(params, [RECORD]) == 1
    assert tracking.publish(params, [RECORD]) == 0
    client, experiment = tracking.open_store(params)
    (run,) = client.search_runs([experiment], "tags.arm = 'real'")
    assert run.info.status == "FINISHED"
    assert run.data.params == {"share": "0.0"}
    assert run.data.metrics == {"best.score": 0.5, "loss": 1.5}
    assert [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, "loss")] == [(10, 2.0), (20, 1.5)]
    (source,) = run.inputs.dataset_inputs
    assert (source.dataset.name, source.dataset.digest) == ("data", "0123456789abcdef0123456789abcdef.dir")
    assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["note.txt"]
    assert Path("mlruns/mlflow.db").exists()


def test_a_run_that_was_broken_off_is_logged_anew(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tracking, "register", breaks)
        with pytest.raises(KeyboardInterrupt):
            tracking.publish(params, [replace(RECORD, model="out/refit")])
    registered: list[str] = []
    monkeypatch.setattr(tracking, "register", lambda client, params, run_id, folder: registered.append(run_id))
    assert tracking.publish(params, [replace(RECORD, model="out/refit")]) == 1
    client, experiment = tracking.open_store(params)
    (run,) = client.search_runs([experiment])
    assert registered == [run.info.run_id]
    assert run.info.status == "FINISHED"


def test_one_record_given_twice_is_one_run(params: Params) -> None:
    assert tracking.publish(params, [RECORD, RECORD]) == 1


def test_a_run_on_other_bytes_is_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("out").mkdir()
    Path("out/adapter").write_text("one")
    first = Record("generate 0/0", {}, inputs=[DataInput("out", "adapter")])
    Path("out/records.json").write_text("[]")
    assert Record("generate 0/0", {}, inputs=[DataInput("out", "adapter")]).digest == first.digest
    Path("out/adapter").write_text("other")
    assert Record("generate 0/0", {}, inputs=[DataInput("out", "adapter")]).digest != first.digest
    # What was written down stays what it was.
    tracking.write(Path(), [first])
    (again,) = tracking.read(Path("records.json"))
    assert again.digest == first.digest


def test_names_that_mlflow_does_not_take_are_changed(params: Params) -> None:
    record = Record("r", {}, {"share.colour, body": 1}, {"f1.colour, body": 0.5}, {"f1.釉 (a)": [(1, 0.5)]})
    tracking.publish(params, [record])
    client, experiment = tracking.open_store(params)
    (run,) = client.search_runs([experiment])
    assert run.data.params == {"share.colour_ body": "1"}
    assert run.data.metrics == {"f1.colour_ body": 0.5, "f1.釉 _a_": 0.5}


def test_records_read_back_as_they_were_written(tmp_path: Path) -> None:
    tracking.write(tmp_path, [RECORD])
    (again,) = tracking.read(tmp_path / "records.json")
    assert again.digest == RECORD.digest


def test_digests_of_stage_outputs_come_from_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dvc.lock").write_text(
        json.dumps({"stages": {"prepare": {"outs": [{"path": "out/prepare", "md5": "ab.dir"}]}}})
    )
    assert tracking.dvc_digest("out/prepare") == "ab.dir"
    assert tracking.dvc_digest("out/other") is None


def test_a_lock_is_parsed_again_only_when_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    load, parsed = yaml.load, []
    monkeypatch.setattr(yaml, "load", lambda *given: parsed.append(given) or load(*given))

    def lock(md5: str) -> None:
        Path("dvc.lock").write_text(f"stages:\n  prepare:\n    outs:\n    - {{path: out/prepare, md5: {md5}}}\n")

    lock("ab.dir")
    assert [tracking.dvc_digest("out/prepare") for _ in range(3)] == ["ab.dir"] * 3
    assert len(parsed) == 1
    lock("other.dir")
    assert tracking.dvc_digest("out/prepare") == "other.dir"
    Path("dvc.lock").write_text("")
    assert tracking.dvc_digest("out/prepare") is None


def test_settings_are_flattened_for_the_ui() -> None:
    assert tracking.flatten({"a": {"b": 1, "c": {}}, "d": [2]}) == {"a.b": 1, "a.c": {}, "d": [2]}


def test_a_store_that_fails_costs_a_warning_and_not_the_stage(
    params: Params, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("mlruns").mkdir()
    Path("mlruns/mlflow.db").write_text("this is no database")
    tracking.publish_or_warn(params, [RECORD])
    assert "kilnmix runs" in capsys.readouterr().err
    with pytest.raises((UserError, Exception)):
        tracking.publish(params, [RECORD])

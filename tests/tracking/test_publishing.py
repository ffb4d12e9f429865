from dataclasses import replace
from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.config import Params
from kilnmix.tracking import publishing
from kilnmix.tracking.publishing import publish, publish_or_warn
from kilnmix.tracking.records import Record
from kilnmix.tracking.store import open_store
from tests.tracking.conftest import RECORD


def test_a_record_becomes_a_run_once(params: Params) -> None:
    Path("data.dvc").write_text("outs:\n- md5: 0123456789abcdef0123456789abcdef.dir\n  path: data\n")
    Path("note.txt").write_text("seen")
    assert publish(params, [RECORD]) == 1
    assert publish(params, [RECORD]) == 0
    client, experiment = open_store(params)
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
        patch.setattr(publishing, "register", breaks)
        with pytest.raises(KeyboardInterrupt):
            publish(params, [replace(RECORD, model="out/refit")])
    registered: list[str] = []
    monkeypatch.setattr(publishing, "register", lambda client, params, run_id, folder: registered.append(run_id))
    assert publish(params, [replace(RECORD, model="out/refit")]) == 1
    client, experiment = open_store(params)
    (run,) = client.search_runs([experiment])
    assert registered == [run.info.run_id]
    assert run.info.status == "FINISHED"


def test_one_record_given_twice_is_one_run(params: Params) -> None:
    assert publish(params, [RECORD, RECORD]) == 1


def test_names_that_mlflow_does_not_take_are_changed(params: Params) -> None:
    record = Record("r", {}, {"share.colour, body": 1}, {"f1.colour, body": 0.5}, {"f1.釉 (a)": [(1, 0.5)]})
    publish(params, [record])
    client, experiment = open_store(params)
    (run,) = client.search_runs([experiment])
    assert run.data.params == {"share.colour_ body": "1"}
    assert run.data.metrics == {"f1.colour_ body": 0.5, "f1.釉 _a_": 0.5}


def test_a_store_that_fails_costs_a_warning_and_not_the_stage(
    params: Params, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("mlruns/mlflow.db").write_text("this is no database")
    publish_or_warn(params, [RECORD])
    assert "kilnmix runs" in capsys.readouterr().err
    with pytest.raises((UserError, Exception)):
        publish(params, [RECORD])

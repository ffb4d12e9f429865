import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.config import Params
from kilnmix.tracking import registry
from kilnmix.tracking.publishing import publish
from kilnmix.tracking.records import Record, tags, write
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
    assert (source.dataset.name, source.dataset.digest) == (
        "photographs as they came",
        "0123456789abcdef0123456789abcdef.dir",
    )
    assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["note.txt"]
    assert Path("mlruns/mlflow.db").exists()


def test_a_confusion_matrix_is_a_table_and_a_picture(params: Params) -> None:
    matrix = "label,celadon,white\nceladon,3,1\nwhite,0,2\n"
    record = replace(RECORD, confusion={"glaze, body": matrix})
    publish(params, [record])
    client, experiment = open_store(params)
    (run,) = client.search_runs([experiment], "tags.arm = 'real'")
    names = [file.path for file in client.list_artifacts(run.info.run_id, "confusion")]
    assert names == ["confusion/glaze_ body.csv", "confusion/glaze_ body.svg"]
    place = Path(client.download_artifacts(run.info.run_id, names[0]))
    assert place.read_text(encoding="utf-8") == matrix


def test_a_trial_stands_under_its_search_and_its_training_under_the_trial(params: Params) -> None:
    def trial(number: int, state: str) -> Record:
        own = tags("search", 0, 0, arm="searched", study="searched", trial=number, state=state)
        return Record(f"trial {number}", own, {"optuna.study": "s", "share.glaze": 0.1}, curves={"look": [(10, 0.5)]})

    own = tags("search", 0, 0, arm="searched", study="searched", seed=0)
    trained = Record("of trial 1", {**own, "trial": "1"}, {"run": "ab" * 8})
    final = Record("of the play-off", {**own, "playoff": "1"}, {"run": "cd" * 8})
    told = [Record("search 0", tags("search", 0)), trial(0, "PRUNED"), trial(1, "COMPLETE"), trained, final]
    assert publish(params, told[:2]) == 2
    assert publish(params, told) == 3, "what is there already is found again, and is above the others"
    client, experiment = open_store(params)
    runs = {run.info.run_name: run for run in client.search_runs([experiment], "tags.level != 'study'")}
    names = {run.info.run_id: name for name, run in runs.items()}
    above = {name: names.get(run.data.tags["mlflow.parentRunId"]) for name, run in runs.items()}
    assert above == {
        "search · fold 0": None,
        "search searched · trial 0 · fold 0": "search · fold 0",
        "search searched · trial 1 · fold 0": "search · fold 0",
        "search searched · trial 1 · fold 0 · seed 0": "search searched · trial 1 · fold 0",
        "search searched · playoff 1 · fold 0 · seed 0": "search · fold 0",
    }
    stopped = runs["search searched · trial 0 · fold 0"]
    assert (stopped.info.status, stopped.data.tags["state"], stopped.data.tags["level"]) == (
        "KILLED",
        "PRUNED",
        "trial",
    )
    assert runs["search searched · trial 1 · fold 0"].info.status == "FINISHED"


def test_records_from_before_there_were_matrices_keep_their_digest(params: Params) -> None:
    assert "confusion" not in entries(RECORD)
    assert replace(RECORD, confusion={"glaze": "x"}).digest != RECORD.digest


def entries(record: Record) -> set[str]:
    write(Path(), [record])
    return set(json.loads(Path("records.json").read_text())[0])


def test_a_run_that_was_broken_off_is_filled_further(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(registry, "register", breaks)
        with pytest.raises(KeyboardInterrupt):
            publish(params, [replace(RECORD, model="out/refit")])
    registered: list[str] = []
    monkeypatch.setattr(registry, "register", lambda client, params, run_id, *_: registered.append(run_id))
    assert publish(params, [replace(RECORD, model="out/refit")]) == 1
    client, experiment = open_store(params)
    (run,) = client.search_runs([experiment], "tags.level != 'study'")
    assert registered == [run.info.run_id]
    assert run.info.status == "FINISHED"


def test_filling_further_logs_nothing_twice(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*arguments: object) -> None:
        raise KeyboardInterrupt

    Path("note.txt").write_text("seen")
    with monkeypatch.context() as patch:
        patch.setattr(registry, "register", breaks)
        with pytest.raises(KeyboardInterrupt):
            publish(params, [replace(RECORD, model="out/refit")])
    monkeypatch.setattr(registry, "register", lambda *_: None)
    assert publish(params, [replace(RECORD, model="out/refit")]) == 1
    client, experiment = open_store(params)
    (run,) = client.search_runs([experiment], "tags.level != 'study'")
    assert [point.step for point in client.get_metric_history(run.info.run_id, "loss")] == [10, 20]


def test_a_broken_off_run_whose_record_changed_is_closed(params: Params) -> None:
    client, experiment = open_store(params)
    # What an earlier version left: begun, never ended, and its record is in no output any more.
    left = client.create_run(experiment, tags={"kilnmix.begun": "ab" * 32})
    assert publish(params, [RECORD]) == 1
    assert client.get_run(left.info.run_id).info.status == "KILLED"


def test_two_at_once_log_each_record_once(params: Params) -> None:
    records = [replace(RECORD, name=str(number), metrics={"score": number / 8}) for number in range(8)]
    write(Path(), records)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from kilnmix.config import Params\n"
        "from kilnmix.tracking.publishing import publish\n"
        "from kilnmix.tracking.records import read\n"
        "print(publish(Params.model_validate_json(sys.argv[1]), read(Path('records.json'))))\n"
    )
    command = [sys.executable, "-c", code, params.model_dump_json()]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sorted(int(each.communicate()[0]) for each in both) == [0, 8]
    client, experiment = open_store(params)
    runs = client.search_runs([experiment], "tags.level != 'study'")
    assert sorted(run.data.metrics["score"] for run in runs) == [number / 8 for number in range(8)]


def test_one_record_given_twice_is_one_run(params: Params) -> None:
    assert publish(params, [RECORD, RECORD]) == 1


def test_names_that_mlflow_does_not_take_are_changed(params: Params) -> None:
    record = Record("r", {}, {"share.colour, body": 1}, {"f1.colour, body": 0.5}, {"f1.釉 (a)": [(1, 0.5)]})
    publish(params, [record])
    client, experiment = open_store(params)
    (run,) = client.search_runs([experiment], "tags.level != 'study'")
    assert run.data.params == {"share.colour_ body": "1"}
    assert run.data.metrics == {"f1.colour_ body": 0.5, "f1.釉 _a_": 0.5}


def test_a_store_that_fails_is_a_sentence(params: Params) -> None:
    Path("mlruns/mlflow.db").write_text("this is no database")
    with pytest.raises(UserError, match="kilnmix runs"):
        publish(params, [RECORD])

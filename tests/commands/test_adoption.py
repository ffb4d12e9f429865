"""What an import makes of conf/ and params.yaml; and that its advice is a command that works."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from kilnmix.cli import app
from kilnmix.commands import adoption
from kilnmix.commands.task_options import told
from kilnmix.common.errors import UserError
from kilnmix.config import composition, load
from tests.collection.conftest import draw


def settings() -> dict:
    return yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))


def test_the_demos_settings_give_way(composed_project: Path) -> None:
    wanted = told(load().collection, ["type", "ware=釉色"], "leave-out")
    adoption.adopt(wanted).write()
    params = load()
    assert params.profile == "photographs"
    assert params.collection.split.test == 0.2  # not the demo's 63 %
    assert params.collection.tasks == ("type", "ware")
    assert (params.collection.unresolved, params.collection.columns.tasks) == ("leave-out", {"ware": "釉色"})
    assert composition.compose([])[0] == Path("params.yaml").read_text(encoding="utf-8")  # kept in conf/


def test_what_was_composed_or_edited_is_kept(composed_project: Path) -> None:
    composition.write(["classifier.steps=77", "collection.columns.object=REGISTER"])
    text = Path("params.yaml").read_text(encoding="utf-8").replace("seed: 20260119", "seed: 5  # mine")
    Path("params.yaml").write_text(text, encoding="utf-8")
    changes = adoption.adopt(told(load().collection, ["type"]))
    changes.write()
    params = load()
    assert (params.classifier.steps, params.seed, params.collection.columns.object) == (77, 5, "REGISTER")
    assert (params.profile, params.collection.tasks) == ("photographs", ("type",))
    assert "classifier.steps=77" in changes.sentence
    assert "edited by hand" not in changes.sentence
    assert "# mine" in Path("params-before-import.yaml").read_text(encoding="utf-8")
    text = Path("params.yaml").read_text(encoding="utf-8").replace("seed: 5", "seed: 5  # still mine")
    Path("params.yaml").write_text(text, encoding="utf-8")
    adoption.adopt(told(load().collection, ["type"])).write()
    assert "# mine" in Path("params-before-import.yaml").read_text(encoding="utf-8")
    assert "# still mine" in Path("params-before-import-2.yaml").read_text(encoding="utf-8")


def test_another_profile_stays(composed_project: Path) -> None:
    composition.write(["profile=sd15"])
    adoption.adopt(told(load().collection, ["type"])).write()
    assert (load().profile, composition.compose([])[1].profile) == ("sd15", "sd15")


def test_a_tasks_column_needs_no_sign(composed_project: Path) -> None:
    composition.write(["collection.columns.tasks.ware=釉色"])
    assert load().collection.columns.tasks == {"ware": "釉色"}


@pytest.mark.parametrize(("tasks", "unresolved"), [(["a", "a"], None), (["=b"], None), (["a"], "maybe")])
def test_options_that_will_not_do(composed_project: Path, tasks: list[str], unresolved: str | None) -> None:
    with pytest.raises(UserError):
        told(load().collection, tasks, unresolved)


def advice(error: object) -> list[list[str]]:
    return [shlex.split(command)[1:] for command in re.findall(r"`(kilnmix [^`]+)`", str(error))]


@pytest.mark.parametrize("spoil", ["unknown term", "no column"])
def test_advice_is_a_command_that_works(composed_project: Path, tmp_path: Path, spoil: str) -> None:
    folder = tmp_path / "my photographs"
    rows = draw(folder, objects=16)
    table = folder / "labels.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("明代", "喵代") if spoil == "unknown term" else text, encoding="utf-8")
    tasks = ["dynasty", "type"] if spoil == "unknown term" else ["dynasty", "type", "kiln"]
    arguments = ["import", str(folder), "--labels", str(table), *(a for task in tasks for a in ("--task", task))]
    refused = CliRunner().invoke(app, arguments)
    assert isinstance(refused.exception, UserError)
    assert not Path("data").exists()
    commands = advice(refused.exception)
    assert commands
    for command in commands:
        shutil.rmtree("data", ignore_errors=True)
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        assert f"{len(rows)} pictures" in done.output
        assert settings()["profile"] == "photographs"
    dry = CliRunner().invoke(app, [*commands[0], "--dry-run"])
    assert "nothing was changed" in dry.output
    assert "objects" in dry.output

"""What a tired person types: one sentence, status 2, no traceback, nothing changed."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image
from typer.testing import CliRunner

from kilnmix import cli
from kilnmix.config import load
from kilnmix.generator.captions import Template

PROJECT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "conf", tmp_path / "conf")
    (tmp_path / "data").mkdir()
    for number in range(6):
        # No two alike: near-duplicates would be one object.
        coarse = np.random.default_rng(number).integers(0, 256, (5, 5, 3), np.uint8)
        pixels = coarse.repeat(8, axis=0).repeat(8, axis=1)
        Image.fromarray(pixels).save(tmp_path / "data" / f"{number}.png")
    table(
        tmp_path,
        "image,glaze,type",
        [f"{n}.png,{'white' if n % 2 else 'celadon'},{'bowl' if n < 3 else 'jar'}" for n in range(6)],
    )
    chosen = ("collection=default", "collection.tasks=[glaze,type]", "generator.caption='a {type}, {glaze} glaze'")
    assert run(tmp_path, "compose", *chosen).returncode == 0
    return tmp_path


def table(folder: Path, head: str, lines: list[str]) -> None:
    (folder / "data" / "labels.csv").write_text("\n".join([head, *lines]) + "\n")


@dataclass(frozen=True)
class Ended:
    returncode: int
    stdout: str
    stderr: str


def run(folder: Path, *arguments: str) -> Ended:
    """A command as a person types it, in this process."""
    told, complained = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    status = 0
    with (
        contextlib.chdir(folder),
        mock.patch.object(sys, "argv", ["kilnmix", *arguments]),
        contextlib.redirect_stdout(told),
        contextlib.redirect_stderr(complained),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            status = int(ended.code or 0)
    texts = (stream.buffer.getvalue().decode() for stream in (told, complained))  # type: ignore[attr-defined]
    return Ended(status, *texts)


def files(folder: Path) -> dict[Path, bytes]:
    """Every file's bytes, but for locks, which stay where they were taken, and the record of the run that failed."""
    own = [path for path in folder.rglob("*") if path.relative_to(folder).parts[0] not in ("mlruns", ".kilnmix")]
    return {path: path.read_bytes() for path in own if path.is_file()}


def refused(folder: Path, *arguments: str) -> str:
    """The sentence of a command that must end with status 2 and leave every file as it was."""
    before = files(folder)
    done = run(folder, *arguments)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert files(folder) == before
    return done.stderr


def test_a_process_ends_with_status_2_and_a_sentence(folder: Path) -> None:
    command = [sys.executable, "-m", "kilnmix.cli", "judge", "--fold", "7"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("kilnmix: There is no fold '7'")


def test_an_unknown_setting(folder: Path) -> None:
    text = (folder / "params.yaml").read_text()
    (folder / "params.yaml").write_text(text + "colour: red\n")
    assert "colour: there is no such setting" in refused(folder, "prepare")


NO_PROJECT = "holds no kilnmix project, neither conf/ nor params.yaml"


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["prepare"], "There is no params.yaml here."),
        (["compose"], "There is no conf/config.yaml here."),
        (["verdict"], "reports/summary.txt is missing. Compare the arms first: `"),
    ],
)
def test_no_project(tmp_path: Path, arguments: list[str], fault: str) -> None:
    said = refused(tmp_path, *arguments)
    assert said.startswith(f"kilnmix: {fault}")
    assert said.endswith(f" ({tmp_path} {NO_PROJECT}: `cd` to yours first.)\n")


def test_a_fault_that_has_nothing_to_do_with_a_project_says_nothing_of_one(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    assert refused(tmp_path, "predict", "nowhere.png") == (
        "kilnmix: There is no file nowhere.png. Name pictures, or a folder that holds some.\n"
    )
    mine = tmp_path / "out" / "mine"
    mine.mkdir(parents=True)
    for arguments in (["predict", "a.png", "--model", str(mine)], ["guidelines", "mine/reports"]):
        assert NO_PROJECT not in refused(tmp_path, *arguments)
    # The default model is a project's.
    assert NO_PROJECT in refused(tmp_path, "predict", "a.png")


def test_a_folder_inside_a_project(folder: Path) -> None:
    (folder / "my docs").mkdir()
    assert f"{NO_PROJECT}: `cd {folder}` first.)" in refused(folder / "my docs", "verdict")
    assert NO_PROJECT not in refused(folder, "verdict")


def test_a_project_without_its_settings(folder: Path) -> None:
    (folder / "params.yaml").unlink()
    said = refused(folder, "prepare")
    assert said.startswith("kilnmix: There is no params.yaml here. Write it with `") and NO_PROJECT not in said


def test_a_table_without_the_image_column(folder: Path) -> None:
    table(folder, "picture_number,glaze,type", ["1,white,bowl"])
    said = refused(folder, "prepare")
    assert "image" in said
    assert "picture_number" in said


def test_a_task_with_one_class(folder: Path) -> None:
    table(folder, "image,glaze,type", [f"{n}.png,white,{'bowl' if n < 3 else 'jar'}" for n in range(6)])
    assert "glaze" in refused(folder, "prepare")


def test_a_folder_without_pictures(folder: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds no pictures" in refused(folder, "import", str(empty), "--labels", str(folder / "data" / "labels.csv"))
    assert "There is no folder" in refused(folder, "import", str(tmp_path / "nowhere"))


def test_a_picture_that_does_not_decode_is_listed_and_the_rest_goes_on(folder: Path) -> None:
    (folder / "data" / "2.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    done = run(folder, "prepare")
    assert done.returncode == 0, done.stderr
    assert "5 photographs" in done.stdout
    rejected = (folder / "out" / "prepare" / "rejected.csv").read_text()
    assert "2.png" in rejected


def test_a_base_model_that_is_not_there(folder: Path) -> None:
    assert run(folder, "prepare").returncode == 0
    assert "generator.base" in refused(folder, "encode")


def test_stages_out_of_order(folder: Path) -> None:
    assert "Run `dvc repro prepare` first" in refused(folder, "encode")


def test_a_stage_that_runs_already(folder: Path) -> None:
    (folder / ".kilnmix" / "locks").mkdir(parents=True)
    with FileLock(folder / ".kilnmix" / "locks" / "prepare"):
        assert "Another process runs prepare" in refused(folder, "prepare")


def test_unknown_folds_commands_and_options(folder: Path) -> None:
    assert "There is no fold '7'" in refused(folder, "judge", "--fold", "7")
    assert "No such command" in refused(folder, "jugde")
    assert "No such option" in refused(folder, "judge", "--folds", "1")


def test_an_override_that_does_not_exist(folder: Path) -> None:
    assert "classifier.stps" in refused(folder, "compose", "classifier.stps=3")


def test_a_caption_that_names_no_task_of_this_collection(folder: Path) -> None:
    assert run(folder, "prepare").returncode == 0
    text = (folder / "params.yaml").read_text()
    (folder / "params.yaml").write_text(text.replace("{glaze} glaze", "{kiln} kiln"))
    said = refused(folder, "encode")
    assert "generator.caption" in said
    assert "glaze, type" in said


NAMES = ("no", "1", "colour, body", "glaze; main")


def own_photographs(folder: Path) -> list[str]:
    """A folder to import whose tasks have awkward names; the command's arguments."""
    source = folder / "mine"
    shutil.copytree(folder / "data", source / "pictures")
    (source / "pictures" / "labels.csv").unlink()
    lines = [f"{n}.png,{','.join(['white' if n % 2 else 'black'] * len(NAMES))}" for n in range(6)]
    quoted = ",".join(f'"{name}"' for name in NAMES)
    (source / "mine.csv").write_text("\n".join([f"image,{quoted}", *lines]) + "\n")
    config = folder / "conf" / "collection" / "default.yaml"
    config.write_text(config.read_text().replace("allow_new: []", f"allow_new: {json.dumps(NAMES)}"))
    text = (folder / "params.yaml").read_text().replace("allow_new: []", f"allow_new: {json.dumps(NAMES)}")
    (folder / "params.yaml").write_text(text)
    named = [argument for name in NAMES for argument in ("--task", name)]
    return ["import", str(source / "pictures"), "--labels", str(source / "mine.csv"), *named]


def test_tasks_of_any_name_can_be_imported(folder: Path) -> None:
    arguments = own_photographs(folder)
    done = run(folder, *arguments)
    assert done.returncode == 0, done.stderr
    assert run(folder, "compose").returncode == 0
    params = load(folder / "params.yaml")
    assert params.profile == "photographs"
    assert params.collection.tasks == NAMES
    template = Template.parse(params.generator.caption, NAMES)
    assert template.unnamed(NAMES) == []


def test_a_task_that_cannot_be_part_of_a_file_name_is_refused_with_what_to_write(folder: Path) -> None:
    arguments = [a.replace("glaze; main", "glaze: main") for a in own_photographs(folder)]
    table = folder / "mine" / "mine.csv"
    table.write_text(table.read_text().replace("glaze; main", "glaze: main"))
    said = refused(folder, *arguments)
    assert "--task 'glaze-main=glaze: main'" in said
    arguments[arguments.index("glaze: main")] = "glaze-main=glaze: main"
    done = run(folder, *arguments)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("config.yaml", "defaults: [\n"),
        ("profile/photographs.yaml", "# @package _global_\nfolds: none\n"),
        ("classifier/pocket.yaml", "defaults: [default, _self_]\ntask_weights: {dynasty: 2.0}\n"),
    ],
)
def test_settings_that_cannot_follow_stop_an_import(folder: Path, file: str, text: str) -> None:
    arguments = own_photographs(folder)
    (folder / "conf" / file).write_text(text)
    assert "conf" in refused(folder, *arguments)


def test_the_version_is_told() -> None:
    ended = CliRunner().invoke(cli.app, ["--version"])
    assert (ended.exit_code, ended.output) == (0, f"kilnmix {version('kilnmix')}\n")


def test_a_command_starts_and_predict_answers_without_torch_and_settings() -> None:
    """They take seconds, and the first answer is to come within two."""
    code = (
        "import sys, kilnmix.cli\n"
        "from kilnmix.classifier import answers, exported, picture_files, predict_files\n"
        "print(sorted({'torch', 'pydantic', 'scipy', 'pandas', 'mlflow'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "[]\n"

"""Answers for files: sets at a stated error, and how they are written."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import shutil
import socket
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file, save_file

from kilnmix.classifier import picture_files, predict
from kilnmix.classifier.answers import Answer, write_csv, write_json, write_table
from kilnmix.classifier.consistency import Rule
from kilnmix.classifier.predict_files import SETS, Predictor, answer, load, read_thresholds, sets
from kilnmix.classifier.reference import Reference
from kilnmix.collection.prepared import Task
from kilnmix.common import manifest
from kilnmix.common.csv_files import unguarded
from kilnmix.common.errors import UserError
from tests.untrained import untrained_model

SURE = Answer("one.jpg", {"glaze": [("celadon", 0.9)]}, {"glaze": ["celadon"]})
UNSURE = Answer("two.jpg", {"glaze": [("celadon", 0.5)], "type": [("jar", 0.8)]}, {"glaze": ["celadon", "white"]})


def test_a_set_holds_the_classes_that_are_likely_enough() -> None:
    probabilities = {"glaze": np.array([0.2, 0.45, 0.35], np.float32), "type": np.array([0.9, 0.1], np.float32)}
    classes = {"glaze": ("black", "celadon", "white"), "type": ("bowl", "jar")}
    assert sets(probabilities, classes, {"glaze": 0.7}) == {"glaze": ["celadon", "white"]}
    assert sets(probabilities, classes, {"glaze": 0.5, "type": 0.2}) == {"glaze": [], "type": ["bowl"]}


def test_a_person_reads_what_is_sure_and_what_is_not(capsys: pytest.CaptureFixture) -> None:
    write_table([SURE, UNSURE])
    assert capsys.readouterr().out.splitlines() == [
        "one.jpg",
        "  glaze  celadon 0.90",
        "two.jpg",
        "  glaze  not sure: celadon 0.50 (or white)",
        "  type   jar 0.80",
    ]


def test_programs_read_the_same(capsys: pytest.CaptureFixture) -> None:
    write_json([UNSURE])
    assert json.loads(capsys.readouterr().out) == {
        "picture": "two.jpg",
        "glaze": {"celadon": 0.5},
        "type": {"jar": 0.8},
        "sets": {"glaze": ["celadon", "white"]},
    }
    write_csv([SURE, UNSURE])
    assert capsys.readouterr().out.splitlines()[1:] == [
        "one.jpg,glaze,celadon,0.9000,yes,,,yes",
        "two.jpg,glaze,celadon,0.5000,yes,,,no",
        "two.jpg,type,jar,0.8000,,,,",
    ]


STRANGE = Answer(
    "three.jpg",
    {"glaze": [("blue-and-white", 0.5)], "dynasty": [("tang", 0.6)]},
    {},
    unlike=True,
    breaches=[("glaze", "dynasty")],
    together={"glaze": "celadon", "dynasty": "tang"},
)


def test_what_is_unlike_and_what_does_not_go_together_is_told(capsys: pytest.CaptureFixture) -> None:
    write_table([STRANGE])
    assert capsys.readouterr().out.splitlines() == [
        "three.jpg",
        "  unlike the collection: the answers say which of its classes is least far from this",
        "  by the rules these answers do not go together: glaze and dynasty (likelier: glaze celadon)",
        "  glaze    blue-and-white 0.50",
        "  dynasty  tang 0.60",
    ]
    write_json([STRANGE])
    told = json.loads(capsys.readouterr().out)
    assert (told["unlike"], told["breaches"]) == (True, [["glaze", "dynasty"]])
    assert told["together"] == {"glaze": "celadon", "dynasty": "tang"}
    write_csv([STRANGE])
    assert capsys.readouterr().out.splitlines()[1:] == [
        "three.jpg,glaze,blue-and-white,0.5000,,yes,celadon,",
        "three.jpg,dynasty,tang,0.6000,,yes,tang,",
    ]


class Fixed:
    """A model that answers by the first pixel's red: probability of celadon; its features are the first row's."""

    size, fit, classes = 32, "pad", {"glaze": ("celadon", "white"), "type": ("bowl", "jar")}

    def apply(self, pixels: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        share = pixels[:, 0, 0, 0].astype(np.float32) / 255
        both = np.stack([share, 1 - share], axis=1)
        return {"glaze": both, "type": both}, pixels[:, 0, :, 0].astype(np.float32)


def test_a_predictor_says_all_that_its_model_knows() -> None:
    # Rows of two kinds, and a picture with another row.
    rng = np.random.default_rng(0)
    one, other, strange = rng.integers(0, 256, (3, 32))
    one[0], strange[0] = 255, 51
    known = Reference.of(np.stack([one, other] * 20) + rng.normal(0, 9, (40, 32)), np.arange(40), list("ab" * 20))
    rules = [Rule({"glaze": frozenset({"celadon"})}, "type", frozenset({"jar"}))]
    predictor = Predictor(Fixed(), {"glaze": 0.5}, known, rules)
    squares = np.zeros((2, 32, 32, 3), np.uint8)
    squares[0, 0, :, 0], squares[1, 0, :, 0] = one, strange
    like, unlike = predictor.look(["a", "b"], squares, 1)
    assert (like.answer.unlike, unlike.answer.unlike) == (False, True)
    assert like.answer.sets == {"glaze": ["celadon"]}
    assert like.answer.breaches == [("glaze", "type")]
    assert unlike.answer.tasks == {"glaze": [("white", pytest.approx(0.8))], "type": [("jar", pytest.approx(0.8))]}
    assert unlike.answer.breaches == []
    assert Predictor(Fixed(), {}).look(["a"], squares[:1], 1)[0].answer.unlike is None


def test_an_error_that_the_model_states_no_sets_for_is_a_sentence(tmp_path: Path) -> None:
    assert read_thresholds(tmp_path, 0.1) == {}
    (tmp_path / SETS).write_text(json.dumps({"0.05": {"glaze": None}, "0.1": {"glaze": 0.6, "type": None}}))
    assert read_thresholds(tmp_path, 0.1) == {"glaze": 0.6}
    assert read_thresholds(tmp_path, 0.05) == {}
    with pytest.raises(UserError, match=r"take one of 0.05, 0.1 for --error"):
        read_thresholds(tmp_path, 0.3)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"x": {}}', '{"0.1": [1]}', '{"0.1": {"glaze": "many"}}', "\udc00"]
)
def test_damaged_sets_are_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / SETS).write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(UserError, match=SETS):
        read_thresholds(tmp_path, 0.1)


def test_no_cell_is_a_formula(capsys: pytest.CaptureFixture) -> None:
    names = ["=cmd|'/c calc'!A0.jpg", "+1.jpg", "-x.jpg", "@sum.jpg", "\tx.jpg", "a,b.jpg"]
    write_csv([Answer(name, {"=task": [("=class", 0.5)]}, {}) for name in names])
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))[1:]
    assert [row[0] for row in rows] == [*(f"'{name}" for name in names[:5]), "a,b.jpg"]
    assert rows[0][1:] == ["'=task", "'=class", "0.5000", "", "", "", ""]
    assert [unguarded(row[0]) for row in rows] == names


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model as `refit` leaves it."""
    folder = tmp_path_factory.mktemp("model")
    tasks = (Task("glaze", ("black", "celadon"), {}), Task("type", ("bowl", "jar"), {}))
    untrained_model(tasks).write(folder)
    return folder


def test_one_sentence_for_what_is_no_picture_and_answers_for_the_rest(
    model_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    Image.new("RGB", (40, 40), "red").save(tmp_path / "sound.png")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("no picture")
    bomb = io.BytesIO()
    Image.new("1", (1, 1)).save(bomb, "BMP")
    content = bytearray(bomb.getvalue())
    content[18:26] = struct.pack("<ii", 60_000, 60_000)
    (tmp_path / "bomb.bmp").write_bytes(content)
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as bound:
        bound.bind(str(tmp_path / "s.png"))
        names = ["sound.png", "pipe.png", "empty.png", "text.png", "bomb.bmp", "s.png"]
        files, _ = picture_files.find([*(tmp_path / name for name in names), Path("/dev/zero")])
        answers = []
        with pytest.raises(UserError, match="6 of 7 pictures could not be read"):
            answers.extend(answer(files, load(model_folder), 2))
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[2].partition(": ") for line in told] == [
        (f"{tmp_path}/pipe.png", ": ", "it is a pipe, not a file"),
        (f"{tmp_path}/empty.png", ": ", "the file is empty"),
        (f"{tmp_path}/text.png", ": ", "the file is no picture of a kind that can be read"),
        (f"{tmp_path}/bomb.bmp", ": ", "60000 x 60000 pixels are more than 200,000,000 (collection.max_pixels)"),
        (f"{tmp_path}/s.png", ": ", "it is a socket, not a file"),
        ("/dev/zero", ": ", "it is a device, not a file"),
    ]
    assert [given.picture for given in answers] == [f"{tmp_path}/sound.png"]
    assert sorted(name for name, _ in answers[0].tasks["glaze"]) == ["black", "celadon"]


@pytest.mark.parametrize("damage", ["cut", "empty", "gone", "other shape", "not finite"])
def test_damaged_weights_are_a_sentence(model_folder: Path, tmp_path: Path, damage: str) -> None:
    shutil.copytree(model_folder, tmp_path / "model")
    path = tmp_path / "model" / predict.WEIGHTS
    content, state = path.read_bytes(), load_file(path)
    if damage == "gone":
        path.unlink()
    elif damage in ("cut", "empty"):
        path.write_bytes(content[: len(content) // 2 if damage == "cut" else 0])
    else:
        name = next(name for name, value in state.items() if value.dim() == 4)
        state[name] = state[name][:, :1].clone() if damage == "other shape" else state[name] * float("nan")
        save_file(state, path)
    with pytest.raises(UserError, match=str(tmp_path / "model")):
        load(tmp_path / "model")


def test_a_file_that_changed_since_refit_is_told(model_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(model_folder, tmp_path / "model")
    manifest.write(tmp_path / "model")
    load(tmp_path / "model")
    path = tmp_path / "model" / predict.WEIGHTS
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match="is not the file that its stage wrote"):
        load(tmp_path / "model")

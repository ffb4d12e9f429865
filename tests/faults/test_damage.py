"""Files of stages' outputs that are empty, cut, nested without end or of another form: a sentence that names them.

Twice: as they would be met, where the manifest gives them away; and with a manifest that says nothing, where the
readers themselves have to.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kilnmix.common import manifest
from kilnmix.common.errors import UserError
from kilnmix.common.paths import STATE, output
from kilnmix.config import load
from kilnmix.stages import SCOPES
from kilnmix.stages.runner import run_stage
from kilnmix.tracking import records
from tests.faults.marks import thorough
from tests.faults.test_kills import ITEMS, contents, place
from tests.tiny_project import Project

READ = [
    ("encode", "out/prepare/tasks.json"),
    ("encode", "out/prepare/photographs.csv"),
    ("encode", "out/prepare/folds.csv"),
    ("encode", "out/prepare/pixels.npy"),
    ("finetune", "out/encode/0/captions.json"),
    ("finetune", "out/encode/0/captions.safetensors"),
    ("finetune", "out/encode/0/latents.safetensors"),
    ("generate", "out/finetune/0/0/pytorch_lora_weights.safetensors"),
    ("curate", "out/judge/0/1/held_out.npz"),
    ("curate", "out/judge/0/0/model.json"),
    ("curate", "out/judge/0/0/model.safetensors"),
    ("curate", "out/generate/0/0/pool.csv"),
    ("curate", "out/generate/0/0/images/000003.png"),
    ("search", "out/curate/0/0/images.csv"),
    ("search", "out/curate/0/0/pixels.npy"),
    ("confirm", "out/search/0/best.yaml"),
    ("compare", "out/train/0/test.parquet"),
    ("compare", "out/confirm/1/test.parquet"),
    ("refit", "out/train/0/validation.parquet"),
    ("refit", "reports/verdict.json"),
]
"""A stage, and a file that it reads."""


def damages(path: Path, content: bytes) -> dict[str, bytes]:
    """Name -> what stands in the file instead."""
    found = {"empty": b"", "half": content[: len(content) // 2], "noise": content[:40] + bytes(range(256)) * 4}
    if path.suffix == ".json":
        found |= {"nested": b"[" * 100_000, "another": b'{"a": 1}', "list": b"[1, 2]", "number": b"1" * 5000}
    if path.suffix == ".csv":
        found |= {"columns": b"a,b\n1,2\n", "short": content + b"x\n", "other bytes": content + b"\xff\xfe,\n"}
    return found


@pytest.fixture(scope="module")
def copy(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damage") / "project"
    shutil.copytree(project.folder, folder, symlinks=True)
    return folder


@pytest.fixture
def here(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(copy)
    yield copy


def refused(stage: str, path: Path, content: bytes | None) -> None:
    """The stage says a sentence on the file, and its own output stays what it was."""
    whole, before = path.read_bytes(), contents(place(stage))
    path.unlink() if content is None else path.write_bytes(content)
    try:
        with pytest.raises(UserError) as said:
            run_stage(load(), stage, *ITEMS[SCOPES[stage]])
        assert "\n" not in str(said.value)
        assert str(path) in str(said.value) or str(path.parent) in str(said.value), said.value
        assert "`dvc " in str(said.value), said.value
    finally:
        path.write_bytes(whole)
    assert contents(place(stage)) == before


@pytest.mark.parametrize(("stage", "name"), [case for case in READ if case[1] != "reports/verdict.json"])
def test_a_cut_output_is_refused_before_anything_is_done(here: Path, stage: str, name: str) -> None:
    refused(stage, Path(name), Path(name).read_bytes()[:-1])


@thorough
@pytest.mark.parametrize(("stage", "name"), READ)
def test_every_reader_says_what_is_wrong_itself(
    here: Path, monkeypatch: pytest.MonkeyPatch, stage: str, name: str
) -> None:
    monkeypatch.setattr(manifest, "check", lambda folder: None)
    for content in damages(Path(name), Path(name).read_bytes()).values():
        refused(stage, Path(name), content)
    if name != "reports/verdict.json":  # a study without a verdict has a model without test scores
        refused(stage, Path(name), None)


@pytest.mark.parametrize("content", [b"", b"[", b"{}", b'[{"name": 1}]', b"[1]", b"\xff", b"[" * 100_000])
def test_records_that_are_none_are_named(here: Path, content: bytes) -> None:
    path = output("encode", 0) / "records.json"
    whole = path.read_bytes()
    path.write_bytes(content)
    try:
        with pytest.raises(UserError, match=r"out/encode/0/records\.json .*`dvc repro`"):
            records.read_all()
    finally:
        path.write_bytes(whole)


@thorough
def test_a_kept_training_that_was_cut_is_made_again(here: Path) -> None:
    """As a power cut may leave it: taken up unread, it would be half a result."""
    before = contents(place("train"))
    run_stage(load(), "train", 0)
    kept = next(path for path in sorted((here / STATE / "runs").glob("*/test.npz")))
    kept.write_bytes(b"")
    for stage in ("judge", "train", "confirm"):
        run_stage(load(), stage, 0)
    assert contents(place("train")) == before

import dataclasses
import subprocess
import sys
from importlib.metadata import version

import numpy as np
import pytest

from kilnmix.classifier.run import Extra
from kilnmix.common import digests
from kilnmix.common.errors import UserError


def _extra(shapes, **changes):
    rows = np.array([3, 1, 1])
    fields = {
        "kind": "repeat",
        "pixels": shapes.folder / "pixels.npy",
        "rows": rows,
        "labels": shapes.label_matrix[rows],
        "share": 0.1,
    }
    return Extra(**{**fields, **changes})


def test_digest_is_of_the_content_and_not_of_names(make_run, shapes):
    run = make_run()
    same = dataclasses.replace(run, name="another name", tags={"arm": "real"})
    assert run.digest() == same.digest() == make_run(runs_at_once=7).digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"run": {"seed": 1}},
        {"run": {"task_weights": {"form": 2.0}}},
        {"run": {"keep_model": True}},
        {"run": {"tasks": ("colour",)}},
        {"run": {"test": np.arange(76, 90)}},
        {"steps": 7},
        {"augment": "strong"},
    ],
)
def test_whatever_decides_the_result_changes_the_digest(make_run, changes):
    assert make_run().digest() != make_run(**changes).digest()


def test_weight_of_one_is_no_weight(make_run):
    assert make_run().digest() == make_run({"task_weights": {"form": 1.0}}).digest()
    assert make_run().digest() == make_run(task_weights={"form": 3.0}).digest()


def test_extra_images_count_by_content(make_run, shapes, tmp_path):
    base = make_run({"extra": _extra(shapes)}).digest()
    copy = tmp_path / "copy.npy"
    np.save(copy, np.load(shapes.folder / "pixels.npy")[[3, 1]])
    assert make_run({"extra": _extra(shapes, pixels=copy, rows=np.array([0, 1, 1]))}).digest() == base
    masked = shapes.label_matrix[[3, 1, 1]].copy()
    masked[0, 0] = -1
    for changes in ({"labels": masked}, {"share": 0.2}, {"weight": 0.5}, {"mode": "replace"}):
        assert make_run({"extra": _extra(shapes, **changes)}).digest() != base
    assert make_run().digest() != base


@pytest.mark.parametrize("library", ["torch", "timm", "scipy", "opencv-python-headless", "torchmetrics"])
def test_another_version_of_a_library_is_another_run(make_run, monkeypatch, library):
    before = make_run().digest()
    monkeypatch.setattr(digests, "version", lambda name: "99" if name == library else version(name))
    assert make_run().digest() != before


def test_extra_pictures_are_read_once_as_long_as_they_stay(make_run, shapes, tmp_path, monkeypatch):
    path, opened = tmp_path / "pool.npy", []
    np.save(path, np.zeros((4, 2, 2, 3), np.uint8))
    monkeypatch.setattr(np, "load", lambda *given, load=np.load, **more: opened.append(given) or load(*given, **more))
    first = _extra(shapes, pixels=path).digest()
    assert _extra(shapes, pixels=path).digest() == first
    assert _extra(shapes, pixels=path, share=0.2).digest() != first
    assert len(opened) == 1
    np.save(path, np.full((5, 2, 2, 3), 9, np.uint8))
    assert _extra(shapes, pixels=path).digest() != first
    assert len(opened) == 2


def test_weights_count_by_content(make_run, tmp_path):
    first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    first.write_bytes(b"1")
    second.write_bytes(b"1")
    assert make_run(weights=str(first)).digest() == make_run(weights=str(second)).digest()
    second.write_bytes(b"22")
    assert make_run(weights=str(first)).digest() != make_run(weights=str(second)).digest()
    with pytest.raises(UserError, match=r"classifier\.weights names .*nowhere"):
        make_run(weights=str(tmp_path / "nowhere")).digest()


def test_parts_may_not_overlap(make_run):
    with pytest.raises(ValueError, match="share photographs"):
        make_run({"val": np.array([3]), "train": np.array([3, 4])})


def test_nothing_to_train_on_is_said(make_run):
    with pytest.raises(UserError, match="no photograph to train on"):
        make_run({"train": np.empty(0, np.int64)})


def test_describing_trainings_needs_no_torch():
    code = "import sys, kilnmix.classifier.training.parallel, kilnmix.classifier.results; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"

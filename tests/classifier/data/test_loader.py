import dataclasses

import numpy as np
import pytest
import torch

from kilnmix.classifier.data.loader import BatchLoader, prefetched
from kilnmix.classifier.data.training_data import resolve
from kilnmix.classifier.run import Extra


def test_finishing_on_real_photographs_leaves_the_extra_slots_empty(make_run, shapes):
    rows = shapes.members(0, "train")[:4]
    extra = Extra("repeat", shapes.folder / "pixels.npy", rows, shapes.label_matrix[rows], share=0.5)
    run = make_run({"extra": extra}, finish_on_real=0.5)
    sizes = [len(batch["weights"]) for batch in BatchLoader(run, resolve(run))]
    assert sizes == [16, 16, 16, 8, 8, 8]


def test_soft_labels_stand_behind_those_of_the_photographs(make_run, shapes):
    rows = shapes.members(0, "train")[:4]
    classes = sum(len(task.classes) for task in shapes.tasks)
    soft = np.random.default_rng(0).random((4, classes)).astype(np.float32)
    extra = Extra("synthetic", shapes.folder / "pixels.npy", rows, shapes.label_matrix[rows], share=0.5)
    hard = make_run({"extra": extra})
    run = make_run({"extra": dataclasses.replace(extra, soft=soft)})
    assert run.digest() != hard.digest()
    batch, plain = (next(iter(BatchLoader(one, resolve(one)))) for one in (run, hard))
    assert "soft" not in plain and torch.equal(batch["pixels"], plain["pixels"])
    start = 0
    for task in range(len(shapes.tasks)):
        width = len(shapes.tasks[task].classes)
        own, labels = batch["soft"][:, start : start + width], batch["labels"][:, task]
        assert own[:8].argmax(dim=1)[labels[:8] >= 0].tolist() == labels[:8][labels[:8] >= 0].tolist()
        assert own[:8].sum(dim=1).tolist() == (labels[:8] >= 0).float().tolist()
        start += width
    assert {tuple(row) for row in batch["soft"][8:].tolist()} <= {tuple(row) for row in soft.tolist()}


def test_batches_come_in_order_and_a_fault_in_one_is_heard_where_it_is_asked_for():
    def batches():
        yield from range(1, 4)
        raise OSError("a disk is gone")

    came = []
    with pytest.raises(OSError, match="a disk is gone"):
        for batch in prefetched(batches()):
            came.append(batch)  # noqa: PERF402
    assert came == [1, 2, 3]
    some = prefetched(iter(range(1, 6)))
    assert [next(some), next(some)] == [1, 2]
    some.close()
    assert list(prefetched(iter(range(1, 6)))) == [1, 2, 3, 4, 5]

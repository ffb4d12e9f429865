import numpy as np

from kilnmix.classifier.data import gpu_memory
from kilnmix.classifier.run import Extra


def test_pictures_on_a_gpu_are_counted(make_run, shapes):
    # 60 photographs of 24 x 24 pixels in three colours, held as they are; with `none` at the side that is read.
    assert gpu_memory.bytes_of(make_run()) == 60 * 24 * 24 * 3
    assert gpu_memory.bytes_of(make_run(size=8, augment="none")) == 60 * 8 * 8 * 3
    rows = np.array([0, 0, 1])
    extra = Extra("repeat", shapes.folder / "pixels.npy", rows, shapes.label_matrix[rows], share=0.1)
    # Once for each of both sizes; a margin of a quarter around 16 pixels is 20.
    assert gpu_memory.bytes_of(make_run({"extra": extra}, first_size=16)) == 63 * (20 * 20 + 24 * 24) * 3

"""Which device trains, found out without importing torch (which costs seconds)."""

from __future__ import annotations

import ctypes
import functools
import os
from typing import Literal

from kilnmix.errors import UserError


@functools.cache
def cuda_devices() -> int:
    """How many devices NVIDIA's driver offers to this process; 0 without a driver."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
        count = ctypes.c_int(0)
        if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0:
            return count.value
    except (OSError, AttributeError):
        pass
    return 0


def resolved(device: Literal["auto", "cpu", "cuda"]) -> Literal["cpu", "cuda"]:
    """The device that a setting means here.

    Raises:
        UserError: `cuda` is asked for and there is none.
    """
    if device == "auto":
        return "cuda" if cuda_devices() else "cpu"
    if device == "cuda" and not cuda_devices():
        raise UserError("classifier.device is `cuda`, but there is no CUDA device here. Set it to `auto` or `cpu`.")
    return device


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

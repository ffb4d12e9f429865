"""Which device trains, found out without importing torch (which costs seconds)."""

from __future__ import annotations

import ctypes
import functools
import os
from pathlib import Path
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


@functools.cache
def cuda_memory() -> int:
    """Bytes of memory of the first device; 0 without one."""
    if not cuda_devices():
        return 0
    driver, device, size = ctypes.CDLL("libcuda.so.1"), ctypes.c_int(0), ctypes.c_size_t(0)
    if driver.cuDeviceGet(ctypes.byref(device), 0) or driver.cuDeviceTotalMem_v2(ctypes.byref(size), device):
        return 0
    return size.value


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


@functools.cache
def _multiplies_bfloat16() -> bool:
    """Whether this processor has instructions for products of bfloat16 (AVX-512 BF16 or AMX)."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def fast_bfloat16(device: Literal["cpu", "cuda"], depthwise: bool) -> bool:
    """Whether bfloat16 trains faster than float32: measured twice as fast for plain convolutions on such a processor,
    and three times slower for depthwise ones."""
    return device == "cuda" or (_multiplies_bfloat16() and not depthwise)

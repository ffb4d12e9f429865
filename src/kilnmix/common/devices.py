"""Devices and cores of this machine, asked without importing torch, which costs seconds."""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from kilnmix.common.errors import UserError

# CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR of NVIDIA's cuda.h.
_CAPABILITY_MAJOR = 75


@functools.cache
def cuda_devices() -> int:
    """How many devices NVIDIA's driver offers to this process; 0 without a driver or with a torch for CPUs."""
    if _built_for_cpus():
        return 0
    try:
        driver = ctypes.CDLL("libcuda.so.1")
        count = ctypes.c_int(0)
        if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0:
            return count.value
    except (OSError, AttributeError):
        pass
    return 0


def _built_for_cpus() -> bool:
    try:
        return version("torch").endswith("+cpu")
    except PackageNotFoundError:
        return True


def free_cuda_memory(device: int = 0) -> int:
    """Bytes of a device's memory that nobody holds now, neither another program nor this process; 0 without a device.

    What torch has reserved in this process is held.
    """
    free, total = ctypes.c_size_t(0), ctypes.c_size_t(0)

    def ask(driver: ctypes.CDLL, answer: object, handle: ctypes.c_int) -> int:
        # The driver tells it within a context alone; the device's own is made where there is none yet, and let go.
        context = ctypes.c_void_p()
        if failed := int(driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), handle)):
            return failed
        try:
            if failed := int(driver.cuCtxPushCurrent_v2(context)):
                return failed
            try:
                return int(driver.cuMemGetInfo_v2(answer, ctypes.byref(total)))
            finally:
                driver.cuCtxPopCurrent_v2(ctypes.byref(ctypes.c_void_p()))
        finally:
            driver.cuDevicePrimaryCtxRelease_v2(handle)

    return _of_device(device, free, ask)


@functools.cache
def cuda_generation() -> int:
    """The first number of the first device's compute capability: 8 is Ampere; 0 without a device."""
    return _of_device(
        0,
        ctypes.c_int(0),
        lambda driver, major, device: driver.cuDeviceGetAttribute(major, _CAPABILITY_MAJOR, device),
    )


def _of_device(
    number: int, answer: ctypes.c_int | ctypes.c_size_t, ask: Callable[[ctypes.CDLL, object, ctypes.c_int], int]
) -> int:
    """What the driver writes into `answer` when it is asked about a device; 0 without the device or an answer.

    Args:
        ask: called with driver, reference to the answer, and device; returns the driver's status, 0 for success.
    """
    if not cuda_devices():
        return 0
    driver, device = ctypes.CDLL("libcuda.so.1"), ctypes.c_int(0)
    if driver.cuDeviceGet(ctypes.byref(device), number) or ask(driver, ctypes.byref(answer), device):
        return 0
    return int(answer.value)


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
    """Whether bfloat16 trains faster than float32.

    GPUs have it in hardware from compute capability 8 on; older ones only imitate it. On a processor with instructions
    for it, it was measured twice as fast for plain convolutions and three times slower for depthwise ones.
    """
    if device == "cuda":
        return cuda_generation() >= 8
    return _multiplies_bfloat16() and not depthwise

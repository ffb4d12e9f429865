import ctypes
from types import SimpleNamespace

import pytest

from kilnmix.common import devices


def _driver(major, fails=False):
    """NVIDIA's driver with one device of a compute capability; where it fails, it does not give the device."""

    def answers(held):
        def answer(reference, *_):
            reference._obj.value = held
            return 0

        return answer

    def attribute(reference, which, device):
        assert which == 75
        return answers(major)(reference)

    calls = []
    return SimpleNamespace(
        calls=calls,
        cuInit=lambda flags: 0,
        cuDeviceGetCount=answers(1),
        cuDeviceGet=lambda device, ordinal: int(fails),
        cuDevicePrimaryCtxRetain=lambda context, device: calls.append("retain") or 0,
        cuCtxPushCurrent_v2=lambda context: calls.append("push") or 0,
        cuMemGetInfo_v2=lambda free, total: calls.append("ask") or answers(60 * 2**30)(free),
        cuCtxPopCurrent_v2=lambda context: calls.append("pop") or 0,
        cuDevicePrimaryCtxRelease_v2=lambda device: calls.append("release") or 0,
        cuDeviceGetAttribute=attribute,
    )


@pytest.fixture
def with_driver(monkeypatch):
    def install(driver):
        for asked in (devices.cuda_devices, devices.cuda_generation):
            asked.cache_clear()
        monkeypatch.setattr(ctypes, "CDLL", lambda name: driver)

    yield install
    for asked in (devices.cuda_devices, devices.cuda_generation):
        asked.cache_clear()


@pytest.mark.parametrize(("major", "fast"), [(7, False), (8, True), (9, True)])
def test_a_gpu_is_fast_with_bfloat16_from_ampere_on(with_driver, major, fast):
    with_driver(driver := _driver(major))
    assert devices.cuda_generation() == major
    assert devices.fast_bfloat16("cuda", depthwise=True) is fast
    assert devices.free_cuda_memory() == 60 * 2**30
    assert driver.calls == ["retain", "push", "ask", "pop", "release"]
    assert devices.resolved("auto") == "cuda"


def test_a_driver_that_does_not_answer_promises_nothing(with_driver):
    with_driver(_driver(9, fails=True))
    assert (devices.cuda_generation(), devices.free_cuda_memory()) == (0, 0)
    assert not devices.fast_bfloat16("cuda", depthwise=False)


def test_a_torch_without_cuda_has_no_device_whatever_the_driver_says(with_driver, monkeypatch):
    with_driver(8)
    devices.cuda_devices.cache_clear()
    monkeypatch.setattr(devices, "version", lambda library: "2.15.0+cpu")
    assert devices.cuda_devices() == 0

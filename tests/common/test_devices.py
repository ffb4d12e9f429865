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

    return SimpleNamespace(
        cuInit=lambda flags: 0,
        cuDeviceGetCount=answers(1),
        cuDeviceGet=lambda device, ordinal: int(fails),
        cuDeviceTotalMem_v2=answers(80 * 2**30),
        cuDeviceGetAttribute=attribute,
    )


@pytest.fixture
def with_driver(monkeypatch):
    def install(driver):
        for asked in (devices.cuda_devices, devices.cuda_memory, devices.cuda_generation):
            asked.cache_clear()
        monkeypatch.setattr(ctypes, "CDLL", lambda name: driver)

    yield install
    for asked in (devices.cuda_devices, devices.cuda_memory, devices.cuda_generation):
        asked.cache_clear()


@pytest.mark.parametrize(("major", "fast"), [(7, False), (8, True), (9, True)])
def test_a_gpu_is_fast_with_bfloat16_from_ampere_on(with_driver, major, fast):
    with_driver(_driver(major))
    assert devices.cuda_generation() == major
    assert devices.fast_bfloat16("cuda", depthwise=True) is fast
    assert devices.cuda_memory() == 80 * 2**30
    assert devices.resolved("auto") == "cuda"


def test_a_driver_that_does_not_answer_promises_nothing(with_driver):
    with_driver(_driver(9, fails=True))
    assert (devices.cuda_generation(), devices.cuda_memory()) == (0, 0)
    assert not devices.fast_bfloat16("cuda", depthwise=False)


def test_a_torch_without_cuda_has_no_device_whatever_the_driver_says(with_driver, monkeypatch):
    with_driver(8)
    devices.cuda_devices.cache_clear()
    monkeypatch.setattr(devices, "version", lambda library: "2.15.0+cpu")
    assert devices.cuda_devices() == 0

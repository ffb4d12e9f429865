import ctypes

import pytest

from kilnmix.classifier import devices


class _Driver:
    """NVIDIA's driver with one device of a compute capability and a memory; `fails` gives every question an error."""

    def __init__(self, major, fails=False):
        self.major, self.fails = major, fails

    def cuInit(self, flags):
        return 0

    def cuDeviceGetCount(self, count):
        count._obj.value = 1
        return 0

    def cuDeviceGet(self, device, ordinal):
        assert ordinal == 0
        return int(self.fails)

    def cuDeviceTotalMem_v2(self, size, device):
        size._obj.value = 80 * 2**30
        return 0

    def cuDeviceGetAttribute(self, value, attribute, device):
        assert attribute == 75
        value._obj.value = self.major
        return 0


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
    with_driver(_Driver(major))
    assert devices.cuda_generation() == major
    assert devices.fast_bfloat16("cuda", depthwise=True) is fast
    assert devices.cuda_memory() == 80 * 2**30
    assert devices.resolved("auto") == "cuda"


def test_a_driver_that_does_not_answer_promises_nothing(with_driver):
    with_driver(_Driver(9, fails=True))
    assert (devices.cuda_generation(), devices.cuda_memory()) == (0, 0)
    assert not devices.fast_bfloat16("cuda", depthwise=False)

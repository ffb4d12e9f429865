import os

import pytest
import torch

from kilnmix.generator.acceleration import WORTH_COMPILING, compiles, prepare_device
from tests.generator.conftest import make_settings


@pytest.mark.parametrize(
    ("said", "device", "passes", "answer"),
    [
        ("auto", "cuda", WORTH_COMPILING, True), ("auto", "cuda", WORTH_COMPILING - 1, False),
        ("auto", "cpu", 10 * WORTH_COMPILING, False), ("on", "cpu", 1, True), ("off", "cuda", 10**9, False),
    ],
)  # fmt: skip
def test_when_compiling_is_worth_it(said: str, device: str, passes: int, answer: bool) -> None:
    assert compiles(make_settings("x", compile=said), torch.device(device), passes) is answer


def test_compiled_kernels_are_kept_beside_the_other_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "/mine")
    prepare_device(torch.device("cpu"))
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == "/mine"
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
    prepare_device(torch.device("cpu"))
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"].endswith(".kilnmix/compiled")

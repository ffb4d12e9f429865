import os

import pytest

from kilnmix.common import environment


def test_a_persons_own_setting_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.setenv("DO_NOT_TRACK", "x")  # so that it is put back
    monkeypatch.delenv("DO_NOT_TRACK")
    environment.settle()
    assert (os.environ["OMP_WAIT_POLICY"], os.environ["DO_NOT_TRACK"]) == ("ACTIVE", "1")

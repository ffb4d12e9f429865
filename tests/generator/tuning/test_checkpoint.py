from pathlib import Path

import pytest
import torch

from kilnmix.generator.tuning.checkpoint import State, read


def test_a_state_comes_back(tmp_path: Path) -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.AdamW([weight])
    weight.grad = torch.ones(2)
    optimizer.step()
    state = State(3, [weight.detach()], optimizer.state_dict(), [0.5, 0.25], curve=[(0, 1.5)])
    state.write(tmp_path / "new" / "state.pt")
    again = read(tmp_path / "new" / "state.pt")
    assert again is not None
    assert (again.step, again.losses, again.curve, again.average, again.best) == (3, [0.5, 0.25], [(0, 1.5)], [], [])
    assert torch.equal(again.weights[0], state.weights[0])
    assert torch.equal(again.optimizer["state"][0]["exp_avg"], state.optimizer["state"][0]["exp_avg"])
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["state.pt"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x02}q\x00."])
def test_what_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path / "none.pt") is None
    (tmp_path / "cut.pt").write_bytes(content)
    assert read(tmp_path / "cut.pt") is None


def test_a_state_of_another_form_is_none(tmp_path: Path) -> None:
    torch.save({"step": 3, "weights": [], "epoch": 1}, tmp_path / "old.pt")
    assert read(tmp_path / "old.pt") is None

"""Work that is launched as a graph. Without a GPU only what needs none is seen here."""

import pytest
import torch

from kilnmix.generator.tuning.captured import WARM_UP, Captured

cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device to capture a graph on")


@cuda
def test_a_graph_gives_what_the_work_gives() -> None:
    work = Captured(lambda x, y: (x * y).sum(), torch.cuda.Stream())
    for number in range(WARM_UP + 3):
        x = torch.full((4,), float(number), device="cuda")
        assert work(x, x + 1).item() == 4 * number * (number + 1)
    assert work.graph is not None
    other = torch.ones(7, device="cuda")  # of another shape: worked on without the graph
    assert work(other, other).item() == 7


@cuda
def test_work_that_cannot_be_captured_goes_on_without(capsys: pytest.CaptureFixture[str]) -> None:
    work = Captured(lambda x: torch.tensor(x.sum().item()), torch.cuda.Stream())
    assert [work(torch.ones(2, device="cuda")).item() for _ in range(WARM_UP + 3)] == [2.0] * (WARM_UP + 3)
    assert work.given_up and "no CUDA graph" in capsys.readouterr().err


def test_given_up_work_is_called_as_it_is() -> None:
    work = Captured(lambda x: x + 1, None)  # type: ignore[arg-type]
    work.given_up = True
    assert work(torch.ones(2)).tolist() == [2, 2] and work.calls == 0

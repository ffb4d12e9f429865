"""Which averaged weights are kept, on tiny real networks; whole trainings are in test_fit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from kilnmix.classifier.data.training_data import resolve
from kilnmix.classifier.metrics.validation import evaluate
from kilnmix.classifier.network.build import build
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.checkpoint import CheckpointSelection


@pytest.fixture
def select(make_run: Callable[..., TrainingRun]) -> Callable[..., CheckpointSelection]:
    def make(told: list[tuple[int, dict[str, float]]] | None = None, **settings: object) -> CheckpointSelection:
        run = make_run(steps=6, evaluations=3, **settings)
        data = resolve(run)
        torch.manual_seed(0)
        network, average = build(run.settings, data.classes), build(run.settings, data.classes)
        average.load_state_dict(network.state_dict())
        step = (lambda number, new: told.append((number, dict(new)))) if told is not None else None
        made = CheckpointSelection(run, data, network, average, on_step=step)
        made.on_train_start(None, None)  # type: ignore[arg-type]
        return made

    return make


def finish(selection: CheckpointSelection, losses: list[float]) -> None:
    """Steps without a trainer: what Lightning calls after each."""
    for number, loss in enumerate(losses):
        batch = {"weights": torch.ones(8)}
        selection.on_train_batch_end(None, None, {"loss": torch.tensor(loss)}, batch, number)  # type: ignore[arg-type]


def test_evaluations_are_spread_and_losses_told(select: Callable[..., CheckpointSelection]) -> None:
    told: list[tuple[int, dict[str, float]]] = []
    selection = select(told, keep="last")
    finish(selection, [6.0, 5.0, 4.0, 3.0, 2.0, 1.0])
    assert [entry.step for entry in selection.curve] == [2, 4, 6]
    assert selection.losses == [(step, 7.0 - step) for step in range(1, 7)]
    assert [number for number, new in told if len(new) > 1] == [2, 4, 6]
    assert told[0] == (1, {"loss": 6.0})
    assert selection.images == 6 * 8 and selection.best_step == 6


def test_the_best_average_is_put_back(select: Callable[..., CheckpointSelection]) -> None:
    selection = select(keep="best", patience=None)
    finish(selection, [1.0] * 6)
    scores = [(entry.score, -entry.loss) for entry in selection.curve]
    assert selection.best_step == selection.curve[scores.index(max(scores))].step
    kept = [weight.clone() for weight in selection.average.parameters()]
    with torch.no_grad():
        for weight in selection.average.parameters():
            weight.add_(1.0)
    selection.restore()
    assert all(torch.equal(one, two) for one, two in zip(kept, selection.average.parameters(), strict=True))


def test_an_evaluation_is_that_of_the_averaged_network(
    select: Callable[..., CheckpointSelection], make_run: Callable[..., TrainingRun]
) -> None:
    selection = select(keep="last")
    finish(selection, [1.0] * 6)
    run = make_run()
    data = resolve(run)
    again = evaluate(6, selection.validate(), data.labels_of(run.val), data.seen)
    assert again.loss == pytest.approx(selection.curve[-1].loss, rel=1e-5)


def test_a_state_goes_on_where_it_was(select: Callable[..., CheckpointSelection]) -> None:
    first, second = select(keep="best", patience=None), select(keep="best", patience=None)
    finish(first, [3.0, 2.0])
    second.put_back(first.state(), 2)
    assert (second.best_step, second.curve, second.losses) == (first.best_step, first.curve, first.losses)
    selected = {name: value.numpy() for name, value in second.average.state_dict().items()}
    for name, value in first.average.state_dict().items():
        np.testing.assert_array_equal(selected[name], value.numpy())

"""Differences that use unlabelled test photographs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pytest

from kilnmix.statistics import scores, variance
from kilnmix.statistics.contrasts import Contrast, measure
from kilnmix.statistics.looks import first_seeds
from kilnmix.statistics.prediction_powered import differs, powered, usable, used
from kilnmix.statistics.scores import TaskOutcomes, Unlabelled
from kilnmix.statistics.simulation import SimulationSettings, Simulator
from kilnmix.statistics.verdicts import Comparison, compare

PAIR = ("mix-90-10", "real")


def votes(predicted: Mapping[str, np.ndarray], classes: int) -> np.ndarray:
    """(N, K): shares of all arms' runs that answer each class, as guessed chances."""
    runs = np.concatenate([answers.reshape(-1, answers.shape[2]) for answers in predicted.values()])
    return np.stack([(runs == c).mean(0) for c in range(classes)], axis=1)


def hidden(task: TaskOutcomes, kept: np.ndarray) -> tuple[TaskOutcomes, Unlabelled]:
    """The task with the labels of the objects `kept` alone; guessed chances are the votes of all runs."""
    inside = np.isin(task.objects, kept)

    def part(rows: np.ndarray) -> dict[str, np.ndarray]:
        return {arm: answers[:, :, rows] for arm, answers in task.predicted.items()}

    labelled = dataclasses.replace(
        task,
        truth=task.truth[inside],
        objects=task.objects[inside],
        folds=task.folds[inside],
        weights=task.weights[inside],
        predicted=part(inside),
    )
    rest = ~inside
    chances = votes(task.predicted, len(task.classes))
    unlabelled = Unlabelled(
        task.objects[rest], task.folds[rest], task.weights[rest], part(rest), chances[rest], chances[inside]
    )
    return labelled, unlabelled


def two_way(components: variance.Components) -> float:
    return float((np.maximum(components.objects - components.interaction, 0) + components.replicates)[0])


def toy(chances: np.ndarray, known: np.ndarray) -> tuple[TaskOutcomes, Unlabelled]:
    """Classes a and b of twenty objects each; `mix` takes half of a for b in its second run, 40 objects unlabelled."""
    truth = np.repeat([0, 1], 20)
    real = np.stack([truth, truth])[None]
    mix = real.copy()
    mix[0, 1, :10] = 1
    mix[0, :, 20:25] = 0
    task = TaskOutcomes(
        task="glaze",
        classes=("a", "b"),
        scored=(0, 1),
        truth=truth,
        objects=np.arange(40),
        folds=np.zeros(40, np.int64),
        weights=np.ones(40),
        predicted={"real": real, "mix": mix},
    )
    unlabelled = Unlabelled(
        np.arange(40, 80), np.zeros(40, np.int64), np.ones(40), dict(task.predicted), chances, known
    )
    return task, unlabelled


def test_perfect_guesses_make_labelled_and_unlabelled_one_sample() -> None:
    # Where psi-hat is psi, lambda = |psi|_W^2 / (2 |psi|_W^2 + |psi|_B^2 + what classes add to |psi|_U^2), and the
    # shift is zero, since both halves are alike.
    right = np.repeat(np.eye(2), 20, axis=0)
    task, unlabelled = toy(right, right)
    found = powered(task, unlabelled, [("mix", "real", task.macro())], "adapter")
    assert found.shift == pytest.approx(0, abs=1e-12)
    parts = (scores.linearised(task, "mix", task.macro()) - scores.linearised(task, "real", task.macro())).mean((1, 2))
    within = sum(((parts[c] - parts[c].mean()) ** 2).sum() * 20 / 19 for c in (slice(20), slice(20, 40)))
    between = 20 * sum((parts[c].mean() - parts.mean()) ** 2 for c in (slice(20), slice(20, 40)))
    everyone = ((parts - parts.mean()) ** 2).sum() * 40 / 39
    tuning = within / (within + between + everyone)
    assert found.tuning == pytest.approx(tuning)
    objects = (1 - tuning) ** 2 * within + tuning**2 * (between + everyone)
    # One object of the forty whose answer changes: 2 * (20 / 40) * (1/2 / 20)^2.
    assert found.components.objects == pytest.approx(objects + 1 / 1600)
    assert (found.components.residuals**2).sum() == pytest.approx(objects)
    assert found.components.residuals.shape[1] == len(found.objects)


def test_guesses_that_tell_nothing_are_not_used() -> None:
    noise = np.random.default_rng(0).dirichlet([1, 1], 80)
    task, unlabelled = toy(noise[:40], noise[40:])
    nothing = np.full((40, 2), 0.5)
    without = powered(
        task,
        dataclasses.replace(unlabelled, chances=nothing, known=nothing),
        [("mix", "real", task.macro())],
        "adapter",
    )
    before = variance.decompose(
        (scores.linearised(task, "mix", task.macro()) - scores.linearised(task, "real", task.macro()))[None],
        task,
        "adapter",
        task.macro()[None],
    )
    assert two_way(without.components) <= two_way(before) * (1 + 1e-9)


def test_too_few_unlabelled_objects_change_nothing() -> None:
    right = np.repeat(np.eye(2), 20, axis=0)
    task, unlabelled = toy(right, right)
    few = Unlabelled(
        unlabelled.objects[:10],
        unlabelled.folds[:10],
        unlabelled.weights[:10],
        {arm: p[:, :, :10] for arm, p in unlabelled.predicted.items()},
        right[:10],
        right,
    )
    assert not usable(task, few)
    found = powered(task, few, [("mix", "real", task.macro())], "adapter")
    assert (found.shift[0], found.tuning[0]) == (0, 0)


def test_labels_that_are_missing_for_a_reason_are_noticed() -> None:
    rng = np.random.default_rng(2)
    known, alike = rng.dirichlet([2, 2], 40), rng.dirichlet([2, 2], 40)
    task, unlabelled = toy(alike, known)
    assert differs(task, unlabelled) > 0.05
    other = dataclasses.replace(unlabelled, chances=rng.dirichlet([6, 2], 40))
    assert differs(task, other) < 1e-4
    assert not usable(task, other)


def test_in_simulated_studies_it_is_right_on_average_and_no_worse() -> None:
    # Three quarters of 600 objects unlabelled; the true effect is three points.
    world = SimulationSettings(
        objects=600, classes=(4,), smallest=60, adapters=3, seeds=2, seed_class=0.3, effects={"mix-90-10": 0.03}
    )
    simulator, rng = Simulator(world, 1000), np.random.default_rng(4)
    plain, better, before, after = [], [], [], []
    for _ in range(60):
        (task,) = simulator.draw(rng).tasks
        labelled, unlabelled = hidden(task, rng.permutation(600)[:150])
        found = powered(labelled, unlabelled, [(*PAIR, labelled.macro())], "procedure")
        parts = scores.linearised(labelled, PAIR[0], labelled.macro())
        parts = parts - scores.linearised(labelled, PAIR[1], labelled.macro())
        delta = scores.score(labelled, PAIR[0]) - scores.score(labelled, PAIR[1])
        plain.append(delta)
        better.append(delta + found.shift[0])
        own = variance.decompose(parts[None], labelled, "procedure", labelled.macro()[None])
        before.append(two_way(own))
        after.append(two_way(found.components))
    error = np.std(better) / np.sqrt(60)
    assert abs(np.mean(better) - 0.03) < 3 * error
    assert np.mean(np.square(np.array(better) - 0.03)) < 1.05 * np.mean(np.square(np.array(plain) - 0.03))
    assert np.all(np.array(after) <= np.array(before) * (1 + 1e-9))
    # The stated variance is that of the estimates, within what 60 studies can tell.
    assert 0.6 < np.mean(after) / np.var(better, ddof=1) < 1.7


def two_tasks(count: int = 300, labelled: int = 100) -> list[TaskOutcomes]:
    """Two tasks of the same simulated objects, most of them without a label for either."""
    world = SimulationSettings(
        objects=count, classes=(3, 4), smallest=40, adapters=1, seeds=3, seed_class=0.3, arms=PAIR[::-1]
    )
    rng = np.random.default_rng(5)
    kept = rng.permutation(count)[:labelled]
    parted = [hidden(task, kept) for task in Simulator(world, 1000).draw(rng).tasks]
    return [dataclasses.replace(task, unlabelled=others) for task, others in parted]


def test_verdicts_use_unlabelled_objects_and_say_how_many() -> None:
    tasks = two_tasks()
    plain = [dataclasses.replace(task, unlabelled=None) for task in tasks]
    asked = [Comparison("mix-90-10", "real")]
    narrow, wide = compare(tasks, asked, draws=2000), compare(plain, asked, draws=2000)
    assert [task.unlabelled for task in narrow.tasks] == [200, 200]
    assert [task.unlabelled for task in wide.tasks] == [0, 0]
    for task, one, two in zip(tasks, narrow.tasks, wide.tasks, strict=True):
        found, before = one.arms["mix-90-10"].vs_real, two.arms["mix-90-10"].vs_real
        assert found is not None and before is not None and task.unlabelled is not None
        own = powered(task, task.unlabelled, [(*PAIR, task.macro())], "adapter")
        assert found.delta == pytest.approx(before.delta + own.shift[0])
        # Scores are those of the labelled objects.
        assert one.f1 == two.f1


def test_what_classes_add_stays_apart_from_task_to_task() -> None:
    tasks = two_tasks()
    both = measure(tasks, [Contrast(0, *PAIR), Contrast(1, *PAIR)], "adapter")
    alone = [measure(tasks, [Contrast(t, *PAIR)], "adapter") for t in (0, 1)]
    for row, own in enumerate(alone):
        assert (both.residuals[row] ** 2).sum() == pytest.approx((own.residuals[0] ** 2).sum())
    # The columns of the classes stand before those of the objects: three of one task, four of the other.
    names = both.residuals.shape[1] - 300
    assert names >= 7
    assert not (both.residuals[0, :names] * both.residuals[1, :names]).any()


def test_objects_with_sources_are_compared_by_their_labels_alone() -> None:
    (task, _) = two_tasks()
    assert used(task) == 200
    assert used(dataclasses.replace(task, sources=np.zeros(len(task.truth), np.int64))) == 0


def test_a_look_takes_the_same_seeds_of_both() -> None:
    (task, _) = two_tasks()
    early = first_seeds(task, [0, 2])
    assert early.unlabelled is not None and task.unlabelled is not None
    assert np.array_equal(early.unlabelled.predicted["real"], task.unlabelled.predicted["real"][:, [0, 2]])
    assert early.predicted["real"].shape[1] == 2

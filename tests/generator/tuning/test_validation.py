import numpy as np
import torch

from kilnmix.config.generator import Validation
from kilnmix.generator.cache import Cache
from kilnmix.generator.tuning.validation import Watch, batches, held_back


def test_a_tenth_of_the_objects_is_kept_back_whole_and_none_of_a_rare_class() -> None:
    objects = [f"{number}" for number in range(40) for _ in range(2)]
    labels = np.array([[0 if number < 36 else 1] for number in range(40) for _ in range(2)])
    rows = held_back(objects, labels, 0.1, 7)
    chosen = {objects[row] for row in rows}
    assert len(chosen) == 4
    assert len(rows) == 8
    assert not chosen & {"36", "37", "38", "39"}
    assert held_back(objects, labels, 0.1, 7) == rows
    assert held_back(objects, labels, 0.0, 7) == []


def test_a_class_of_five_gives_one_object_away_and_no_more() -> None:
    objects = [f"{number}" for number in range(10)]
    labels = np.array([[0]] * 5 + [[1]] * 5)
    rows = held_back(objects, labels, 0.5, 1)
    assert sorted(int(labels[row, 0]) for row in rows) == [0, 1]


def test_noise_and_timesteps_follow_from_the_photograph_alone(filled: Cache) -> None:
    one = torch.cat([part.noise for part in batches(filled, [2], 1000, 3)])
    two = torch.cat([part.noise for part in batches(filled, [0, 2], 1000, 5)])
    assert torch.equal(one, two[4:])
    assert batches(filled, [2], 1000, 4)[0].timesteps.tolist() == [125, 375, 625, 875]


def test_it_stops_when_two_measurements_brought_nothing() -> None:
    watch = Watch(Validation(share=0.1, every=1, patience=2, keep="best"))
    for step, loss in enumerate([3.0, 2.0, 2.5]):
        watch.note(step, loss, lambda step=step: [torch.tensor(float(step))])
    assert not watch.stopped
    watch.note(3, 2.0, list)
    assert watch.stopped
    assert watch.best_step == 1
    assert watch.best[0] == 1

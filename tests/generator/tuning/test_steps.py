import numpy as np
import torch

from kilnmix.generator.cache import Cache
from kilnmix.generator.tuning.prior import PriorImages
from kilnmix.generator.tuning.steps import Batches, balanced_weights
from tests.generator.conftest import make_settings


def lora(**changes: object):
    return make_settings("x", lora=changes).lora


def test_an_epoch_shows_every_photograph_once_with_a_caption_of_its_own(filled: Cache) -> None:
    batches = Batches(filled, lora(caption_dropout=0.0, term_dropout=0.0), seed=3, timesteps=10)
    rows = torch.cat([batches.rows(number) for number in range(5)])
    assert sorted(rows[:5].tolist()) == sorted(rows[5:].tolist()) == [0, 1, 2, 3, 4]
    assert batches.make(0).captions.tolist() == [filled.rows[row][0] for row in rows[:2].tolist()]


def test_photographs_that_are_kept_back_are_not_shown(filled: Cache) -> None:
    batches = Batches(filled, lora(), seed=3, timesteps=10, rows=[0, 2, 4])
    assert {row for number in range(6) for row in batches.rows(number).tolist()} == {0, 2, 4}


def test_timesteps_of_a_batch_are_spread_over_the_whole_noise_schedule(filled: Cache) -> None:
    batches = Batches(filled, lora(batch_size=5), seed=3, timesteps=1000)
    assert all(sorted((batches.make(number).timesteps // 200).tolist()) == [0, 1, 2, 3, 4] for number in range(5))
    assert batches.make(0).timesteps.tolist() != batches.make(1).timesteps.tolist()


def test_captions_are_dropped_whole_and_by_term(filled: Cache) -> None:
    whole = Batches(filled, lora(caption_dropout=0.999, term_dropout=0.0), 0, 10)
    assert {row for number in range(9) for row in whole.make(number).captions.tolist()} == {0}
    term = Batches(filled, lora(caption_dropout=0.0, term_dropout=0.999), 0, 10)
    # Photographs 3 and 4 have no term to leave out.
    assert {row for number in range(9) for row in term.make(number).captions.tolist()} == {2, 3}


def test_images_of_the_bare_base_stand_behind_the_photographs(filled: Cache) -> None:
    prior = PriorImages(torch.arange(3.0)[:, None, None, None].expand(3, *filled.mean.shape[2:]), 4, 0.5)
    plain = Batches(filled, lora(), seed=3, timesteps=10).make(1)
    batch = Batches(filled, lora(), seed=3, timesteps=10, prior=prior).make(1)
    for name in ("latents", "noise", "timesteps", "captions"):
        assert torch.equal(getattr(batch, name)[:2], getattr(plain, name))
    assert batch.latents[2:].unique().tolist() in ([0.0], [1.0], [2.0], [0.0, 1.0], [0.0, 2.0], [1.0, 2.0])
    assert batch.captions[2:].tolist() == [4, 4]
    # Mean of the photographs' errors a and b plus half of that of the others', c and d: (2a + 2b + c + d) / 4.
    assert batch.factors is not None and batch.factors.tolist() == [2.0, 2.0, 1.0, 1.0]
    assert plain.factors is None


def test_balanced_weights_show_every_class_of_a_task_alike() -> None:
    labels = np.array([[0, 0], [0, 0], [0, 1], [1, -1], [-1, -1]])
    weights = balanced_weights(labels)
    # Task 0: 4 known, two classes: 4 / (2 x 3) and 4 / (2 x 1); task 1: 3 known: 3 / (2 x 2) and 3 / (2 x 1).
    assert np.allclose(weights[:4], [(2 / 3 + 0.75) / 2, (2 / 3 + 0.75) / 2, (2 / 3 + 1.5) / 2, 2.0])
    assert weights[4] == weights[0]

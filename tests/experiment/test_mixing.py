import numpy as np
import pytest

from kilnmix.config import Arm
from kilnmix.experiment.mixing import Choice, aligned_half, choose, images_for, pool_order, repeat, shares

TASKS = ("glaze", "type")
# Thirty photographs of one combination, ten of a second, five of a third.
REAL = np.array([[0, 0]] * 30 + [[0, 1]] * 10 + [[1, 1]] * 5)
ASKED = np.array([[0, 0], [0, 1], [1, 1]] * 20)


def test_shares_for_all_tasks_or_for_each() -> None:
    assert shares(Arm(source="synthetic", share=0.1), TASKS).tolist() == [0.1, 0.1]
    assert shares(Arm(source="synthetic", share={"type": 0.2}), TASKS).tolist() == [0.0, 0.2]


@pytest.mark.parametrize(
    ("share", "photographs", "mode", "images"),
    [
        (0.05, 95, "extra", 5),
        (0.1, 90, "extra", 10),
        (0.5, 7, "extra", 7),
        (0.1, 90, "replace", 9),
        (0.0, 90, "extra", 0),
    ],
)
def test_a_share_is_extra_over_all(share: float, photographs: int, mode: str, images: int) -> None:
    assert images_for(share, photographs, mode) == images


def test_smaller_shares_are_the_beginnings_of_larger_ones() -> None:
    small = choose(Arm(source="synthetic", share=0.05), TASKS, ASKED, ASKED, REAL, 1)
    large = choose(Arm(source="synthetic", share=0.2), TASKS, ASKED, ASKED, REAL, 1)
    assert len(small.rows) == 2
    assert len(large.rows) == 11
    assert large.rows[:2].tolist() == small.rows.tolist()


def test_allocation_as_real_follows_the_photographs() -> None:
    order = pool_order(ASKED, REAL, "as-real", 1)
    # 30 : 10 : 5 of the first nine images.
    assert [int((ASKED[order[:9]] == row).all(axis=1).sum()) for row in ([0, 0], [0, 1], [1, 1])] == [6, 2, 1]
    assert sorted(order) == list(range(60))


def test_allocation_follows_the_photographs_in_the_tasks_that_images_were_drawn_for() -> None:
    glaze = np.array([[0, -1], [1, -1]] * 30)
    order = pool_order(glaze, REAL, "as-real", 1)
    # 40 : 5 photographs of the two glazes, so 8 of the first nine images.
    assert (glaze[order[:9], 0] == 0).sum() == 8


def test_rare_first_evens_the_classes_out() -> None:
    order = pool_order(ASKED, REAL, "rare-first", 1)
    # Shares 0.4375, 0.2292 and 0.3333: the means of each combination's part in its glaze and in its type.
    counts = [int((ASKED[order[:24]] == row).all(axis=1).sum()) for row in ([0, 0], [0, 1], [1, 1])]
    assert counts[2] == 8
    assert counts[0] in (10, 11)


def test_another_seed_takes_other_images_of_the_same_combinations() -> None:
    one, two = (pool_order(ASKED, REAL, "as-real", seed) for seed in (1, 2))
    assert one.tolist() != two.tolist()
    assert ASKED[one].tolist() == ASKED[two].tolist()


def test_a_task_of_a_lower_share_keeps_its_labels_on_the_beginning_only() -> None:
    arm = Arm(source="synthetic", share={"glaze": 0.1, "type": 0.2})
    choice = choose(arm, TASKS, ASKED, ASKED, REAL, 1)
    assert len(choice.rows) == 11
    assert (choice.labels[:5, 0] >= 0).all()
    assert (choice.labels[5:, 0] == -1).all()
    assert (choice.labels[:, 1] >= 0).all()


def test_a_pool_that_is_too_small_keeps_the_tasks_proportions() -> None:
    # Of 45 photographs, 5 and 45 images are asked for; of the 9 that there are, glaze gets 9 * 5 / 45 = 1.
    arm = Arm(source="synthetic", share={"glaze": 0.1, "type": 0.5})
    choice = choose(arm, TASKS, ASKED[:9], ASKED[:9], REAL, 1)
    assert (len(choice.rows), choice.wanted) == (9, 45)
    assert (choice.labels >= 0).sum(axis=0).tolist() == [1, 9]
    assert repeat(choice, ASKED, REAL, 1).wanted == 45


def test_masked_labels_stay_masked() -> None:
    kept = ASKED.copy()
    kept[:, 0] = -1
    choice = choose(Arm(source="synthetic", share=0.2), TASKS, ASKED, kept, REAL, 1)
    assert (choice.labels[:, 0] == -1).all()
    assert choice.labels[:, 1].tolist() == ASKED[choice.rows, 1].tolist()


def test_repeats_have_the_labels_of_what_they_stand_for_and_take_turns() -> None:
    choice = choose(Arm(source="synthetic", share=0.5), TASKS, ASKED, ASKED, REAL, 1)
    control = repeat(choice, ASKED, REAL, 1)
    assert control.labels.tolist() == choice.labels.tolist()
    assert REAL[control.rows].tolist() == choice.labels.tolist()
    rare = control.rows[(choice.labels == [1, 1]).all(axis=1)]
    assert len(set(rare[:5].tolist())) == 5


def test_repeats_are_masked_as_their_images_are() -> None:
    choice = Choice(np.array([0, 1]), np.array([[0, -1], [-1, 1]]))
    assert repeat(choice, ASKED, REAL, 1).labels.tolist() == [[0, -1], [-1, 1]]


def test_each_combination_is_halved_by_alignment() -> None:
    asked = np.array([[0, 0], [1, 1], [0, 0], [0, 0], [0, 0], [1, 1], [1, 1], [2, 2]])
    alignment = np.array([0.1, 0.5, 0.9, 0.4, 0.2, 0.7, 0.6, 0.3])
    # Of [0, 0] two and two; of [1, 1] two and two, the one with 0.6 in both; the single [2, 2] in both.
    assert aligned_half(asked, alignment, more=True).tolist() == [2, 3, 5, 6, 7]
    assert aligned_half(asked, alignment, more=False).tolist() == [0, 1, 4, 6, 7]


def test_only_synthetic_images_are_aligned() -> None:
    assert not Arm(source="synthetic", share=0.1, aligned="more").plain
    with pytest.raises(ValueError, match="more or less"):
        Arm(source="repeat", share=0.1, aligned="more")

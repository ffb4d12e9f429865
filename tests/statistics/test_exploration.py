"""Classes, groups, the best arm, and alignment against gain."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from kilnmix.statistics import scores
from kilnmix.statistics.exploration import (
    PartDifference,
    alignment_gain,
    arm_variances,
    best_probability,
    class_parts,
    false_discovery,
    part_differences,
    sign_floor,
)
from kilnmix.statistics.frequency import frequency_groups
from kilnmix.statistics.scores import TaskOutcomes


def task(skill: dict[str, np.ndarray], seeds: int = 3, each: int = 40, name: str = "glaze") -> TaskOutcomes:
    """`each` objects of every class; `skill` is the chance of being right, by arm and class."""
    rng = np.random.default_rng(5)
    classes = len(skill["real"])
    truth = np.repeat(np.arange(classes), each)
    predicted = {}
    for arm, right in skill.items():
        wrong = (truth + rng.integers(1, classes, (1, seeds, len(truth)))) % classes
        predicted[arm] = np.where(rng.random((1, seeds, len(truth))) < right[truth], truth, wrong)
    names = tuple(f"class-{c}" for c in range(classes))
    size = len(truth)
    return TaskOutcomes(
        name,
        names,
        tuple(range(classes)),
        truth,
        np.arange(size),
        np.zeros(size, int),
        np.ones(size),
        predicted,
    )


def test_false_discovery_agrees_with_statsmodels() -> None:
    p = np.array([0.01, 0.8, 0.02, 0.03, 0.2, 0.01])
    assert false_discovery(p) == pytest.approx(multipletests(p, method="fdr_by")[1])
    assert false_discovery(np.empty(0)).shape == (0,)


def test_the_class_that_gained_is_found_and_the_others_are_not() -> None:
    base = np.full(6, 0.5)
    better = np.array([0.5, 0.5, 0.9, 0.5, 0.5, 0.5])
    case = task({"real": base, "mix-90-10": better})
    found = part_differences([case], [("mix-90-10", "real")], [class_parts(case)], "adapter")
    assert [part.name for part in found if part.q < 0.05] == ["class-2"]
    gained = found[2]
    runs = {arm: scores.class_f1(case, arm)[..., 2].mean() for arm in ("real", "mix-90-10")}
    assert gained.delta == pytest.approx(runs["mix-90-10"] - runs["real"])
    assert gained.objects == 40 and gained.low is not None and gained.low < gained.delta < (gained.high or 0)
    assert all(part.p <= part.q for part in found)


def answers(*right: int, size: int = 5) -> np.ndarray:
    """(1, 2, 2 * size): of the first class so many are recognised in each of two runs; the second class always is."""
    rows = [[0] * n + [2] * (size - n) + [1] * size for n in right]
    return np.array(rows)[None]


def small(real: tuple[int, int], mix: tuple[int, int], size: int = 5) -> TaskOutcomes:
    """Two scored classes of `size` objects; who is not recognised is taken for a third, which is not scored."""
    count = 2 * size
    return TaskOutcomes(
        "kiln",
        ("ding", "jian", "other"),
        (0, 1),
        np.repeat([0, 1], size),
        np.arange(count),
        np.zeros(count, int),
        np.ones(count),
        {"real": answers(*real, size=size), "mix-90-10": answers(*mix, size=size)},
    )


def parts_of(case: TaskOutcomes) -> dict[str, PartDifference]:
    found = part_differences([case], [("mix-90-10", "real")], [class_parts(case)], "adapter")
    return {part.name: part for part in found}


def test_a_class_of_five_never_says_more_than_a_sign_test() -> None:
    assert [sign_floor(n) for n in (0, 1, 5, 8)] == [1.0, 1.0, 0.0625, 0.0078125]
    # From one or none of five recognised to all of them: F1 from (1/3 + 0) / 2 to 1.
    found = parts_of(small((1, 0), (5, 5)))["ding"]
    assert found.delta == pytest.approx(1 - 1 / 6)
    assert found.p >= 0.0625


def test_a_difference_without_any_variation_has_an_interval_and_never_stands() -> None:
    found = parts_of(small((0, 0), (5, 5)))
    # All five objects gained, in every run: se = 1/5 by the pseudo-object, three degrees of freedom.
    half = stats.t.isf(0.025, 3) / 5
    assert (found["ding"].delta, found["ding"].high) == (1.0, 1.0)
    assert found["ding"].low == pytest.approx(1 - half)
    assert found["ding"].p == pytest.approx(0.0625) and found["ding"].q > 0.1
    # No difference and no variation is not known to be none.
    assert (found["jian"].delta, found["jian"].p) == (0.0, 1.0)
    assert found["jian"].low < 0 < found["jian"].high


def test_intervals_end_where_differences_do() -> None:
    found = parts_of(small((1, 0), (5, 5)))["ding"]
    assert found.high == 1.0 and found.low is not None and -1.0 <= found.low < found.delta


def test_head_middle_and_tail_are_means_over_their_classes() -> None:
    case = task({"real": np.full(6, 0.5), "mix-90-10": np.full(6, 0.6)})
    groups = frequency_groups([9, 8, 7, 6, 5, 4], case.scored)
    found = {part.name: part.delta for part in part_differences([case], [("mix-90-10", "real")], [groups], "adapter")}
    whole = scores.score(case, "mix-90-10") - scores.score(case, "real")
    assert np.mean([found["head"], found["middle"], found["tail"]]) == pytest.approx(whole)


def test_best_probability_by_the_normal_law() -> None:
    """Two arms: the chance that the difference is positive, for the t law of that difference."""
    case = task({"real": np.full(4, 0.55), "mix-90-10": np.full(4, 0.58)})
    (chance,) = best_probability([case], ("real", "mix-90-10"), "adapter", [0])
    whole = part_differences([case], [("mix-90-10", "real")], [{"all": case.scored}], "adapter")[0]
    two_sided = whole.p / 2
    assert sum(chance.values()) == pytest.approx(1.0)
    expected = 1 - two_sided if whole.delta > 0 else two_sided
    assert chance["mix-90-10"] == pytest.approx(expected, abs=0.02)


def test_no_pair_of_arms_has_less_variance_than_its_own() -> None:
    incidence = np.array([[1.0, 1, 0], [1, 0, 1], [0, 1, 1]])
    # Least squares alone: 0, 5/3, 5/3, whose last pair has 10/3 of 4. Each of the two is raised by half of what lacks.
    assert arm_variances(incidence, np.array([1.0, 1.0, 4.0])) == pytest.approx([0.0, 2.0, 2.0])
    # What can be met is met: 1 + 2, 1 + 3, 2 + 3.
    assert arm_variances(incidence, np.array([3.0, 4.0, 5.0])) == pytest.approx([1.0, 2.0, 3.0])


def test_arms_that_are_the_same_share_the_first_place() -> None:
    case = task({"real": np.full(4, 0.5), "mix-90-10": np.full(4, 0.5)})
    case.predicted["mix-90-10"][:] = case.predicted["real"]  # type: ignore[index]
    assert best_probability([case], ("real", "mix-90-10"), "adapter", [0])[0] == pytest.approx(
        {"real": 0.5, "mix-90-10": 0.5}, abs=0.02
    )


def test_alignment_that_goes_with_gain_is_seen() -> None:
    alignment = np.linspace(0.2, 0.9, 12)
    case = task({"real": np.full(12, 0.5), "mix-90-10": 0.3 + 0.5 * alignment}, each=60)
    found = alignment_gain([case], [alignment], ("mix-90-10", "real"), "adapter")
    gain = scores.class_f1(case, "mix-90-10").mean((0, 1)) - scores.class_f1(case, "real").mean((0, 1))
    assert found.rho == pytest.approx(stats.spearmanr(alignment, gain).statistic)
    assert found.classes == 12
    assert found.low is not None and 0 < found.low < found.rho < (found.high or 0) < 1
    opposite = alignment_gain([case], [-alignment], ("mix-90-10", "real"), "adapter")
    assert opposite.rho == pytest.approx(-found.rho)


def test_alignment_of_several_tasks_is_ranked_within_each() -> None:
    skills = {"real": np.full(6, 0.5), "mix-90-10": np.linspace(0.3, 0.8, 6)}
    pair = [task(skills, name="glaze"), task(skills, name="type")]
    low, high = np.linspace(0.1, 0.2, 6), np.linspace(0.8, 0.9, 6)
    both = alignment_gain(pair, [low, high], ("mix-90-10", "real"), "adapter")
    one = alignment_gain(pair[:1], [low], ("mix-90-10", "real"), "adapter")
    assert both.rho == pytest.approx(one.rho)
    assert both.classes == 12


def test_four_classes_in_perfect_order_are_no_finding() -> None:
    # Of 24 orders two are as far from chance: p = 1/12, whatever the gains' own errors are.
    alignment = np.array([0.2, 0.4, 0.6, 0.8])
    case = task({"real": np.full(4, 0.2), "mix-90-10": 0.2 + 0.7 * alignment}, each=400)
    found = alignment_gain([case], [alignment], ("mix-90-10", "real"), "adapter")
    assert found.rho == pytest.approx(1.0)
    assert found.p == pytest.approx(1 / 12, abs=0.02)
    assert found.low is not None and found.low < 0


def test_the_interval_is_that_of_a_sample_of_classes_where_objects_are_many() -> None:
    """Bonett and Wright's error by hand: gains are known so well that only the sample of classes is left."""
    alignment = np.linspace(0.1, 0.9, 12)
    order = np.array([3, 1, 0, 5, 2, 4, 8, 6, 11, 7, 10, 9])
    case = task({"real": np.full(12, 0.1), "mix-90-10": 0.12 + 0.07 * order}, each=2000)
    found = alignment_gain([case], [alignment], ("mix-90-10", "real"), "adapter")
    rho = stats.spearmanr(alignment, order).statistic
    assert found.rho == pytest.approx(rho)
    half = 1.96 * np.sqrt((1 + rho**2 / 2) / 9)
    assert (found.low, found.high) == pytest.approx(np.tanh([np.arctanh(rho) - half, np.arctanh(rho) + half]), abs=1e-3)


def test_tasks_are_averaged_by_their_classes_less_one() -> None:
    up, down = np.linspace(0.1, 0.9, 4), np.linspace(0.1, 0.9, 7)
    four = task({"real": np.full(4, 0.1), "mix-90-10": 0.1 + 0.8 * up}, each=400, name="kiln")
    seven = task({"real": np.full(7, 0.1), "mix-90-10": 0.9 - 0.8 * down}, each=400, name="type")
    found = alignment_gain([four, seven], [up, down], ("mix-90-10", "real"), "adapter")
    assert found.rho == pytest.approx((3 * 1 + 6 * -1) / 9)


def test_alignment_of_too_few_known_classes_says_nothing() -> None:
    case = task({"real": np.full(5, 0.5), "mix-90-10": np.full(5, 0.5)})
    unknown = np.array([0.1, 0.2, np.nan, np.nan, 0.5])
    assert alignment_gain([case], [unknown], ("mix-90-10", "real"), "adapter").rho is None


def test_arms_with_the_same_answers_are_told_alike_and_counted_once() -> None:
    case = small((1, 0), (5, 5))
    same = {**case.predicted, "searched": case.predicted["mix-90-10"], "real-searched": case.predicted["real"]}
    case = dataclasses.replace(case, predicted=same)
    pairs = [("mix-90-10", "real"), ("searched", "real-searched"), ("real-searched", "real")]
    found = {(part.arm, part.name): part for part in part_differences([case], pairs, [class_parts(case)], "adapter")}
    assert len(found) == 6
    plain = parts_of(small((1, 0), (5, 5)))
    for name in ("ding", "jian"):
        one, other = found["mix-90-10", name], found["searched", name]
        assert dataclasses.replace(other, arm="mix-90-10", reference="real") == one
        assert one.q == pytest.approx(plain[name].q)
        assert (found["real-searched", name].p, found["real-searched", name].q) == (1.0, 1.0)

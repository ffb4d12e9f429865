"""The rules, one by one, and whole studies with a known answer."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from scipy import stats

from kilnmix.statistics import scores
from kilnmix.statistics.intervals import Difference
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import Comparison, Rules, compare, plan

ARMS = ("real", "mix-95-5", "mix-90-10", "repeat-90-10", "real-searched", "searched")
COMMON = "repeat-90-10"
PRIMARY = (("mix-95-5", "real"), ("mix-90-10", "real"), ("searched", "real-searched"))


def planned(arms: tuple[str, ...]) -> tuple[Comparison, ...]:
    return plan(arms, PRIMARY, {}, default_control=COMMON)


def task(
    name: str = "type",
    size: int = 240,
    classes: int = 4,
    skill: dict[str, float] | None = None,
    runs: tuple[int, int] = (1, 3),
    seed: int = 0,
) -> TaskOutcomes:
    """Every arm right with its own probability (0.6 unless given), objects alike."""
    rng = np.random.default_rng(seed)
    truth = np.arange(size) % classes
    predicted = {}
    for arm in ARMS:
        right = rng.random((*runs, size)) < (skill or {}).get(arm, 0.6)
        predicted[arm] = np.where(right, truth, (truth + rng.integers(1, classes, (*runs, size))) % classes)
    names = tuple(f"class-{c}" for c in range(classes))
    return TaskOutcomes(
        name, names, tuple(range(classes)), truth, np.arange(size), np.zeros(size, int), np.ones(size), predicted
    )


def test_plan_pairs_and_controls() -> None:
    assert planned((*ARMS, "augment")) == (
        Comparison("mix-95-5", "real", "repeat-90-10"),
        Comparison("mix-90-10", "real", "repeat-90-10"),
        Comparison("searched", "real-searched", "repeat-90-10"),
        Comparison("repeat-90-10", "real", None, primary=False),
        Comparison("real-searched", "real", None, primary=False),
        Comparison("augment", "real", "repeat-90-10", primary=False),
    )
    # The paper's design asks for the two mixtures alone; what the search found is held against its like even then.
    second = plan(ARMS, PRIMARY[:2], {}, {"searched": "real-searched"}, COMMON)[2:]
    assert second == (
        Comparison("repeat-90-10", "real", None, primary=False),
        Comparison("real-searched", "real", "repeat-90-10", primary=False),
        Comparison("searched", "real-searched", None, primary=False),
    )
    assert planned(("real", "mix-90-10")) == (Comparison("mix-90-10", "real", None),)


def test_every_arm_has_its_own_control() -> None:
    arms = (*ARMS, "repeat-95-5", "repeat-searched", "augment")
    own = {"mix-95-5": "repeat-95-5", "mix-90-10": "repeat-90-10", "searched": "repeat-searched"}
    found = {"searched": "real-searched", "repeat-searched": "real-searched"}
    assert plan(arms, PRIMARY, own, found) == (
        Comparison("mix-95-5", "real", "repeat-95-5"),
        Comparison("mix-90-10", "real", "repeat-90-10"),
        Comparison("searched", "real-searched", "repeat-searched"),
        Comparison("repeat-90-10", "real", None, primary=False),
        Comparison("real-searched", "real", None, primary=False),
        Comparison("repeat-95-5", "real", None, primary=False),
        Comparison("repeat-searched", "real-searched", None, primary=False),
        Comparison("augment", "real", None, primary=False),
    )
    # What is named has its control even outside the primary family; what is not named has the one of all others.
    second = plan(arms, PRIMARY[:2], own, found, COMMON)[2:]
    assert Comparison("searched", "real-searched", "repeat-searched", primary=False) in second
    assert Comparison("augment", "real", "repeat-90-10", primary=False) in second
    assert Comparison("repeat-searched", "real-searched", None, primary=False) in second


def test_an_arm_that_beats_another_arms_control_alone_does_not_help() -> None:
    skill = {"mix-95-5": 0.85, "mix-90-10": 0.85, "repeat-90-10": 0.3}
    given = task(skill=skill)
    given = dataclasses.replace(given, predicted=given.predicted | {"repeat-95-5": given.predicted["mix-95-5"]})
    controls = {"mix-95-5": "repeat-95-5", "mix-90-10": "repeat-90-10"}
    arms = compare([given], plan(tuple(given.predicted), PRIMARY, controls)).tasks[0].arms
    assert (arms["mix-95-5"].verdict, arms["mix-90-10"].verdict) == ("undecided", "helps")
    assert arms["mix-95-5"].vs_repeat is not None and arms["mix-95-5"].vs_repeat.delta == 0.0


def test_an_arm_with_a_counterpart_is_held_against_that() -> None:
    arms = ("real", "mix-90-10", "repeat-90-10", "probe", "probe-mix")
    assert plan(arms, PRIMARY, {}, {"probe-mix": "probe", "mix-90-10": "real"}, COMMON)[-1] == Comparison(
        "probe-mix", "probe", None, primary=False
    )


def test_an_arm_that_learns_one_task_is_compared_on_that_alone() -> None:
    both, one = task(name="type"), task(name="glaze")
    one = dataclasses.replace(one, predicted={"real": one.predicted["real"], "mix-90-10": one.predicted["mix-90-10"]})
    both = dataclasses.replace(
        both, predicted={name: both.predicted[name] for name in ("real", "mix-90-10", "searched")}
    )
    comparisons = (Comparison("mix-90-10", "real"), Comparison("searched", "real", primary=False))
    first, second = compare([both, one], comparisons).tasks
    assert set(first.arms) == {"mix-90-10", "searched"}
    assert set(second.arms) == {"mix-90-10"}
    assert "searched" not in second.f1


def test_a_large_effect_helps_its_opposite_harms_and_repeating_alone_does_not_help() -> None:
    skill = {"mix-95-5": 0.85, "mix-90-10": 0.3, "repeat-90-10": 0.6, "searched": 0.85, "real-searched": 0.6}
    answer = compare([task(skill=skill)], planned(ARMS)).tasks[0].arms
    assert {arm: answer[arm].verdict for arm in ("mix-95-5", "mix-90-10", "searched")} == {
        "mix-95-5": "helps",
        "mix-90-10": "harms",
        "searched": "helps",
    }
    repeated = compare([task(skill=skill | {"repeat-90-10": 0.85})], planned(ARMS))
    arm = repeated.tasks[0].arms["mix-95-5"]
    assert arm.vs_real is not None and arm.vs_real.low > 0
    assert arm.verdict == "undecided" and "repeat-90-10" in arm.reason


def test_an_arm_with_its_references_answers_is_no_hypothesis_but_not_proved_equal() -> None:
    given = task()
    alike = dataclasses.replace(given, predicted=given.predicted | {"mix-90-10": given.predicted["real"]})
    arm = compare([alike], planned(ARMS)).tasks[0].arms["mix-90-10"]
    assert arm.vs_real is not None and (arm.vs_real.delta, arm.vs_real.p) == (0.0, 1.0)
    # Four classes of 60, of 240 objects: se^2 = 4 (1/4)^2 / (240 * 60), with three degrees of freedom.
    assert arm.vs_real.se**2 == pytest.approx(0.25 / (240 * 60))
    assert arm.vs_real.df == pytest.approx(3.0) and arm.vs_real.high == -arm.vs_real.low > 0.013
    # The others' intervals are those of a family without it.
    two = (Comparison("mix-95-5", "real"), Comparison("searched", "real-searched"))
    without = compare([alike], two).tasks[0].arms["mix-95-5"].vs_real
    three = compare([alike], (*two, Comparison("mix-90-10", "real"))).tasks[0].arms["mix-95-5"].vs_real
    assert without is not None and three is not None
    assert stats_level(three) == pytest.approx(stats_level(without), rel=0.12)  # the draws differ


def test_nothing_that_differs_on_few_objects_is_not_equivalent() -> None:
    few = task(size=45, classes=4)
    answers = few.predicted["real"]
    few = dataclasses.replace(few, predicted={"real": answers, "mix-90-10": answers.copy()})
    arm = compare([few], (Comparison("mix-90-10", "real"),)).tasks[0].arms["mix-90-10"]
    assert arm.verdict == "undecided" and arm.vs_real is not None and arm.vs_real.high > 0.05


def test_a_class_lost_in_every_seed_has_an_interval() -> None:
    truth = np.repeat([0, 1], [40, 5])
    right = np.broadcast_to(truth, (1, 3, 45)).copy()
    given = TaskOutcomes(
        "kiln",
        ("a", "b"),
        (0, 1),
        truth,
        np.arange(45),
        np.zeros(45, int),
        np.ones(45),
        {"real": right, "mix": right * 0},
    )
    arm = compare([given], (Comparison("mix", "real"),)).tasks[0].arms["mix"]
    # 40 right of 45 said a: F1 of a is 80/85, of b 0.
    assert arm.vs_real is not None and arm.vs_real.delta == pytest.approx((80 / 85 + 0) / 2 - 1)
    assert arm.vs_real.low < arm.vs_real.delta < arm.vs_real.high and arm.vs_real.p < 0.05
    assert (arm.verdict, arm.culprit) == ("harms", "unclear")


def test_arms_with_the_same_answers_are_one_hypothesis() -> None:
    given = task()
    copied = given.predicted | {"searched": given.predicted["mix-90-10"], "real-searched": given.predicted["real"]}
    both = dataclasses.replace(given, predicted=copied)
    comparisons = (Comparison("mix-90-10", "real"), Comparison("searched", "real-searched"))
    one = compare([given], comparisons[:1]).tasks[0].arms["mix-90-10"].vs_real
    two = compare([both], comparisons).tasks[0].arms
    assert two["mix-90-10"].vs_real == two["searched"].vs_real == one


def test_who_is_the_culprit_of_harm() -> None:
    skill = {"mix-90-10": 0.3, "repeat-90-10": 0.6}
    comparisons = (Comparison("mix-90-10", "real", "repeat-90-10"),)
    arm = compare([task(skill=skill)], comparisons).tasks[0].arms["mix-90-10"]
    assert (arm.verdict, arm.culprit) == ("harms", "images") and "the images do it" in arm.reason
    better = compare([task(skill=skill | {"repeat-90-10": 0.1})], comparisons).tasks[0].arms["mix-90-10"]
    assert (better.verdict, better.culprit) == ("harms", "slots") and "the extra slots do it" in better.reason
    open_ = compare([task(skill=skill | {"repeat-90-10": 0.3})], comparisons).tasks[0].arms["mix-90-10"]
    assert (open_.verdict, open_.culprit) == ("harms", "unclear") and "may do it" in open_.reason


def test_slots_are_the_culprit_only_where_the_control_loses_too() -> None:
    # The control is held against real as a secondary comparison; both arms lose 30 points in 2,400 objects.
    skill = {"real": 0.8, "mix-90-10": 0.5, "repeat-90-10": 0.5}
    comparisons = (Comparison("mix-90-10", "real", "repeat-90-10"), Comparison("repeat-90-10", "real", primary=False))
    given = task(size=2400, skill=skill, runs=(1, 8))
    arm = compare([given], comparisons, Rules(margin=0.1)).tasks[0].arms["mix-90-10"]
    assert (arm.verdict, arm.culprit) == ("harms", "slots")
    # Without that comparison nothing says that the control loses.
    alone = compare([given], comparisons[:1], Rules(margin=0.1)).tasks[0].arms["mix-90-10"]
    assert (alone.verdict, alone.culprit) == ("harms", "unclear")


def test_a_control_that_cannot_be_held_against_the_arm_lets_nothing_help() -> None:
    skill = {"mix-90-10": 0.85, "repeat-90-10": 0.85}
    comparisons = (Comparison("mix-90-10", "real", "repeat-90-10"),)
    given = task(skill=skill, runs=(1, 4))
    own = dict.fromkeys(given.predicted, (0, 1, 2, 3)) | {"repeat-90-10": (3, 4, 5, 6)}
    few = dataclasses.replace(given, seeds=own)  # one seed in common
    unlearnt = {name: answers for name, answers in given.predicted.items() if name != "repeat-90-10"}
    for case, why in ((few, "in common"), (dataclasses.replace(given, predicted=unlearnt), "does not learn")):
        arm = compare([case], comparisons).tasks[0].arms["mix-90-10"]
        assert arm.vs_real is not None and arm.vs_real.low > 0 and arm.vs_repeat is None
        assert arm.verdict == "undecided" and why in arm.reason and arm.detectable is None
    # An arm that has no control at all may help by its reference alone.
    assert compare([few], (Comparison("mix-90-10", "real"),)).tasks[0].arms["mix-90-10"].verdict == "helps"


def test_a_gain_that_cannot_exist_could_not_have_been_seen() -> None:
    given = task(size=120, skill={"real": 0.99, "mix-90-10": 0.99})
    arm = compare([given], (Comparison("mix-90-10", "real"),)).tasks[0].arms["mix-90-10"]
    assert arm.reference_f1 is not None and arm.detectable is not None
    assert arm.reference_f1 + arm.detectable > 1 and not arm.possible
    assert arm.verdict == "undecided" and "leaves no room" in arm.reason


def test_sources_say_how_far_the_verdict_reaches() -> None:
    given, comparisons = task(), (Comparison("mix-90-10", "real"),)
    none = compare([given], comparisons).tasks[0]
    few = compare([dataclasses.replace(given, sources=np.arange(240) % 5)], comparisons).tasks[0]
    many = compare([dataclasses.replace(given, sources=np.arange(240) % 8)], comparisons).tasks[0]
    assert [(t.sources, t.these_sources) for t in (none, few, many)] == [(None, False), (5, True), (8, False)]
    plain, narrow = none.arms["mix-90-10"].vs_real, few.arms["mix-90-10"].vs_real
    assert plain == narrow
    with pytest.raises(ValueError, match="sources"):
        dataclasses.replace(given, sources=np.zeros(3, int))


def test_scope_follows_the_adapters() -> None:
    comparisons = planned(ARMS)
    assert compare([task(runs=(1, 3))], comparisons).scope == "adapter"
    assert compare([task(runs=(3, 1))], comparisons).scope == "procedure"
    # A task that can't be tested anyway doesn't narrow the scope of the others.
    lonely = task("kiln", size=8, classes=4, runs=(3, 1))
    assert compare([task(runs=(3, 1)), lonely], comparisons).scope == "procedure"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (task(size=36), "36 test objects"),
        (task(classes=4, runs=(1, 1)), "trained once"),
        (TaskOutcomes(**(vars(task()) | {"scored": (2,)})), "1 of its classes"),
        (TaskOutcomes(**(vars(task()) | {"scored": ()})), "0 of its classes"),
    ],
)
def test_untestable_says_why_and_leaves_the_others_alone(given: TaskOutcomes, said: str) -> None:
    other = task("glaze", runs=given.runs)
    answer = compare([given, other], planned(ARMS))
    arm = answer.tasks[0].arms["mix-90-10"]
    assert arm.verdict == "untestable" and said in arm.reason
    assert arm.vs_real is None and arm.vs_repeat is None and arm.detectable is None
    assert answer.tasks[1].arms["mix-90-10"].verdict == ("untestable" if given.runs == (1, 1) else "undecided")


def test_two_adapters_of_one_seed_are_not_called_one_training() -> None:
    arm = compare([task(runs=(2, 1))], planned(ARMS)).tasks[0].arms["mix-90-10"]
    assert "trained once with every adapter" in arm.reason and "two seeds or three adapters" in arm.reason


def test_an_arm_without_a_control_says_so_and_nothing_of_other_arms() -> None:
    skill = {"mix-95-5": 0.95, "repeat-90-10": 0.6}
    arms = compare([task(skill=skill)], plan(ARMS, PRIMARY[1:], {"mix-90-10": "repeat-90-10"})).tasks[0].arms
    assert arms["mix-95-5"].verdict == "helps"
    assert arms["mix-95-5"].reason == "better than real; it was held against no control that repeats photographs."


def test_intervals_for_one_difference_alone_follow_alpha() -> None:
    halves = []
    for alpha in (0.05, 0.2):
        answer = compare([task()], planned(ARMS), Rules(alpha=alpha)).to_json()
        alone = answer["tasks"]["type"]["arms"]["mix-90-10"]["vs_real"]
        half = stats.t.isf(alpha / 2, alone["df"]) * alone["se"]
        assert alone["alone"]["high"] - alone["delta"] == pytest.approx(half)
        halves.append(half)
    assert halves[0] > halves[1]


def with_seeds(given: TaskOutcomes, **seeds: tuple[int, ...]) -> TaskOutcomes:
    """Some arms trained with these seeds alone, of the three that all others have."""
    kept = {arm.replace("_", "-"): chosen for arm, chosen in seeds.items()}
    every = {arm: kept.get(arm, (0, 1, 2)) for arm in given.predicted}
    predicted = {arm: answers[:, list(every[arm])] for arm, answers in given.predicted.items()}
    return dataclasses.replace(given, predicted=predicted, seeds=every)


def test_arms_of_different_seeds_are_compared_over_those_that_both_have() -> None:
    given = with_seeds(task(), mix_95_5=(0, 2))
    comparisons = planned(ARMS)
    arms = compare([given], comparisons).tasks[0].arms
    assert arms["mix-95-5"].vs_real is not None and arms["mix-90-10"].vs_real is not None
    # Runs 0 and 2 of both; the other arm with all three, as without the first arm's seeds.
    two = {arm: answers[:, [0, 2]] for arm, answers in task().predicted.items()}
    alone = dataclasses.replace(task(), predicted=two)
    assert arms["mix-95-5"].vs_real.delta == pytest.approx(
        scores.score(alone, "mix-95-5") - scores.score(alone, "real")
    )
    whole = scores.score(task(), "mix-90-10") - scores.score(task(), "real")
    assert arms["mix-90-10"].vs_real.delta == pytest.approx(whole)
    # An arm's own score is that of all its runs.
    assert arms["mix-95-5"].f1 == pytest.approx(scores.score(alone, "mix-95-5"))
    assert arms["mix-90-10"].f1 == pytest.approx(scores.score(task(), "mix-90-10"))


def test_arms_with_one_seed_in_common_cannot_be_compared_and_the_others_can() -> None:
    arms = compare([with_seeds(task(), mix_95_5=(1,))], planned(ARMS)).tasks[0].arms
    assert (arms["mix-95-5"].verdict, arms["mix-95-5"].vs_real) == ("untestable", None)
    assert "too few classifier seeds in common" in arms["mix-95-5"].reason
    assert arms["mix-90-10"].vs_real is not None
    # With three adapters the seeds are averaged: one in common will do.
    arms = compare([with_seeds(task(runs=(3, 3)), mix_95_5=(1,))], planned(ARMS)).tasks[0].arms
    assert arms["mix-95-5"].vs_real is not None


def test_form_of_the_verdict_file() -> None:
    untestable = TaskOutcomes(**(vars(task("kiln")) | {"scored": ()}))
    answer = compare([task(), untestable], planned(ARMS), Rules(margin=0.5)).to_json()
    again = json.loads(json.dumps(answer, allow_nan=False))
    assert again["schema"] == 1 and again["scope"] == "adapter"
    arms = again["tasks"]["type"]["arms"]
    assert list(arms) == list(ARMS) and list(arms["real"]) == ["f1"]
    assert set(arms["mix-90-10"]["vs_real"]) >= {"delta", "low", "high", "p"}
    assert arms["searched"]["vs_real"]["against"] == "real-searched"
    assert arms["repeat-90-10"]["vs_repeat"] is None and arms["repeat-90-10"]["family"] == "secondary"
    assert arms["mix-90-10"]["verdict"] == "equivalent" and arms["mix-90-10"]["detectable"] > 0
    delta = arms["mix-90-10"]["vs_real"]["delta"]
    assert arms["mix-90-10"]["relative"] == pytest.approx(delta / arms["real"]["f1"])
    assert again["tasks"]["type"]["classes"] == ["class-0", "class-1", "class-2", "class-3"]
    assert again["tasks"]["kiln"]["arms"]["real"]["f1"] is None
    assert again["tasks"]["kiln"]["arms"]["mix-90-10"]["verdict"] == "untestable"


def test_a_second_task_widens_the_intervals() -> None:
    comparisons = planned(ARMS)
    alone = compare([task()], comparisons).tasks[0].arms["mix-90-10"]
    among = compare([task(), *(task(f"t{k}", seed=k) for k in range(1, 4))], comparisons).tasks[0].arms["mix-90-10"]
    assert alone.vs_real is not None and among.vs_real is not None
    assert among.vs_real.delta == alone.vs_real.delta
    assert stats_level(among.vs_real) < stats_level(alone.vs_real) < 0.05


def stats_level(difference: Difference) -> float:
    return float(2 * stats.t.sf(difference.critical, difference.df))

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from kilnmix.collection.prepared import Prepared, Task, write_tables
from kilnmix.config import Arm, Params
from kilnmix.curation import accepted
from kilnmix.experiment.arms import ArmBuilder, counterparts, repeating
from tests import composed

TASKS = (Task("glaze", ("white", "black"), {}), Task("type", ("bowl", "jar", "ewer"), {}))


@pytest.fixture
def bench(tmp_path: Path) -> ArmBuilder:
    """Sixteen training objects (of type 8, 6 and 2), four to validate on, twelve to test on; a pool of six images."""
    kinds = np.array([0] * 8 + [1] * 6 + [2] * 2 + [0, 1, 2, 0] + [0, 1, 2] * 4)
    count = len(kinds)
    np.save(tmp_path / "pixels.npy", np.zeros((count, 8, 8, 3), np.uint8))
    photographs = Prepared(
        folder=tmp_path,
        tasks=TASKS,
        ids=np.array([f"p{row}" for row in range(count)]),
        objects=np.arange(count),
        labels={"glaze": np.arange(count) % 2, "type": kinds},
        parts={0: np.array(["train"] * 16 + ["val"] * 4 + ["test"] * 12)},
        sources=np.array([""] * count),
    )
    write_tables(photographs)
    asked = np.array([[0, 0], [1, 1], [0, 2]] * 2)
    return ArmBuilder(settings(), photographs, 0, {0: pool(tmp_path / "pool", asked)})


def pool(folder: Path, asked: np.ndarray) -> accepted.Accepted:
    names = [f"s{row}" for row in range(len(asked))]
    accepted.write_trusted(folder, TASKS, names, np.full((len(asked), 8, 8, 3), 9, np.uint8), asked)
    found = accepted.load(folder, TASKS)
    assert found.kept.tolist() == asked.tolist()
    return found


def settings() -> Params:
    return composed.settings(
        collection={"tasks": ["glaze", "type"]},
        classifier={"weights": None, "steps": 300},
        experiment={"min_class_objects": 4},
    )


def test_half_the_photographs_are_the_same_for_all_arms_of_a_run_and_others_in_the_next(bench: ArmBuilder) -> None:
    real, mix = Arm(photographs=0.5), Arm(source="synthetic", share=0.25, photographs=0.5)
    one, other = bench.training("real", real, 0, 0), bench.training("mix", mix, 0, 0)
    assert len(one.train) == 8
    assert one.train.tolist() == other.train.tolist()
    assert bench.training("real", real, 0, 1).train.tolist() != one.train.tolist()
    # A quarter of the slots: 8 * 0.25 / 0.75 = 2.7 images.
    assert other.extra is not None
    assert len(other.extra.rows) == 3
    assert len(one.val) == 4
    assert len(one.test) == 12


def test_the_tail_is_cut(bench: ArmBuilder) -> None:
    # Of three scored types the tail is the ewer; both its training objects are rows 14 and 15.
    rows = bench.rows(Arm(tail={"type": 1}), 0, 0)
    assert rows[:14].tolist() == list(range(14))
    assert len(rows) == 15


def test_repeats_come_from_the_photographs_that_are_left(bench: ArmBuilder) -> None:
    run = bench.training("repeat", Arm(source="repeat", share=0.4, photographs=0.25), 0, 0)
    assert run.extra is not None
    assert set(run.extra.rows) <= set(run.train)


def test_a_task_learnt_alone_has_its_own_columns(bench: ArmBuilder) -> None:
    run = bench.training("only-type", Arm(source="synthetic", share=0.2, tasks=("type",)), 0, 0)
    assert run.tasks == ("type",)
    assert run.extra is not None
    assert run.extra.labels.shape == (4, 1)
    assert set(run.extra.labels[:, 0]) <= {0, 1, 2}


def test_an_arm_may_have_a_recipe_of_its_own(bench: ArmBuilder) -> None:
    run = bench.training("probe", Arm(classifier={"freeze": 1.0, "augment": "strong"}), 0, 0)
    assert (run.settings.freeze, run.settings.augment, run.settings.steps) == (1.0, "strong", 300)
    assert bench.training("real", Arm(), 0, 0).settings.freeze == 0.0


def test_retrieved_images_come_from_their_folder(bench: ArmBuilder, tmp_path: Path) -> None:
    folder = pool(tmp_path / "retrieved", np.array([[1, 0], [0, 1], [1, 2], [0, 0]])).folder
    run = bench.training("retrieved", Arm(source="retrieved", share=0.2, pool=folder), 0, 0)
    assert run.extra is not None
    assert (run.extra.kind, run.extra.pixels) == ("retrieved", folder / "pixels.npy")
    assert len(run.extra.rows) == 4


def test_arms_are_held_against_what_differs_in_the_images_alone() -> None:
    arms = {
        "real": Arm(),
        "mix": Arm(source="synthetic", share=0.1),
        "real-half": Arm(photographs=0.5),
        "mix-half": Arm(source="synthetic", share=0.2, photographs=0.5, mode="replace"),
        "probe": Arm(classifier={"freeze": 1.0}),
        "probe-mix": Arm(source="synthetic", share=0.1, classifier={"freeze": 1.0}),
        "lonely": Arm(source="synthetic", share=0.1, tasks=("type",)),
    }
    assert counterparts(arms) == {
        "searched": "real-searched",
        "repeat-searched": "real-searched",
        "real": "real",
        "mix": "real",
        "real-half": "real",
        "mix-half": "real-half",
        "probe": "real",
        "probe-mix": "probe",
        "lonely": "real",
    }


def test_the_more_and_the_less_aligned_half_of_a_pool(bench: ArmBuilder, tmp_path: Path) -> None:
    """Two images of each of three combinations; the judges give the first of each 0.9, the second 0.3."""
    asked = np.array([[0, 0], [1, 1], [0, 2]] * 2)
    found = accepted.Curated(
        ids=[f"s{row}" for row in range(6)],
        status=[accepted.ACCEPTED] * 6,
        nearest=[""] * 6,
        similarity=np.zeros(6),
        asked=asked,
        probability=np.repeat([[0.8, 1.0], [0.2, 0.4]], 3, axis=0).astype(np.float32),
        masked=np.repeat([[False, False], [True, False]], 3, axis=0),  # as curation does with what is recognised less
    )
    accepted.write_table(tmp_path / "pool", TASKS, found)
    loaded = accepted.load(tmp_path / "pool", TASKS)
    assert loaded.alignment == pytest.approx([0.9] * 3 + [0.3] * 3)
    judged = dataclasses.replace(bench, pools={0: loaded})
    rows = {}
    for which in ("more", "less"):
        run = judged.training("mix", Arm(source="synthetic", share=0.15, aligned=which), 0, 0)
        assert run.extra is not None
        rows[which] = run.extra.rows
        assert run.extra.labels.tolist() == asked[run.extra.rows].tolist()
    plain = judged.training("mix", Arm(source="synthetic", share=0.3), 0, 0).extra
    assert plain is not None and (plain.labels[:, 0] == -1).sum() == 3
    # 16 * 0.15 / 0.85 = 2.8 images.
    assert sorted(rows["more"].tolist()) == [0, 1, 2]
    assert sorted(rows["less"].tolist()) == [3, 4, 5]


def test_soft_labels_of_a_pool_go_with_its_images(bench: ArmBuilder) -> None:
    pool = bench.pools[0]
    hard = bench.training("mix", Arm(source="synthetic", share=0.3), 0, 0).extra
    shares = np.random.default_rng(0).dirichlet([1] * len(TASKS[1].classes), len(pool)).astype(np.float32)
    softened = dataclasses.replace(bench, pools={0: dataclasses.replace(pool, soft={TASKS[1].name: shares})})
    extra = softened.training("mix", Arm(source="synthetic", share=0.3), 0, 0).extra
    control = softened.training("mix", Arm(source="repeat", share=0.3), 0, 0).extra
    assert hard is not None and extra is not None and control is not None and extra.soft is not None
    assert hard.soft is None and control.soft is None
    width = len(TASKS[0].classes)
    np.testing.assert_array_equal(extra.soft[:, width:], shares[extra.rows])
    np.testing.assert_array_equal(extra.soft[:, :width].argmax(axis=1), pool.asked[extra.rows, 0])
    alone = softened.training("glaze", Arm(source="synthetic", share=0.3, tasks=(TASKS[0].name,)), 0, 0).extra
    assert alone is not None and alone.soft is None


def test_halves_of_the_images_differ_in_no_labels_of_judges(bench: ArmBuilder) -> None:
    shares = np.full((len(bench.pools[0]), len(TASKS[1].classes)), 1 / 3, np.float32)
    pools = {0: dataclasses.replace(bench.pools[0], soft={TASKS[1].name: shares})}
    params = bench.params.model_copy(update={"curation": bench.params.curation.model_copy(update={"labels": "judged"})})
    for aligned, builder, soft in (
        ("more", dataclasses.replace(bench, pools=pools, params=params), False),
        ("less", dataclasses.replace(bench, pools=pools, params=params), False),
        ("all", dataclasses.replace(bench, pools=pools, params=params), True),
        # Shares that the pool itself has belong to what was asked for.
        ("more", dataclasses.replace(bench, pools=pools), True),
    ):
        extra = builder.training("mix", Arm(source="synthetic", share=0.15, aligned=aligned), 0, 0).extra
        assert extra is not None and (extra.soft is not None) == soft


def test_an_aligned_arm_is_held_against_real(bench: ArmBuilder) -> None:
    arms = {"real": Arm(), "mix-more-aligned": Arm(source="synthetic", share=0.1, aligned="more")}
    found = counterparts(arms)
    assert (found["real"], found["mix-more-aligned"]) == ("real", "real")


def test_the_control_of_what_the_search_found_repeats_photographs_with_the_images_labels(bench: ArmBuilder) -> None:
    searched = Arm(source="synthetic", share={"glaze": 0.0, "type": 0.2}, task_weights={"type": 2.0})
    control = repeating(searched)
    assert control == searched.model_copy(update={"source": "repeat"})
    images, photographs = (bench.training("", arm, 0, 0).extra for arm in (searched, control))
    assert images is not None and photographs is not None
    # 16 * 0.2 / 0.8 = 4 images, without a label for glaze, and photographs of the same types.
    assert images.labels.tolist() == photographs.labels.tolist()
    assert (images.labels[:, 0] == -1).all() and len(images.rows) == 4
    assert photographs.pixels == bench.photographs.folder / "pixels.npy"
    assert repeating(Arm(task_weights={"type": 2.0})) == Arm(task_weights={"type": 2.0})


def test_an_arm_may_have_seeds_of_its_own(bench: ArmBuilder) -> None:
    runs = bench.trainings({"real": Arm(), "mix": Arm(source="synthetic", share=0.2, seeds=(0,))}, (0, 1))
    assert [(run.tags["arm"], run.tags["seed"]) for run in runs] == [("real", "0"), ("real", "1"), ("mix", "0")]
    assert runs[2].seed == runs[0].seed
    arms = {"half": Arm(photographs=0.5), "mix-half": Arm(source="synthetic", share=0.2, photographs=0.5, seeds=(0,))}
    assert counterparts({"real": Arm(), **arms})["mix-half"] == "half"


def test_an_arms_own_recipe_weighs_its_images(bench: ArmBuilder) -> None:
    own = Arm(source="synthetic", share=0.25, synthetic_weight=0.5, classifier={"synthetic_weight": 0.25})
    usual = own.model_copy(update={"classifier": {}})
    one, other = bench.training("own", own, 0, 0), bench.training("usual", usual, 0, 0)
    assert one.extra is not None and other.extra is not None
    # The recipe's weight is 1 where an arm says nothing of it.
    assert (one.extra.weight, other.extra.weight) == (0.125, 0.5)

from __future__ import annotations

import pytest

from kilnmix.config import Arm
from kilnmix.experiment import costs
from tests import composed

PARAMS = composed.settings(
    folds=(0, 1),
    pool_folds=(0, 1, "all"),
    adapters=(0, 1),
    arms={name: Arm() for name in ("real", "mix-95-5", "mix-90-10", "repeat-95-5", "repeat-90-10")},
    generator={"lora": {"steps": 1000, "batch_size": 8}, "draw": {"images": 300, "steps": 20, "guidance": 1.0}},
    curation={"judges": 3},
    classifier={
        "steps": 100,
        "batch_size": 10,
        "probe": 0.0,
        "finish_on_real": 0.0,
        "backbone": "mobilenet_v3_large",
        "size": 224,
    },
    experiment={
        "seeds": [0, 1, 2],
        "primary": [["mix-95-5", "real"], ["mix-90-10", "real"], ["searched", "real-searched"]],
        "control": {"mix-95-5": "repeat-95-5", "mix-90-10": "repeat-90-10", "searched": "repeat-searched"},
    },
    search={"trials": 5, "seeds": [0], "playoff": [1], "step_share": 0.5, "space": {"share": 0.5, "mode": "extra"}},
)


def test_what_there_is_to_do() -> None:
    todo = costs.work(PARAMS, 1000, 700)
    assert todo.judges == 9
    assert todo.trainings == 5 * 2 * 2 * 3 + 3 * 2 * 2 * 3 + 1
    assert todo.trials == 2 * 2 * (5 + 2)
    # Nine judges and 60 runs of 100 steps of ten pictures; of what the search finds 24 with ten more and 12 without;
    # refit of 143 steps (1,000 photographs, not 700); of the search's runs of 50 steps 14 with ten more and 14 without.
    assert todo.training_images == (9 + 60) * 1000 + 24 * 2000 + 12 * 1000 + 1430 + 14 * 1000 + 14 * 500
    assert todo.drawn == 300 * 3 * 2 and todo.drawing_steps == 20 * todo.drawn
    assert todo.tuned_images == 1000 * 8 * 3 * 2
    assert todo.encoded == 2100


def test_an_arm_takes_as_long_as_its_recipe_and_its_extra_slots_ask() -> None:
    arms = {
        "real": Arm(),
        "mix-40-60": Arm(source="synthetic", share={"glaze": 0.2, "type": 0.6}, seeds=(0,)),
        "replaced": Arm(source="synthetic", share=0.6, mode="replace"),
        "short": Arm(classifier={"steps": 30}),
        "ends-real": Arm(source="repeat", share=0.5, classifier={"finish_on_real": 0.25}),
    }
    params = PARAMS.model_copy(update={"arms": arms})
    kinds = costs.fixed(params)
    assert [kind.count for kind in kinds] == [12, 4, 12, 12, 12]
    # Ten photographs a step: at 0.6 fifteen images more, none in mode `replace`, at 0.5 ten in three steps of four.
    assert [kind.images for kind in kinds] == pytest.approx([1000, 2500, 1000, 300, 1750])
    image = 0.8e-3 + 0.08e-3 * 217
    train = costs.cost(params, 1000, 700, costs.CPU).seconds["train"]
    assert train == pytest.approx((12 * 1000 + 4 * 2500 + 12 * 1000 + 12 * 300 + 12 * 1750) * image)
    assert costs.refitted(params, 1000, 700).images == pytest.approx(143 * 25)  # the dearest arm's
    named = params.model_copy(update={"refit_arm": "short"})
    assert costs.refitted(named, 1000, 700).images == 43 * 10


def test_a_trial_has_as_many_slots_as_its_largest_share_asks() -> None:
    """Of T uniform shares between 0 and 0.6 the largest is 0.6 T / (T + 1) in the mean: 0.48 of four tasks."""
    space = PARAMS.search.space.model_copy(update={"share": (0.0, 0.6)})
    params = PARAMS.model_copy(update={"search": PARAMS.search.model_copy(update={"space": space})})
    mixed, bare = costs.trials(params)
    assert mixed.crowding == pytest.approx(1 / 0.52) and bare.crowding == 1.0


def test_a_tuning_step_may_take_several_batches() -> None:
    lora = PARAMS.generator.lora.model_copy(update={"accumulate": 4})
    more = PARAMS.model_copy(update={"generator": PARAMS.generator.model_copy(update={"lora": lora})})
    assert costs.work(more, 1000, 700).tuned_images == 4 * 1000 * 8 * 3 * 2


def test_rates_are_those_that_were_measured() -> None:
    def rate(backbone: str, size: int) -> float:
        settings = PARAMS.classifier.model_copy(update={"backbone": backbone, "size": size})
        return 1 / costs.seconds_of_an_image(settings, costs.CPU)

    # With two trainings at once on two cores.
    measured = {("small", 64): 1050, ("small", 96): 530, ("small", 224): 168, ("large", 96): 300, ("large", 224): 56}
    for (name, size), images in measured.items():
        assert rate(f"mobilenet_v3_{name}", size) == pytest.approx(images, rel=0.25)
    assert rate("resnet18", 96) == pytest.approx(148, rel=0.25)


def test_time_memory_and_disk() -> None:
    cost = costs.cost(PARAMS, 1000, 700, costs.CPU)
    assert cost.seconds["train"] == pytest.approx(60 * 1000 * (0.8e-3 + 0.08e-3 * 217))
    assert cost.seconds["starting"] == 9 * (3 + 3 * 8 + 6)
    twice = costs.cost(PARAMS, 100_000, 700, costs.CPU)
    assert twice.disk - cost.disk > 2 * 99_000 * 96 * 96 * 3
    assert twice.memory > cost.memory > 1e9
    assert costs.total([30, 60]) == "2 min" and costs.total([7200.0]) == "2 h"

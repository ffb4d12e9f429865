import shutil
from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.config import Arm
from kilnmix.config.composition import compose
from kilnmix.experiment.adoption import pooled, write

CONF = Path(__file__).parents[2] / "conf"
MIXED = Arm(source="synthetic", share={"glaze": 0.2, "type": 0.6}, task_weights={"type": 2.0}, synthetic_weight=0.25)


def test_folds_are_pooled_by_mean_share_and_geometric_mean_weight() -> None:
    other = Arm(source="synthetic", share={"glaze": 0.0, "type": 0.3}, task_weights={"type": 0.5}, synthetic_weight=1.0)
    assert pooled([MIXED, other, Arm()], ("glaze", "type")) == Arm(
        source="synthetic",
        share={"glaze": 0.067, "type": 0.3},
        task_weights={"glaze": 1.0, "type": 1.0},
        synthetic_weight=0.5,
    )


def test_a_weight_of_nothing_is_one() -> None:
    off = MIXED.model_copy(update={"task_weights": {"glaze": 0.0, "type": 1.0}, "synthetic_weight": 0.0})
    arm = pooled([off, off], ("glaze", "type"))
    assert (arm.task_weights, arm.synthetic_weight) == ({"glaze": 0.0, "type": 1.0}, 0.0)


def test_without_images_in_any_fold_weights_and_augmentation_remain() -> None:
    arms = [Arm(task_weights={"type": 2.0}, classifier={"mix": mix}) for mix in ("cutmix", "none", "cutmix")]
    assert pooled(arms, ("type",)) == Arm(task_weights={"type": 2.0}, classifier={"mix": "cutmix"})


def test_augmentation_and_mixing_are_taken_together_from_one_fold() -> None:
    """Setting by setting `strong` and `cutmix` would be the commonest: a pair that no fold tried."""
    found = [("strong", "none"), ("strong", "mixup"), ("paper", "cutmix"), ("paper", "cutmix"), ("strong", "both")]
    arms = [Arm(classifier={"augment": augment, "mix": mix}) for augment, mix in found]
    assert pooled(arms, ("type",)).classifier == {"augment": "paper", "mix": "cutmix"}


def test_the_arm_and_its_control_can_be_composed(tmp_path: Path) -> None:
    shutil.copytree(CONF, tmp_path / "conf")
    before = (tmp_path / "conf" / "arms" / "default.yaml").read_bytes()
    arm = pooled([Arm(source="synthetic", share={"type": 0.4})], ("dynasty", "glaze", "kiln", "type"))
    write(arm, 1, tmp_path)
    write(arm, 1, tmp_path)
    chosen = ["arms=adopted", "+experiment.control.adopted=repeat-adopted"]
    _, params = compose(chosen, tmp_path / "conf")
    assert params.arms["adopted"] == arm
    assert params.arms["repeat-adopted"].source == "repeat"
    assert params.arms["repeat-adopted"].share == arm.share
    assert {"real", "mix-95-5"} < set(params.arms)
    assert (tmp_path / "conf" / "arms" / "default.yaml").read_bytes() == before


def test_a_file_of_the_persons_own_stays(tmp_path: Path) -> None:
    own = tmp_path / "conf" / "arms" / "adopted.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("real: {source: none}\n")
    with pytest.raises(UserError, match="was not written by `kilnmix adopt`"):
        write(MIXED, 1, tmp_path)
    assert own.read_text() == "real: {source: none}\n"

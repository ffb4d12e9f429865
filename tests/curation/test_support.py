import numpy as np
import pytest
import torch
from torchmetrics.image.kid import poly_mmd

from kilnmix.collection.prepared import Task
from kilnmix.curation import support
from kilnmix.curation.distance import kernel_distance

LINE = np.arange(8.0)[:, None]


def measured(ours: np.ndarray, theirs: np.ndarray) -> dict[str, support.Interval]:
    return dict(support.measure(ours, theirs, np.random.default_rng(0)))


def test_values_that_can_be_worked_out() -> None:
    # Photographs at 0 to 7: the fifth nearest lies 5 away of 0, 4 of 1, 3 of 2 to 5, 4 of 6, 5 of 7. Of the images,
    # six at 3 lie within the balls of 0 to 6 (0 is 3 away, 1 is 2, ..., 6 is 3, and 7 is 4 away, within 5): eight
    # balls; two at 50 lie in none.
    found = measured(np.array([3.0] * 6 + [50.0] * 2)[:, None], LINE)
    assert found["precision"].value == 6 / 8
    assert found["density"].value == 6 * 8 / (5 * 8)
    assert found["coverage"].value == 1.0
    # Balls of the six have no width but cover the photograph at 3; those of 50 reach to 3: 47 wide, so 3 to 7.
    assert found["recall"].value == 5 / 8


def test_of_one_sample_of_the_law_all_is_covered_and_of_another_nothing() -> None:
    assert {name: each.value for name, each in measured(LINE, LINE).items() if name in ("precision", "recall")} == {
        "precision": 1.0,
        "recall": 1.0,
    }
    far = measured(LINE + 1000, LINE)
    assert [far[name].value for name in ("precision", "recall", "density", "coverage")] == [0, 0, 0, 0]
    assert support.measure(LINE[:5], LINE, np.random.default_rng(0)) == {}


def test_kid_is_that_of_torchmetrics_and_lies_in_its_interval() -> None:
    rng = np.random.default_rng(3)
    ours, theirs = rng.normal(0.5, 1, (60, 4)), rng.normal(0, 1, (60, 4))
    found = measured(ours, theirs)["kid"]
    assert found.value == pytest.approx(float(poly_mmd(torch.tensor(theirs), torch.tensor(ours))), rel=1e-9)
    assert found.value == pytest.approx(kernel_distance(ours, theirs))
    assert found.low < found.value < found.high


@pytest.mark.parametrize("seed", range(4))
def test_every_value_lies_in_its_interval_though_samples_of_the_images_reach_fewer_photographs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = measured(rng.normal(0.3, 1, (24, 3)), rng.normal(0, 1, (40, 3)))
    for name, each in found.items():
        assert each.low <= each.value <= each.high, name
    assert all(found[name].low >= 0 and found[name].high <= 1 for name in ("precision", "recall", "coverage"))


def test_the_table_has_the_pool_and_every_class_that_was_asked_for() -> None:
    tasks = (Task("type", ("bowl", "vase", "jar"), {}), Task("glaze", ("white",), {}))
    asked = np.array([[0, -1]] * 7 + [[1, -1]])
    labels = np.array([[0, 0]] * 6 + [[2, 0]] * 2)
    rows = support.table(LINE, asked, LINE, labels, tasks, 1)
    assert [(row.task, row.label, row.images, row.photographs) for row in rows] == [
        ("", "", 8, 8),
        ("type", "bowl", 7, 6),
        ("type", "vase", 1, 0),
    ]
    assert [bool(row.values) for row in rows] == [True, True, False]
    assert rows[0].values == support.table(LINE, asked, LINE, labels, tasks, 1)[0].values
    found = support.metrics(rows)
    assert (found["support.precision"], len(found)) == (1.0, 15)
    assert found["support.recall.low"] <= found["support.recall"] == 1.0


def test_a_sample_that_is_one_image_again_and_again_spoils_no_bounds() -> None:
    # With this seed one of the 200 samples of six images is six times the same, which has no pair.
    six = support.measure(LINE[:6], LINE, np.random.default_rng(94))
    assert all(np.isfinite([each.low, each.high]).all() for each in six.values())


def test_which_features_the_distance_goes_by() -> None:
    rng = np.random.default_rng(4)
    ours, theirs = rng.normal(size=(9, 2)), rng.normal(size=(8, 2))
    assert support.by_inception(None) == support.by_inception((ours[:1], theirs)) == {}
    found = support.by_inception((ours, theirs))
    assert set(found) == {"fid", "kid"}
    known = support.measure(ours, theirs, np.random.default_rng(0))
    assert "by the judges' features" in support.sentence(support.Row("", "", 9, 8, known))
    by_inception = support.Row("", "", 9, 8, known, {"fid": 81.54, "kid": 0.12345})
    assert support.sentence(by_inception) == "FID 81.5 and KID 0.1235 by Inception's features"
    assert support.metrics([by_inception])["inception.fid"] == 81.54
    assert support.sentence(support.Row("", "", 1, 8, {})) == ""

import numpy as np
import pytest

from kilnmix.collection import soft_labels
from kilnmix.collection.prepared import Task

GLAZE = Task("glaze", ("celadon", "blue, white", "red"), {})


def test_an_image_between_two_classes_has_a_share_of_each() -> None:
    assert soft_labels.mixed(GLAZE, 1, 0, 0.75) == {"blue, white": 0.75, "celadon": 0.25}
    # The same class, a label that is not known, and an image that kept nothing of its source.
    for asked, other, share in ((1, 1, 0.75), (1, -1, 0.75), (-1, 0, 0.75), (1, 0, 1.0)):
        assert soft_labels.mixed(GLAZE, asked, other, share) == {}


def test_cells_come_back_and_labels_without_one_are_their_class_alone() -> None:
    cells = [soft_labels.cell({"blue, white": 0.75, "celadon": 0.25}), "", ""]
    rows = [{"glaze": name, "glaze_soft": cell} for name, cell in zip(("blue, white", "red", ""), cells, strict=True)]
    shares = soft_labels.read(GLAZE, rows)
    assert shares is not None
    np.testing.assert_allclose(shares, [[0.25, 0.75, 0], [0, 0, 1], [0, 0, 0]])
    labels = np.array([1, 2, -1])
    assert soft_labels.cells_of(GLAZE, shares, labels) == ['{"celadon": 0.25, "blue, white": 0.75}', "", ""]
    # One class alone, but another than the column's own.
    assert soft_labels.cells_of(GLAZE, shares, np.array([1, 0, -1]))[1] == '{"red": 1.0}'
    assert list(soft_labels.read_all((GLAZE,), rows)) == ["glaze"]
    assert soft_labels.read_all((GLAZE,), [{"glaze": "red"}]) == {}


@pytest.mark.parametrize("cell", ["{", '{"celadon": -1, "red": 2}', '{"celadon": 0}', '{"green": 1}', '{"red": NaN}'])
def test_cells_that_are_no_label(cell: str) -> None:
    with pytest.raises(ValueError):
        soft_labels.read(GLAZE, [{"glaze": "red", "glaze_soft": cell}])

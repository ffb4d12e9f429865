import numpy as np
import pytest

from kilnmix.curation.copies import evidence, views
from kilnmix.curation.copies.evidence import Sight
from kilnmix.curation.copies.structure import small
from tests.curation.copies.pictures import vessel

HERE = views.place(1.0)


def test_a_picture_and_itself_correlate_wholly_whatever_its_colours() -> None:
    picture = small(vessel(1))
    for other in (picture, picture[..., [1, 2, 0]], 255 - picture):
        found = evidence.correlations(Sight.of(np.ascontiguousarray(other)), picture, HERE)
        assert found == pytest.approx(np.ones(4), abs=5e-3)


def test_a_pasted_patch_leaves_the_rest() -> None:
    picture = small(vessel(1))
    pasted = picture.copy()
    pasted[30:50, 30:50] = 255
    edges, most_edges, detail, most_detail = evidence.correlations(Sight.of(pasted), picture, HERE)
    assert most_edges > edges
    assert most_detail > 0.97 > detail


def test_another_object_is_unlike_and_no_overlap_is_no_copy() -> None:
    found = evidence.correlations(Sight.of(small(vessel(2))), small(vessel(1)), HERE)
    assert found[2] < 0.5
    assert evidence.score(found) < 0.01
    away = evidence.correlations(Sight.of(small(vessel(1))), small(vessel(1)), views.place(1.0, 0, 1.9, 0))
    assert away.tolist() == [-1] * 4


def test_the_score_is_logistic() -> None:
    # -ln(1 - 0.9) = ln 10 for all four; a copy throughout is likelier than one with a foreign part.
    at = (0.08 + 0.23 + 3.1 + 2.86) * np.log(10) + evidence.BIAS
    assert evidence.score(np.full(4, 0.9)) == pytest.approx(1 / (1 + np.exp(-at)))
    assert evidence.score(np.full(4, -1.0)) == pytest.approx(1 / (1 + np.exp(-evidence.BIAS)))
    assert evidence.score(np.ones(4)) > 0.999
    # Where a part is foreign, what agrees most must agree very well: ln 1000 twice, beside detail of 0.5.
    at = 1.22 * np.log(1000) + 0.81 * np.log(2) + 2.85 * np.log(1000) + evidence.BIAS
    assert evidence.score(np.array([0.5, 0.999, 0.5, 0.999])) == pytest.approx(1 / (1 + np.exp(-at)))


def test_edges_are_looked_at_only_where_they_could_matter() -> None:
    picture, pasted = small(vessel(1)), small(vessel(1))
    pasted[30:50, 30:50] = 255
    sight = Sight.of(pasted)
    assert evidence.likely(sight, picture, HERE) == evidence.score(evidence.correlations(sight, picture, HERE)) > 0.5
    other = Sight.of(small(vessel(2)))
    assert evidence.score(evidence.correlations(other, picture, HERE)) < evidence.UNLIKE
    assert evidence.likely(other, picture, HERE) == 0
    assert evidence.likely(sight, picture, views.place(1.0, 0, 1.9, 0)) == 0

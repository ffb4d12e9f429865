import numpy as np
import pytest

from kilnmix.generator.order import Request
from kilnmix.generator.sources import choose, soft_label
from tests.generator.conftest import make_settings

LABELS = np.array([[0, 0], [0, 1], [1, 0], [1, -1]])


def test_soft_labels_grow_with_the_strength() -> None:
    assert [soft_label(strength) for strength in (0.25, 0.49, 1.0)] == pytest.approx([0.5, 0.7, 1.0])


def test_an_image_begins_from_a_photograph_of_the_same_labels() -> None:
    draw = make_settings("x", draw={"mode": "image"}).draw
    requests = [Request(number, (1, -1)) for number in range(20)]
    assert {request.source for request in choose(requests, LABELS, draw, 1)} == {2, 3}
    assert choose([Request(0, (0, 2))], LABELS, draw, 1)[0].source is None
    assert choose(requests, LABELS, draw, 1) == choose(requests[::-1], LABELS, draw, 1)[::-1]


def test_a_mixed_image_begins_from_another_class_and_says_how_much_of_it_is_left() -> None:
    draw = make_settings("x", draw={"mode": "mix", "mix_share": 1.0, "strength": 0.49}).draw
    mixed = choose([Request(number, (0, 0)) for number in range(30)], LABELS, draw, 1)
    assert {request.source for request in mixed} == {1, 2, 3}
    assert [request.weight for request in mixed] == pytest.approx([0.7] * 30)
    halves = make_settings("x", draw={"mode": "mix", "mix_share": 0.0}).draw
    assert {request.source for request in choose([Request(0, (0, 0))], LABELS, halves, 1)} == {0}

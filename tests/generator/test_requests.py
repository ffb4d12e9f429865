import numpy as np

from kilnmix.generator.requests import open_tasks, plan

LABELS = np.array([[0, 0]] * 6 + [[1, 0]] * 2 + [[1, -1]] * 2)


def test_requests_are_attested_combinations_in_their_proportions() -> None:
    requests = plan(LABELS, 10, "as-real")
    assert [request.number for request in requests] == list(range(10))
    asked = [request.labels for request in requests]
    assert {labels: asked.count(labels) for labels in set(asked)} == {(0, 0): 6, (1, 0): 2, (1, -1): 2}


def test_every_beginning_is_divided_alike() -> None:
    half = [request.labels for request in plan(LABELS, 100, "as-real")][:50]
    assert half.count((0, 0)) == 30
    assert half.count((1, 0)) == 10


def test_a_task_that_the_caption_does_not_name_is_asked_of_no_image() -> None:
    asked = {request.labels for request in plan(open_tasks(LABELS, [1]), 10, "as-real")}
    assert asked == {(0, -1), (1, -1)}
    assert (open_tasks(LABELS, []) == LABELS).all()

from kilnmix.generator.tuning.curve import complete, smoothed


def test_what_is_told_on_the_way_is_the_curve_in_the_end() -> None:
    losses = [float(number) for number in range(120)]
    curve = smoothed(losses)
    assert curve[:2] == [(2, 0.5), (4, 2.5)]
    told: list[tuple[int, float]] = []
    for done in range(1, 121):
        told += complete(losses[:done], 120, told[-1][0] if told else 0)
    assert told == curve


def test_an_entry_that_is_not_complete_is_not_told_yet() -> None:
    # 103 steps: stretches of two, the last of one.
    losses = [1.0] * 103
    assert smoothed(losses)[-1] == (103, 1.0)
    assert complete(losses, 103, 100) == [(102, 1.0)]

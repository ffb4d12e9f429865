"""What single classes gained in several studies."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest

from kilnmix.report.guidelines import class_gains
from kilnmix.report.guidelines.summaries import StudySummary


def gain(
    study: str, delta: float, training: float = 5, alignment: float = math.nan, collection: str = "", name: str = "bowl"
) -> class_gains.ClassGain:
    return class_gains.ClassGain(study, collection or study, "type", name, delta, training, alignment)


def test_a_bin_is_the_mean_of_the_studies_means() -> None:
    found = class_gains.binned([gain("a", 0.0), gain("a", 0.02, name="jar"), gain("b", 0.04), gain("c", 0.07)])
    assert found is not None
    # Means 0.01, 0.04, 0.07: mean 0.04, standard error 0.03 / sqrt(3), t with two degrees of freedom 4.3027.
    assert (found.classes, found.collections) == (4, 3)
    assert found.mean == pytest.approx(0.04)
    assert found.high == pytest.approx(0.04 + 4.30265 * 0.03 / math.sqrt(3), rel=1e-5)
    few = class_gains.binned([gain("a", 0.01), gain("b", 0.03)])
    assert few is not None
    assert (few.mean, few.low) == (pytest.approx(0.02), None)
    assert class_gains.binned([]) is None


def test_studies_of_the_same_photographs_are_one_collection() -> None:
    same = [gain(study, delta, collection="x") for study, delta in (("a", 0.066), ("b", 0.066), ("c", 0.066))]
    found = class_gains.binned(same)
    assert found is not None
    assert (found.classes, found.collections, found.low, found.high) == (1, 1, None, None)
    # Collections 0.02, 0.04, 0.06, the first by two studies: standard error 0.02 / sqrt(3).
    found = class_gains.binned(
        [gain("a", 0.01, collection="x"), gain("b", 0.03, collection="x"), gain("c", 0.04), gain("d", 0.06)]
    )
    assert found is not None and found.high is not None
    assert (found.collections, found.mean) == (3, pytest.approx(0.04))
    assert found.high == pytest.approx(0.04 + 4.30265 * 0.02 / math.sqrt(3), rel=1e-5)


def study(name: str, *rows: tuple[str, str, str, str]) -> StudySummary:
    """Rows of arm, delta, training, alignment; all against real."""
    keys = ("arm", "delta", "training", "alignment")
    fixed = {"task": "type", "class": "bowl", "reference": "real"}
    return StudySummary(name, False, {}, tuple({**fixed, **dict(zip(keys, row, strict=True))} for row in rows))


def test_the_pair_that_most_studies_have_and_then_the_higher_share() -> None:
    few, many = ("mix-95-5", "0.1", "", ""), ("mix-90-10", "0", "", "")
    both = [study("a", few), study("b", few, many)]
    assert class_gains.common_pair(both) == ("mix-95-5", "real")
    assert class_gains.common_pair(both[1:]) == ("mix-90-10", "real")
    assert class_gains.common_pair([study("c")]) is None
    again = [replace(each, verdict={"collection": "x"}) for each in (study("a", many), study("b", many))]
    other = [study("c", ("mix-50-50", "0", "", ""))]
    assert class_gains.common_pair([*again, *other]) == ("mix-50-50", "real")  # one collection each


def test_rows_without_a_difference_are_no_gains() -> None:
    given = study("a", ("mix", "0.02", "12", ""), ("mix", "", "12", "0.5"), ("other", "0.3", "1", "1"))
    (found,) = class_gains.gains([given], ("mix", "real"))
    assert (found.study, found.delta, found.training) == ("a", 0.02, 12.0)
    assert math.isnan(found.alignment)


def test_bins_hold_their_lower_ends_and_the_last_its_upper_one() -> None:
    sized = [gain("a", 0, training) for training in (0, 9.9, 10, 30, 99, 100, 5000)]
    assert [len(class_gains.of_size(sized, place)) for place in range(4)] == [2, 1, 2, 2]
    aligned = [gain("a", 0, 1, alignment) for alignment in (0.0, 0.4, 0.79, 0.8, 1.0, math.nan)]
    ends = class_gains.ALIGNMENTS
    counts = [len(class_gains.of_alignment(aligned, *pair)) for pair in itertools.pairwise(ends)]
    assert counts == [1, 1, 1, 2]

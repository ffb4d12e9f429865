"""The rank correlations of `bench.aligned`."""

from __future__ import annotations

import json
import math

import pytest
from scipy import stats

from bench import aligned, rerendered
from kilnmix.common.paths import output
from kilnmix.statistics import scores
from tests.tiny_project import Project


def classes(*rows: tuple[float, float, float]) -> dict[str, dict[str, float]]:
    """(alignment, training, gain) a class."""
    names = ("alignment", "training", "gain")
    return {f"class {place}": dict(zip(names, row, strict=True)) for place, row in enumerate(rows)}


FIVE = classes((0.1, 9, 0.2), (0.2, 7, 0.1), (0.3, 5, 0.3), (0.4, 3, 0.4), (0.5, 1, 0.5))
"""Alignment ranks 1 2 3 4 5, gain ranks 2 1 3 4 5: rho = 1 - 6 * 2 / (5 * 24) = 0.9; training falls: -0.9."""
SIX = classes((1, 1, 1), (2, 5, 2), (3, 2, 3), (4, 6, 4), (5, 3, 6), (6, 4, 5))
"""1 - 6 * 2 / (6 * 35) = 33 / 35."""


def test_a_tasks_correlation_is_spearmans() -> None:
    assert aligned.correlation({"type": FIVE}, "alignment") == pytest.approx(0.9)
    assert aligned.correlation({"type": FIVE}, "training") == pytest.approx(-0.9)


def test_tasks_weigh_by_their_classes_less_one_and_a_task_of_four_does_not_count() -> None:
    four = classes((1, 1, 3), (2, 1, 2), (3, 1, 1), (4, 1, 0))
    found = aligned.correlation({"type": FIVE, "kiln": SIX, "dynasty": four}, "alignment")
    assert found == pytest.approx((4 * 0.9 + 5 * 33 / 35) / 9)
    assert aligned.correlation({"dynasty": four}, "alignment") is None


def test_the_number_of_photographs_is_taken_out_of_both_sides() -> None:
    x, y, given = (1, 2, 3, 4, 5), (2, 1, 4, 3, 5), (1, 3, 2, 5, 4)
    xy, xg, yg = 1 - 6 * 4 / 120, 1 - 6 * 4 / 120, 1 - 6 * 14 / 120
    by_hand = (xy - xg * yg) / math.sqrt((1 - xg**2) * (1 - yg**2))
    assert aligned.partial(x, y, given) == pytest.approx(by_hand)


def test_where_nothing_is_left_there_is_no_correlation_and_no_zero() -> None:
    assert aligned.spearman((1, 1, 1, 1), (1, 2, 3, 4)) is None
    # In FIVE training objects are alignment backwards.
    assert aligned.correlation({"type": FIVE}, "alignment", "training") is None
    both = aligned.correlation({"type": FIVE, "kiln": SIX}, "alignment", "training")
    assert both == aligned.correlation({"kiln": SIX}, "alignment", "training") != 0


def test_collections_give_a_t_interval() -> None:
    mean, low, high = aligned.across([0.1, 0.3, 0.5])
    half = stats.t.isf(0.025, 2) * 0.2 / math.sqrt(3)
    assert (mean, low, high) == pytest.approx((0.3, 0.3 - half, 0.3 + half))
    assert aligned.across([-1.0, 1.0])[1:] == (-1.0, 1.0)


def test_the_table_says_how_many_collections_a_cell_rests_on() -> None:
    found = {"collections": {"3": {"type": FIVE, "kiln": SIX}, "4": {"type": SIX}, "5": {"type": SIX}}}
    rows = aligned.lines(found)
    assert rows[0].startswith("| 3 collections, over the classes of |")
    assert [row.split("|")[1].strip() for row in rows[2:]] == ["all tasks", "type"]  # one collection is no interval
    cells = [cell.strip() for cell in rows[3].split("|")[2:-1]]
    mean = (0.9 + 2 * 33 / 35) / 3
    assert cells[0].startswith(f"{mean:+.2f} (") and "collections" not in cells[0]
    assert cells[2].endswith(", 2 collections)")


def test_a_studys_classes_are_read_from_what_its_stages_left(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder)
    found = aligned.classes_of(project.params, "mix-90-10")
    shown = json.loads((output("curate", 0, 0) / "alignment.json").read_text())
    for outcomes in rerendered.answered(project.params):
        own = found[outcomes.task]
        for name, entry in own.items():
            assert entry["alignment"] == pytest.approx(shown[outcomes.task]["classes"][name]["alignment"])
        if len(own) == len(outcomes.scored):
            whole = scores.score(outcomes, "mix-90-10") - scores.score(outcomes, "real")
            assert sum(entry["gain"] for entry in own.values()) / len(own) == pytest.approx(whole)
    assert set(found) == {"glaze", "type"}

"""Motifs of ornament, by hand where a hand can draw them."""

from __future__ import annotations

import numpy as np
import pytest

from kilnmix.demo.ornament import MOTIFS, Painted, paint

LINE = np.linspace(-1, 1, 41, dtype=np.float32)
X, Y = np.meshgrid(LINE, LINE)


@pytest.mark.parametrize("name", list(MOTIFS))
def test_every_motif_covers_some_of_its_cell(name: str) -> None:
    line, fill = MOTIFS[name][0](X, Y, 0.05)
    assert line.shape == fill.shape == X.shape
    assert min(line.min(), fill.min()) >= 0 and max(line.max(), fill.max()) <= 1
    share = np.maximum(line, fill).mean()
    assert 0.05 < share <= 1


def test_a_dot_a_band_and_a_chequerboard() -> None:
    dot, _ = MOTIFS["dots"][0](X, Y, 0.05)
    assert dot.mean() == pytest.approx(np.pi * 0.55**2 / 4, abs=0.02)
    band, fill = MOTIFS["line"][0](X, Y, 0.05)
    assert band.min() == 1 and not fill.any()
    squares, _ = MOTIFS["checks"][0](np.array([-0.5, 0.5, 0.5]), np.array([0.5, 0.5, -0.5]), 0.05)
    assert squares.tolist() == [1, 0, 1]


def test_bands_lie_where_the_plan_says_with_whole_motifs_around() -> None:
    around, up = np.meshgrid(np.linspace(0, 1, 400, endpoint=False), np.linspace(0, 1, 50))
    around, up = around.ravel(), up.ravel()
    drawn = paint((("checks", 0.2, 0.4), ("line", 0.6, 0.7)), around, up, np.full(len(up), 0.3), 0.001, 1.0)
    outside = (up < 0.2) | ((up >= 0.4) & (up < 0.6)) | (up >= 0.7)
    assert not drawn.line[outside].any() and (drawn.line[(up >= 0.6) & (up < 0.7)] == 1).all()
    # 2 pi 0.3 / 0.2 = 9.4 cells of a chequerboard around: nine whole ones, so that the pattern closes.
    row = drawn.line[up == up[np.argmin(np.abs(up - 0.35))]]
    edges = int((np.diff(row) != 0).sum()) + int(row[0] != row[-1])
    assert edges == 2 * 9
    assert set(np.unique(drawn.turn[(up >= 0.2) & (up < 0.4)])) == set(range(10))


def test_nothing_painted_and_painted_over() -> None:
    blank = Painted.blank(4)
    blank.put(np.array([1, 3]), Painted(np.ones(2), np.zeros(2), np.full(2, 5)))
    assert blank.line.tolist() == [0, 1, 0, 1] and blank.turn.tolist() == [0, 5, 0, 5]

"""Renders kept in shards."""

from __future__ import annotations

from pathlib import Path

import pytest

from kilnmix.demo.pocket.renders import SHARD, THINGS, VESSELS, Domain, What, renders


def test_renders_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert SHARD == 500
    monkeypatch.setattr("kilnmix.demo.pocket.renders.SHARD", 3)
    _made_once(VESSELS, tmp_path)
    _made_once(THINGS, tmp_path)


def _made_once(domain: Domain[What], folder: Path) -> None:
    first = renders(domain, folder, 1, 6, 16, workers=1)
    again = renders(domain, folder, 1, 6, 16, workers=1)
    assert first is not None and again is not None
    assert (first.images == again.images).all() and len(first.shows) == 6
    training, held = first.split(2)
    assert len(training.images) == len(training.shows) == 4 and (held.images == first.images[4:]).all()
    assert renders(domain, folder / "other", 1, 6, 16, stop=lambda: True, workers=1) is None

"""What pocket models may take the place of; a whole export is run in test_build."""

from __future__ import annotations

from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.demo.pocket.export import replaceable


def test_only_pocket_models_and_empty_places_are_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for place in ("empty", "new"):
        replaceable(Path(place))
    for place in (".", "..", str(tmp_path)):
        with pytest.raises(UserError, match="is the folder that the command runs in, or holds it"):
            replaceable(Path(place))

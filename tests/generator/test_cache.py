"""The cache of latents and captions on disk."""

from pathlib import Path
from typing import Any

import pytest
import torch

from kilnmix.common.errors import UserError
from kilnmix.generator.cache import Cache


def test_a_cache_reads_back_as_it_was_written(filled: Cache, tmp_path: Path) -> None:
    filled.save(tmp_path)
    again = Cache.load(tmp_path)
    assert (again.ids, again.captions, again.rows) == (filled.ids, filled.captions, filled.rows)
    assert (again.objects, again.labels) == (filled.objects, filled.labels)
    assert torch.equal(again.mean, filled.mean)
    assert torch.equal(again.embeddings, filled.embeddings)


@pytest.mark.parametrize("name", ["latents.safetensors", "captions.safetensors", "captions.json"])
@pytest.mark.parametrize("left", [0, 40])
def test_a_cut_cache_is_refused(filled: Cache, tmp_path: Path, name: str, left: int) -> None:
    filled.save(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:left])
    with pytest.raises(UserError, match=r"dvc repro -f encode"):
        Cache.load(tmp_path)


def test_a_cache_that_holds_nan_is_refused(filled: Cache, tmp_path: Path) -> None:
    Cache(**{**vars(filled), "mean": filled.mean * float("nan")}).save(tmp_path)
    with pytest.raises(UserError, match="not finite"):
        Cache.load(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ids": ("a",)}, "do not fit each other"),
        ({"captions": ("",)}, "do not fit each other"),
        ({"rows": ((9,),) * 5}, "do not fit each other"),
        ({"rows": ((),) * 5}, "do not fit each other"),
    ],
)
def test_files_that_do_not_fit_each_other(filled: Cache, tmp_path: Path, change: dict[str, Any], said: str) -> None:
    Cache(**{**vars(filled), **change}).save(tmp_path)
    with pytest.raises(UserError, match=said):
        Cache.load(tmp_path)


def test_a_cache_that_was_never_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"latents.safetensors is missing. Run `dvc repro encode` first"):
        Cache.load(tmp_path)

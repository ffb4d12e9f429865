"""What a kept state follows from."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from kilnmix.common import code, digests


def test_a_files_digest_follows_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    # SHA-256 of "abc", FIPS 180-2, appendix B.1.
    assert digests.of_file(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    before = digests.of_files(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert digests.of_files(tmp_path) != before
    assert digests.of_files(tmp_path, without=("b",)) == ""


def test_arrays_of_equal_bytes_and_other_shapes_differ() -> None:
    flat = np.arange(6, dtype=np.int64)
    assert digests.of_array(flat) != digests.of_array(flat.reshape(2, 3))
    assert digests.of_array(flat) != digests.of_array(flat.view(np.uint64))


def test_code_is_followed_through_imports_but_not_into_what_tells_of_results() -> None:
    names = {path.relative_to(code.PACKAGE).as_posix() for path in code.sources("kilnmix.stages.generate")}
    assert {"stages/generate.py", "generator/drawing/draw.py", "generator/requests.py", "common/seeds.py"} <= names
    assert not {"common/progress.py", "tracking/records.py", "config/generator.py"} & names
    with pytest.raises(ValueError, match="no module"):
        code.sources("kilnmix.stages.paint")


@pytest.mark.parametrize(
    ("stage", "file"),
    [("generate", "generator/drawing/draw.py"), ("finetune", "generator/tuning/loss.py")],
)
def test_a_kept_state_of_other_code_or_libraries_is_not_taken_up(
    stage: str, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed `generate`, a mended draw.py: the pool must not hold images of both."""
    module = f"kilnmix.stages.{stage}"
    importlib.import_module(module)
    before = digests.of_code.__wrapped__(module)
    changed = code.PACKAGE / file
    original = Path.read_bytes

    def read(path: Path) -> bytes:
        return original(path) + (b"# mended\n" if path == changed else b"")

    monkeypatch.setattr(Path, "read_bytes", read)
    assert digests.of_code.__wrapped__(module) != before
    versions = digests.versions("torch", "no-such-library")
    assert versions["torch"] and versions["no-such-library"] is None
    assert digests.of_state(versions=versions) != digests.of_state(versions={**versions, "torch": "0"})

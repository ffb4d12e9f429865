import json
from pathlib import Path

import pytest
import yaml

from kilnmix.common.pointers import pointers
from kilnmix.tracking.inputs import content_digest
from kilnmix.tracking.provenance import study_key
from kilnmix.tracking.reproduction import steps
from kilnmix.tracking.revision import dvc_digest
from tests import composed


def test_digests_of_stage_outputs_come_from_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dvc.lock").write_text(
        json.dumps({"stages": {"prepare": {"outs": [{"path": "out/prepare", "md5": "ab.dir"}]}}})
    )
    assert dvc_digest("out/prepare") == "ab.dir"
    assert dvc_digest("out/other") is None


def test_a_lock_is_parsed_again_only_when_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    load, parsed = yaml.load, []
    monkeypatch.setattr(yaml, "load", lambda *given: parsed.append(given) or load(*given))

    def lock(md5: str) -> None:
        Path("dvc.lock").write_text(f"stages:\n  prepare:\n    outs:\n    - {{path: out/prepare, md5: {md5}}}\n")

    lock("ab.dir")
    assert [dvc_digest("out/prepare") for _ in range(3)] == ["ab.dir"] * 3
    assert len(parsed) == 1
    lock("other.dir")
    assert dvc_digest("out/prepare") == "other.dir"
    Path("dvc.lock").write_text("")
    assert dvc_digest("out/prepare") is None


def test_dvcs_own_folder_is_no_pointer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every project of DVC's has a folder whose whole name is the ending of its files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "data.dvc").write_text("outs:\n- {md5: ab.dir, path: data}\n")
    assert [path.name for path in pointers()] == ["data.dvc"]
    before = study_key(composed.settings())
    (tmp_path / "data.dvc").write_text("outs:\n- {md5: cd.dir, path: data}\n")
    assert study_key(composed.settings()) != before
    assert ["dvc", "checkout", "data.dvc"] in steps({"commit": "ab" * 20, "stage": "prepare"}, tmp_path, None)
    assert dvc_digest("") is None
    assert content_digest(Path("data")) == "cd.dir"

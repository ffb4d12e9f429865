"""What identifies a base: its bytes and its licence."""

from pathlib import Path

from kilnmix.generator.bases.identity import fingerprint, licence
from tests.generator.conftest import make_settings


def test_the_fingerprint_changes_with_a_bases_bytes_and_not_with_its_place(tmp_path: Path) -> None:
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "model_index.json").write_text("{}")
    first = fingerprint(make_settings(tmp_path / "one"))
    assert fingerprint(make_settings(tmp_path / "two")) == first
    (tmp_path / "one" / "model_index.json").write_text("{ }")
    assert fingerprint(make_settings(tmp_path / "one")) != first


def test_the_licence_is_read_from_the_model_card_or_set(tmp_path: Path) -> None:
    assert licence(make_settings(tmp_path)) == "unknown"
    (tmp_path / "README.md").write_text("---\nlicense: creativeml-openrail-m\n---\n# A model\n")
    assert licence(make_settings(tmp_path)) == "creativeml-openrail-m"
    assert licence(make_settings(tmp_path, licence="mine")) == "mine"

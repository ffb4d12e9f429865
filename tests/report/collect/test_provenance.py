"""Where the photographs come from, and what repeats the study."""

from __future__ import annotations

from pathlib import Path

from pytest import MonkeyPatch

from kilnmix.report.collect.provenance import commands, rendered


def test_the_rendered_collection_is_known_by_its_remote(tmp_path: Path) -> None:
    assert not rendered(tmp_path / "data")
    (tmp_path / "data.dvc").write_text("outs:\n- md5: 0.dir\n  path: data\n  remote: embedded\n")
    assert rendered(tmp_path / "data")
    (tmp_path / "data.dvc").write_text("outs:\n- md5: 1.dir\n  path: data\n")
    assert not rendered(tmp_path / "data")


def test_the_commands_name_the_commit_and_pull_what_can_be_pulled(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data.dvc").write_text("outs:\n- md5: 0.dir\n  path: data\n  remote: embedded\n")
    assert commands(Path("data"), "abc123", changed=False) == (
        "git checkout abc123",
        ".venv/bin/dvc pull data.dvc pocket.dvc",
        ".venv/bin/dvc repro",
    )
    Path("data.dvc").write_text("outs:\n- md5: 1.dir\n  path: data\n")
    first, pocket, photographs, last = commands(Path("data"), "abc123", changed=True)
    assert first == "git checkout abc123  # and the changes that were not committed"
    # Nobody can pull a person's photographs from the repository's own remote.
    assert (pocket, last) == (".venv/bin/dvc pull pocket.dvc", ".venv/bin/dvc repro")
    assert photographs.startswith(".venv/bin/dvc checkout data.dvc")
    assert commands(Path("data"), None, changed=False)[0] == pocket


def test_the_commands_can_be_pasted_for_a_folder_with_blanks_or_dots(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("dig of 2020.1")
    (tmp_path / "dig of 2020.1.dvc").write_text("outs:\n- path: dig of 2020.1\n")
    assert ".venv/bin/dvc checkout 'dig of 2020.1.dvc'  # or `dvc pull 'dig of 2020.1.dvc'`" in "\n".join(
        commands(folder, None, changed=False)
    )
    (tmp_path / "dig of 2020.1.dvc").write_text("outs:\n- path: dig of 2020.1\n  remote: embedded\n")
    assert rendered(folder)
    assert commands(folder, None, changed=False)[0] == ".venv/bin/dvc pull 'dig of 2020.1.dvc' pocket.dvc"

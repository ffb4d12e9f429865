"""What DVC holds of a folder, in a real repository."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo

from kilnmix.collection import versioning
from kilnmix.common.errors import UserError

FOLDER = Path("data")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository with one tracked folder, in which the test works."""
    monkeypatch.chdir(tmp_path)
    made = Repo.init(no_scm=True)
    (FOLDER / "images").mkdir(parents=True)
    (FOLDER / "images" / "a.png").write_bytes(b"a")
    (FOLDER / "labels.csv").write_bytes(b"image\n")
    made.add(str(FOLDER))
    return made


def test_a_folder_is_held_while_every_file_of_it_is_in_the_cache(repository: Repo) -> None:
    assert versioning.in_repository() and versioning.holds(FOLDER)
    (FOLDER / "labels.csv").unlink()
    assert versioning.holds(FOLDER)  # what is gone cannot be lost with it
    (FOLDER / "images" / "a.png").chmod(0o644)
    (FOLDER / "images" / "a.png").write_bytes(b"b")
    assert not versioning.holds(FOLDER)


def test_what_is_not_tracked_or_not_in_the_cache_is_not_held(repository: Repo) -> None:
    Path("other").mkdir()
    assert not versioning.holds(Path("other"))
    for path in Path(repository.cache.local.path).rglob("*"):
        if path.is_file() and not path.name.endswith(".dir"):
            path.chmod(0o644)
            path.unlink()
    assert not versioning.holds(FOLDER)


def test_tracking_forgets_the_remote_of_the_embedded_folder(repository: Repo) -> None:
    pointer = yaml.safe_load(Path("data.dvc").read_text())
    pointer["outs"][0]["remote"] = "embedded"
    Path("data.dvc").write_text(yaml.safe_dump(pointer))
    (FOLDER / "new.png").write_bytes(b"new")
    versioning.track(FOLDER)
    after = yaml.safe_load(Path("data.dvc").read_text())["outs"][0]
    assert "remote" not in after and after["nfiles"] == 3
    assert versioning.holds(FOLDER)


def test_what_dvc_refuses_is_a_sentence(repository: Repo) -> None:
    with pytest.raises(UserError, match="`dvc add nowhere` failed"):
        versioning.track(Path("nowhere"))


def test_folders_put_aside_in_one_second_are_all_kept(repository: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    class Still(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Still:
            return cls(2026, 3, 1, 12, 0, 0, tzinfo=tz)

    monkeypatch.setattr("kilnmix.collection.versioning.datetime.datetime", Still)
    kept = []
    for number in range(3):
        (FOLDER / "labels.csv").unlink()
        (FOLDER / "labels.csv").write_text(f"mine, {number}\n")
        draft = Path("draft")
        draft.mkdir()
        (draft / "labels.csv").write_text("imported\n")
        kept.append(versioning.swap(draft, FOLDER))
    assert len(set(kept)) == 3
    assert [(path / "labels.csv").read_text() for path in kept if path] == [f"mine, {number}\n" for number in range(3)]


@pytest.mark.parametrize("tracked", [True, False])
def test_what_dvc_does_not_take_leaves_everything_as_it_was(repository: Repo, tracked: bool) -> None:
    pointer = Path("data.dvc")
    if tracked:
        pointer.write_text(f"{pointer.read_text()}  remote: embedded\n")
    else:
        pointer.unlink()
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file() and ".dvc" not in path.parts}
    draft = Path("draft")
    draft.mkdir()
    (draft / "labels.csv").write_text("imported\n")
    with repository.lock, pytest.raises(UserError, match="nothing was changed"):  # as while another command runs
        versioning.swap(draft, FOLDER, versioning.track)
    (draft / "labels.csv").unlink()
    after = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file() and ".dvc" not in path.parts}
    assert after == before
    (draft / "labels.csv").write_text("imported\n")
    kept = versioning.swap(draft, FOLDER, versioning.track)
    assert (
        (kept is None) is tracked and (FOLDER / "labels.csv").read_text() == "imported\n" and versioning.holds(FOLDER)
    )


def test_a_folder_that_was_not_there_is_not_there_where_dvc_does_not_take_it(repository: Repo) -> None:
    Path("draft").mkdir()
    with repository.lock, pytest.raises(UserError, match="nothing was changed"):
        versioning.swap(Path("draft"), Path("photographs"), versioning.track)
    assert not Path("photographs").exists() and not Path("photographs.dvc").exists()


@pytest.mark.parametrize(
    ("folder", "where"),
    [
        ("data/mine", r"inside data, which DVC tracks \(data.dvc\)"),
        ("data/../data/images/mine", r"inside data, which DVC tracks \(data.dvc\)"),
        ("out", r"around out/prepare, which DVC tracks \(prepare\)"),
        ("out/prepare", "around out/prepare"),
        ("../elsewhere", "outside the project"),
        ("/tmp", "outside the project"),
        ("link/mine", "behind the link link"),
    ],
)
def test_a_folder_that_dvc_would_not_track_by_itself_is_refused(repository: Repo, folder: str, where: str) -> None:
    Path("dvc.yaml").write_text("stages:\n  prepare:\n    cmd: 'true'\n    outs: [out/prepare]\n")
    Path("link").symlink_to("/tmp")
    before = sorted(Path().rglob("*"))
    with pytest.raises(UserError, match=rf"^collection.folder is {folder}, {where}.* Nothing was changed"):
        versioning.check(Path(folder))
    assert sorted(path for path in Path().rglob("*") if ".dvc" not in path.parts) == [
        path for path in before if ".dvc" not in path.parts
    ]


def test_a_folder_of_its_own_is_let_pass(repository: Repo) -> None:
    versioning.check(FOLDER)
    versioning.check(Path("photographs"))
    versioning.check(Path("my/photographs"))


def test_without_dvc_a_folder_may_be_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    versioning.check(Path("/somewhere"))


def test_what_dvc_cannot_read_is_said_before_anything_is_changed(repository: Repo) -> None:
    Path("dvc.yaml").write_text("stages: [\n")
    with pytest.raises(UserError, match="DVC cannot take the photographs now, so nothing was changed"):
        versioning.check(FOLDER)

from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.tracking.records import tags
from kilnmix.tracking.reproduction import doubts, steps


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with the embedded models and photographs of one's own."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "data.dvc").write_text("outs:\n- path: data\n")
    (tmp_path / "project" / "pocket.dvc").write_text("outs:\n- path: pocket\n  remote: embedded\n")
    return tmp_path / "project"


def test_a_run_is_repeated_in_a_folder_of_its_commit(folder: Path) -> None:
    run = {**tags("train", 0, 0, arm="real", seed=1), "commit": "0123456789abcdef"}
    new = folder.with_name("project-0123456")
    assert steps(run, folder, Path("/held/params.yaml")) == [
        ["git", "worktree", "add", "--detach", str(new), "0123456789abcdef"],
        ["ln", "-s", str(folder / ".venv"), str(new / ".venv")],
        ["dvc", "config", "--local", "cache.dir", "../../project/.dvc/cache"],
        ["cp", "/held/params.yaml", "params.yaml"],
        ["dvc", "pull", "--quiet", "--remote", "embedded", "pocket.dvc"],
        ["dvc", "checkout", "data.dvc"],
        ["dvc", "repro", "train@0"],
        ["dvc", "repro", "--single-item", "--force", "--no-run-cache", "train@0"],
    ]


@pytest.mark.parametrize(
    ("run", "target"),
    [
        (tags("prepare"), "prepare"),
        (tags("refit", 0, 0, arm="real", seed=0), "refit"),
        (tags("finetune", "all", 1), "finetune@all-1"),
        (tags("look", look=1), "look@look1"),
        (tags("extend", 2, 0, look=1, arm="real", seed=5), "extend@look1-2"),
    ],
)
def test_the_stage_is_named_as_in_dvc_yaml(run: dict[str, str], target: str, folder: Path) -> None:
    assert steps({**run, "commit": "ab" * 20}, folder, None)[-1][-1] == target


def test_a_point_of_a_frontier_is_no_stage(folder: Path) -> None:
    run = tags("frontier", 0, 1, guidance="2", scale="0.5", strictness="0", images=96)
    told, again = steps({**run, "commit": "ab" * 20}, folder, None)[-2:]
    assert told == ["dvc", "repro", "judge@0", "finetune@0-1"]
    wanted = "kilnmix frontier --fold 0 --adapter 1 --guidance 2 --scale 0.5 --strictness 0 --images 96"
    assert " ".join(again) == wanted


def test_what_cannot_be_repeated_is_a_sentence(folder: Path) -> None:
    with pytest.raises(UserError, match="outside of a git repository"):
        steps(tags("prepare"), folder, None)
    with pytest.raises(UserError, match="Name that of a stage"):
        steps({"commit": "ab" * 20}, folder, None)


def test_what_was_not_committed_is_told() -> None:
    assert doubts({"uncommitted": "false"}) == []
    assert len(doubts({"uncommitted": "true", "hardware.processor": "a processor"})) == 2

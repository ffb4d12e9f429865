import os
import signal
import subprocess
import sys
from pathlib import Path

import optuna
import pytest

from kilnmix.common.errors import UserError
from kilnmix.experiment.storage import cut_half_line, open_storage
from tests import postgresql


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal with one study and one trial, named relatively as the settings do."""
    monkeypatch.chdir(tmp_path)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(storage=open_storage("journal:studies.journal"), study_name="a", direction="maximize")
    study.tell(study.ask(), 0.5)
    return tmp_path / "studies.journal"


def test_half_a_last_line_is_cut_off(journal: Path) -> None:
    before = journal.read_bytes()
    with journal.open("ab") as file:
        file.write(b'{"op_code":4,"worker_id":"x","tri')
    study = optuna.load_study(storage=open_storage("journal:studies.journal"), study_name="a")
    assert journal.read_bytes() == before
    study.tell(study.ask(), 0.7)
    assert [trial.value for trial in study.trials] == [0.5, 0.7]


def test_half_a_line_of_another_process_is_cut_off_while_this_one_runs(journal: Path) -> None:
    study = optuna.load_study(storage=open_storage("journal:studies.journal"), study_name="a")
    with journal.open("ab") as file:
        file.write(b'{"op_code":4')
    study.tell(study.ask(), 0.7)
    again = optuna.load_study(storage=open_storage("journal:studies.journal"), study_name="a")
    assert [trial.value for trial in again.trials] == [0.5, 0.7]


def test_a_damaged_line_is_named_and_the_file_stays(journal: Path) -> None:
    text = journal.read_text()
    journal.write_text("{{{\n" + text)
    with pytest.raises(UserError, match=r"Line 1 of the search's journal .* is damaged"):
        open_storage("journal:studies.journal")
    assert journal.read_text() == "{{{\n" + text


@pytest.mark.parametrize(
    "foreign", ['{"a": 1}\n', "3\n", "my notes", '{"op_code": 99, "worker_id": "x"}\n', '{"op": 1']
)
def test_a_file_of_something_else_is_no_journal_and_stays(foreign: str, journal: Path) -> None:
    journal.with_name("notes").write_text(foreign)
    with pytest.raises(UserError, match=r"damaged.*`mv \S+/notes \S+/notes.damaged`"):
        open_storage("journal:notes")
    assert journal.with_name("notes").read_text() == foreign


def test_a_second_damaged_journal_does_not_take_the_place_of_the_first(journal: Path) -> None:
    journal.write_text("{{{\n")
    journal.with_name("studies.journal.damaged").write_text("the first")
    with pytest.raises(UserError, match=r"studies\.journal-2\.damaged`"):
        open_storage("journal:studies.journal")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(UserError, match="is a database in memory, which is lost when the search ends"):
        open_storage(url)


def test_a_password_is_not_told(journal: Path) -> None:
    with pytest.raises(UserError, match="cannot be opened") as refused:
        open_storage("postgresql+psycopg2://me:secret@localhost:1/studies")
    assert "secret" not in str(refused.value)


def test_a_lock_of_a_killed_process_holds_nobody_up(journal: Path) -> None:
    code = (
        "import time\n"
        "from pathlib import Path\n"
        "from kilnmix.experiment.storage import JournalLock\n"
        "JournalLock(Path('studies.journal').absolute()).acquire()\n"
        "print('held', flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        os.kill(holder.pid, signal.SIGKILL)
    # What Optuna's own lock leaves behind: a link that leads nowhere.
    journal.with_name("studies.journal.lock").symlink_to("studies.journal")
    study = optuna.load_study(storage=open_storage("journal:studies.journal"), study_name="a")
    study.tell(study.ask(), 0.7)
    assert len(study.trials) == 2


def test_a_journal_in_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError, match="cannot be written"):
        open_storage(f"journal:{tmp_path}/file/studies.journal")


@pytest.mark.parametrize(
    ("text", "cut"), [(b"", 0), (b"a\n", 0), (b"a\nbc", 2), (b"abc", 3), (b"a\n" + b"b" * 70000, 70000)]
)
def test_only_what_follows_the_last_line_feed_goes(text: bytes, cut: int, tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(text)
    assert cut_half_line(path) == cut
    assert path.read_bytes() == text[: len(text) - cut]


OPENS = """
import sys
from kilnmix.experiment.storage import open_storage
print(len(open_storage(sys.argv[1]).get_all_studies()))
"""


def test_machines_that_open_a_new_database_at_once_make_its_tables_once() -> None:
    with postgresql.server() as url:
        begun = [
            subprocess.Popen(
                [sys.executable, "-W", "ignore", "-c", OPENS, url],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for _ in range(4)
        ]  # fmt: skip
        answers = [process.communicate(timeout=600) for process in begun]
    assert [process.returncode for process in begun] == [0] * 4, answers
    assert [out for out, _ in answers] == ["0\n"] * 4

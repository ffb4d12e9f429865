from types import SimpleNamespace

import pytest

from kilnmix.classifier.training import fit, worker


@pytest.fixture
def fitted(monkeypatch):
    """Stands in for a training; `written` is called when its files are written."""

    def install(written):
        def write(folder, with_model):
            (folder / "metrics.json").write_text("ours")
            written()

        monkeypatch.setattr(fit, "fit", lambda *_: SimpleNamespace(write=write))

    return install


def test_what_another_process_finished_first_is_taken(make_run, tmp_path, fitted):
    def faster():
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "metrics.json").write_text("theirs")

    fitted(faster)
    worker.train_into(make_run(), tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert (tmp_path / "run" / "metrics.json").read_text() == "theirs"


def test_a_folder_that_cannot_be_put_in_place_is_an_error(make_run, tmp_path, fitted):
    fitted(lambda: (tmp_path / "run").write_text("a file is in the way"))
    with pytest.raises(OSError, match="run"):
        worker.train_into(make_run(), tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]

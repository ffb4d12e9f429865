import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from kilnmix.config import Params
from kilnmix.tracking import server
from kilnmix.tracking.location import store_uri
from tests import composed
from tests.commands.conftest import Run


def test_runs_on_a_server_are_opened_there(project: Path, run: Run) -> None:
    tracking = {"uri": "http://a:secret@host:1", "folder": "mlruns"}
    Path("params.yaml").write_text(composed.text(tracking=tracking), encoding="utf-8")
    status, _, told = run("ui")
    assert status == 2 and "The runs are on the server http://a:***@host:1: open it in a browser." in told


def test_runs_in_a_database_are_served_from_it(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    uri = f"sqlite:///{tmp_path}/runs.db"  # no browser opens it
    Path("params.yaml").write_text(composed.text(tracking={"uri": uri, "folder": "mlruns"}), encoding="utf-8")
    served: list[str] = []

    def serve(params: Params, taken: socket.socket, ready: Callable[[], object]) -> None:
        taken.close()
        served.append(store_uri(params))

    monkeypatch.setattr(server, "serve", serve)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    status, _, told = run("ui", "--port", str(port))
    assert (status, served) == (0, [uri]), told


def test_a_busy_port(project: Path, run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        status, _, told = run("ui", "--port", str(port))
    assert status == 2 and f"Nothing can listen on 127.0.0.1, port {port}" in told

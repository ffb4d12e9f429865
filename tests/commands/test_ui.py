import socket
from pathlib import Path

from tests import composed
from tests.commands.conftest import Run


def test_runs_on_a_server_are_opened_there(project: Path, run: Run) -> None:
    tracking = {"uri": "http://a:secret@host:1", "folder": "mlruns"}
    Path("params.yaml").write_text(composed.text(tracking=tracking), encoding="utf-8")
    status, _, told = run("ui")
    assert status == 2 and "The runs are on the server http://a:***@host:1: open it in a browser." in told


def test_a_busy_port(project: Path, run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        status, _, told = run("ui", "--port", str(port))
    assert status == 2 and f"Nothing can listen on 127.0.0.1, port {port}" in told

"""Ports of this machine that a server may take, and what serves on them."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import Any

from kilnmix.common.errors import UserError

_LARGEST_PORT = 65535
_WAITING = 100
"""Connections that wait for the server."""


def listening(host: str, port: int, command: str) -> socket.socket:
    """A socket that listens there from now on, so that nobody else takes the port while a server gets ready.

    Args:
        command: that starts it, such as `kilnmix ui`.

    Raises:
        UserError: it cannot; the sentence names a port that is free.
    """
    if not 0 < port <= _LARGEST_PORT:
        raise UserError(
            f"There is no port {port}: ports go from 1 to {_LARGEST_PORT}. `{command} --port {free_port(host)}` takes "
            "one that is free."
        )
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with contextlib.ExitStack() as faults:
            taken = faults.enter_context(socket.socket(family, kind, protocol))
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(address)
            taken.listen(_WAITING)
            faults.pop_all()
        return taken
    except PermissionError as error:
        raise UserError(
            f"Port {port} is the system's own. Take one above 1023: `{command} --port {free_port(host)}`."
        ) from error
    except socket.gaierror as error:
        raise UserError(f"There is no host {host!r} here. `{command}` listens on 127.0.0.1 without --host.") from error
    except OSError as error:
        raise UserError(
            f"Nothing can listen on {host}, port {port}: {error.strerror}. If `{command}` is running already, open "
            f"http://{host}:{port}; otherwise take another port: `{command} --port {free_port(host)}`."
        ) from error


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on; 5001 where the host is none of this machine's."""
    try:
        with socket.create_server((host, 0)) as server:
            return int(server.getsockname()[1])
    except OSError:
        return 5001


def serve(application: Any, taken: socket.socket, ready: Callable[[], object]) -> None:
    """Serves an application, or one by its module and name, until Ctrl-C.

    Args:
        taken: of `listening`; closed in the end.
        ready: called when it answers.

    Raises:
        UserError: the application did not start.
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready()

    server = Server(uvicorn.Config(application, log_level="warning", server_header=False))
    with taken:
        try:
            server.run([taken])
        except KeyboardInterrupt:
            return
        except SystemExit as error:  # uvicorn's own end of a start that failed
            raise UserError("The server did not start; see above.") from error
    if not server.started:
        raise UserError("The server did not start; see above.")

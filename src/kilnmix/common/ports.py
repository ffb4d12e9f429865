"""Ports of this machine that a server may take."""

from __future__ import annotations

import socket

from kilnmix.common.errors import UserError

_LARGEST_PORT = 65535


def check_address(host: str, port: int, command: str) -> None:
    """Looks whether a server can listen there.

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
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
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

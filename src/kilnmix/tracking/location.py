"""Where the MLflow store is. Imports nothing of MLflow."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from kilnmix.common.errors import UserError
from kilnmix.config import Params

_DATABASES = frozenset({"sqlite", "postgresql", "mysql", "mssql"})
"""What the URI of a database that MLflow can use begins with."""


def database(params: Params) -> Path:
    """The database in the tracking folder."""
    return params.tracking.folder / "mlflow.db"


def store_uri(params: Params) -> str:
    """The server of the settings, or the database in the tracking folder.

    Raises:
        UserError: as `address`.
    """
    return params.tracking.uri or address(database(params))


def server(params: Params) -> str | None:
    """The MLflow server that has the runs, without its password; None where they are in a database."""
    uri = params.tracking.uri
    return shown(uri) if uri and urlsplit(uri).scheme in ("http", "https") else None


def address(path: Path) -> str:
    """The URI of a database file.

    It cannot hold `?`, and MLflow stumbles over `%`: where a folder above the project has one, the URI is relative to
    the project.

    Raises:
        UserError: the path itself has such a character.
    """
    absolute = path.resolve()
    if not re.search(r"[?%#]", str(absolute)):
        return f"sqlite:///{absolute}"
    if path.is_absolute() or re.search(r"[?%#]", str(path)):
        raise UserError(
            f"tracking.folder = {path.parent} has one of ?, % and # on its way, which the address of a database cannot "
            "hold. Set it to a folder without them, such as mlruns."
        )
    return f"sqlite:///{path}"


def artifacts_uri(params: Params) -> str:
    """Where runs' artifacts lie when no server keeps them; an absolute file: URI."""
    return (params.tracking.folder / "artifacts").resolve().as_uri()


def artifact_location(params: Params) -> str | None:
    """Where the experiment's artifacts lie; None where a server chooses. A database holds none itself, and MLflow would
    put them into ./mlruns of whichever folder opens it first."""
    uri = params.tracking.uri
    return artifacts_uri(params) if not uri or urlsplit(uri).scheme.partition("+")[0] in _DATABASES else None


def shown(uri: str) -> str:
    """An address without the password that it may hold."""
    parts = urlsplit(uri)
    if parts.password is None:
        return uri
    return urlunsplit(parts._replace(netloc=f"{parts.username}:***@{parts.netloc.rpartition('@')[2]}"))

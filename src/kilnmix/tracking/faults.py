"""What a fault of the MLflow store means to the person, in a sentence."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

from kilnmix.common.errors import UserError
from kilnmix.common.files import free
from kilnmix.config import Params
from kilnmix.tracking.location import database, shown, store_uri

_LATER = "Nothing is lost: `kilnmix runs` logs what is missing from the outputs."


def told(params: Params, error: BaseException) -> UserError:
    """The sentence for an error that opening, reading or writing the store has raised."""
    if isinstance(error, UserError):
        return error
    text = f"{error}"
    if params.tracking.uri and not params.tracking.uri.startswith("sqlite:"):
        return UserError(
            f"The MLflow server {shown(params.tracking.uri)} does not answer as it should: {_first_line(text)}. "
            f"Check tracking.uri. {_LATER}"
        )
    elsewhere = params.tracking.uri
    file = Path(elsewhere.removeprefix("sqlite:///").partition("?")[0]) if elsewhere else database(params)
    path = shlex.quote(str(file))
    if "locked" in text:
        return UserError(
            f"The MLflow database {path} is locked by another process (`fuser {path}` names it). Try again when that "
            f"has ended. {_LATER}"
        )
    aside = shlex.quote(str(free(file.with_name(f"{file.name}.damaged"))))
    if re.search(r"malformed|not a database|is encrypted|disk I/O", text):
        return UserError(
            f"The MLflow database {path} is damaged: {_first_line(text)}. Bring a copy back, or put it aside with "
            f"`mv {path} {aside}` and fill a new one from the outputs with `kilnmix runs`."
        )
    if re.search(r"out-of-date database schema|Can't locate revision", text):
        return UserError(
            f"The MLflow database {path} was made by another version of MLflow. Copy it, then bring it up to date with "
            f"`mlflow db upgrade {shlex.quote(store_uri(params))}`."
        )
    unwritable = re.search(r"readonly|read-only|unable to open|No space|disk is full", text)
    if elsewhere and unwritable and not isinstance(error, OSError):
        return UserError(
            f"The MLflow database {path} cannot be opened or written: {_first_line(text)}. Mend that, or set "
            f"tracking.uri to another database. {_LATER}"
        )
    if isinstance(error, OSError) or unwritable:
        return UserError(
            f"The folder {params.tracking.folder} cannot be written: {_first_line(text)}. Mend that, or set "
            f"tracking.folder to another folder. {_LATER}"
        )
    return UserError(
        f"The MLflow store {shown(store_uri(params))} does not answer: {_first_line(text)}. "
        f"Check tracking.uri and tracking.folder. {_LATER}"
    )


def deleted(params: Params, identifier: str) -> UserError:
    """The sentence for an experiment that somebody deleted in MLflow's UI."""
    uri, again = store_uri(params), f"mlflow experiments restore -x {identifier}"
    # A password is not for the screen.
    open_ = shown(uri) == uri
    way = (
        f"`MLFLOW_TRACKING_URI={shlex.quote(uri)} {again}`"
        if open_
        else f"`{again}`, tracking.uri in MLFLOW_TRACKING_URI"
    )
    return UserError(
        f"The experiment {params.experiment.name!r} was deleted in MLflow. Bring it back with {way}, or set "
        f"experiment.name to another name. {_LATER}"
    )


def unreachable(uri: str, reason: object) -> UserError:
    """The sentence for a server that takes no connection."""
    host = urlsplit(uri).hostname
    return UserError(
        f"The MLflow server {shown(uri)} cannot be reached ({_first_line(str(reason))}). Check tracking.uri, and that "
        f"{host} runs. {_LATER}"
    )


def _first_line(text: str) -> str:
    """Without SQL statements, links and further lines."""
    line = text.strip().splitlines()[0] if text.strip() else "no reason given"
    return line.removeprefix("(sqlite3.DatabaseError) ").removeprefix("(sqlite3.OperationalError) ").rstrip(".")

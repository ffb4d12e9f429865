"""Commands in sentences, as they run where the person is: `.venv/bin/dvc repro` where no environment is active."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from kilnmix.common.errors import UserError

_COMMAND = re.compile(r"`(kilnmix|dvc|mlflow)(?=[ `])")


def runnable(
    text: str, programs: Path = Path(sys.executable).parent, environment: Mapping[str, str] = os.environ
) -> str:
    """The text with a folder before the commands in backticks that the person's shell would not find.

    Args:
        programs: where this environment's commands lie.
        environment: DVC runs its stages with `programs` ahead of the person's PATH, which does not count.
    """

    def found(match: re.Match[str]) -> str:
        name = match[1]
        own = programs / name
        if not own.exists() or shutil.which(name, path=os.pathsep.join(_path(programs, environment))) == str(own):
            return match[0]
        return f"`{_shown(own)}"

    return _COMMAND.sub(found, text)


def pasted(
    words: Sequence[str], programs: Path = Path(sys.executable).parent, environment: Mapping[str, str] = os.environ
) -> str:
    """A command line for the person's shell, in whatever folder: the whole path of a program that it would not find.

    Args:
        programs, environment: as for `runnable`.
    """
    own = programs / words[0]
    found = shutil.which(words[0], path=os.pathsep.join(_path(programs, environment)))
    return shlex.join([words[0] if not own.exists() or found == str(own) else str(own), *words[1:]])


def program(name: str, programs: Path = Path(sys.executable).parent) -> str:
    """Where a program is: this environment's own, or else the first on the PATH.

    Raises:
        UserError: there is none.
    """
    own = programs / name
    found = str(own) if own.exists() else shutil.which(name)
    if found is None:
        raise UserError(f"There is no program {name}, neither in {programs} nor on the PATH. Install it first.")
    return found


def _path(programs: Path, environment: Mapping[str, str]) -> list[str]:
    """The folders of the person's PATH."""
    folders = environment.get("PATH", "").split(os.pathsep)
    if "DVC_ROOT" in environment and folders and Path(folders[0]) == programs:
        folders = folders[1:]
    return folders


def _shown(program: Path) -> str:
    """From the current folder where it lies below it."""
    here = Path.cwd()
    return str(program.relative_to(here)) if program.is_relative_to(here) else str(program)

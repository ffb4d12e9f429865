"""These tests stand in the project's folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tiny_project import Project


@pytest.fixture(scope="module")
def inside(project: Project) -> Iterator[Path]:
    """The working directory, for the time of a module."""
    before = Path.cwd()
    os.chdir(project.folder)
    try:
        yield project.folder
    finally:
        os.chdir(before)

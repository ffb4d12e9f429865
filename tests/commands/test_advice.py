"""Advice in messages: every command that a message names is one that there is, every setting is a setting."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from kilnmix.cli import app
from tests import composed

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "kilnmix").rglob("*.py"))
COMMAND = re.compile(r"`((?:\.venv/bin/)?(?:kilnmix|dvc|make|git) [^`]+)`")
SETTING = re.compile(
    r"\b(?:collection|generator|classifier|curation|experiment|search|report|tracking)(?:\.[a-z_]+)+\b"
)
OPEN = ("arms", "collection.columns.tasks", "classifier.task_weights", "experiment.controls", "experiment.control")
"""Settings whose names inside are the person's own."""
FILLED = {"quoted": "a.safetensors", "format_": "kohya"}


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of every string that is no docstring; a value that is put in is written as 1."""
    skipped = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    skipped |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))  # what is said below an attribute
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else _filled(part) for part in node.values]
            yield node.lineno, "".join(parts)


def _filled(part: ast.expr) -> str:
    assert isinstance(part, ast.FormattedValue)
    source = ast.unparse(part.value)
    return next((value for name, value in FILLED.items() if source.split(".")[0] == name), "1")


FOUND = [
    (path.relative_to(ROOT).as_posix(), line, text)
    for path in SOURCES
    for line, text in texts(ast.parse(path.read_text(encoding="utf-8")))
]
COMMANDS = sorted({(where, command) for where, _, text in FOUND for command in COMMAND.findall(text)})
STAGES = set(yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"])
TARGETS = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def _leaves(value: Any, before: str = "") -> Iterator[str]:
    if before:
        yield before
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{before}.{name}" if before else str(name))


SETTINGS = set(_leaves(composed.mapping()))


def _check(name: str) -> None:
    assert name in SETTINGS or name.startswith(OPEN), f"there is no setting {name}"


def test_there_is_something_to_look_at() -> None:
    assert len(COMMANDS) > 40
    assert {command.split()[0] for _, command in COMMANDS} >= {"kilnmix", "dvc"}


@pytest.mark.parametrize(("where", "command"), COMMANDS)
def test_a_command_in_a_message_is_one_that_there_is(where: str, command: str) -> None:
    program, *words = shlex.split(command.removeprefix(".venv/bin/"))
    if program == "make":
        assert words[0] in TARGETS
    elif program == "dvc" and words[0] in ("repro", "checkout", "pull"):
        for word in words[1:]:
            stage = word.partition("@")[0] in STAGES
            assert word.startswith("-") or stage or "/" in word or word.endswith(".dvc") or word == "1", word
    elif program == "kilnmix":
        commands: Any = typer.main.get_command(app)
        subcommand = commands.commands.get(words[0])
        assert subcommand is not None, f"{where}: there is no command {words[0]}"
        if hasattr(subcommand, "commands"):
            assert words[1] in subcommand.commands
            return
        # Raises where an option or its form is not known. Files that are named need not be there.
        subcommand.make_context(words[0], list(words[1:]), resilient_parsing=False)
        if words[0] == "compose":
            for override in words[1:]:
                name = override.lstrip("+~").partition("=")[0]
                assert name in ("profile", "experiment") or (_check(name) is None)


def test_every_setting_that_a_message_names_is_a_setting() -> None:
    wrong = []
    for where, line, text in FOUND:
        if " " not in text.strip():
            continue  # a key, a module's name
        for name in SETTING.findall(text):
            known = name in SETTINGS or name.startswith(OPEN)
            wrong += [] if known or f"kilnmix.{name}" in text else [f"{where}:{line}: {name}"]
    assert wrong == []

"""From the demo's settings to those of imported photographs: tried out first, written when the photographs are in."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kilnmix.common import files
from kilnmix.common.errors import UserError
from kilnmix.common.readers import parsed_yaml, read_text
from kilnmix.config import CollectionSettings, Params, parse
from kilnmix.config.composition import compose
from kilnmix.generator import captions

PROFILE = "photographs"
"""What follows on the profile `demo`; other profiles stay."""
_OWN = ("profile", "collection.tasks", "collection.unresolved", "collection.columns.tasks", "generator.caption")
"""Settings that an import decides."""
_SHOWN = 6
_JOINT = "\x1f"
"""Between the parts of a setting's name: names of arms may hold dots."""


@dataclass(frozen=True)
class Adoption:
    """Settings for imported photographs that were tried out and are yet to be written.

    Attributes:
        texts: file -> what it is to hold.
        sentence: what they change.
    """

    texts: Mapping[Path, str]
    sentence: str

    def check(self) -> None:
        """
        Raises:
            UserError: a file cannot be written.
        """
        try:
            files.check_replaceable(self.texts)
        except OSError as error:
            raise UserError(
                f"The settings cannot be written, so nothing was changed: {error.strerror} ({error.filename}). Make "
                f"{', '.join(sorted({str(path) for path in self.texts}))} and their folders writable, then try again."
            ) from error

    def write(self) -> None:
        for path, text in self.texts.items():
            files.write(path, text)


def adopt(settings: CollectionSettings, conf: Path = Path("conf"), path: Path = Path("params.yaml")) -> Adoption:
    """What turns the settings from the demo's to those of imported photographs.

    conf/collection/imported.yaml gets the tasks, their columns and what becomes of unknown terms, conf/caption/
    imported.yaml a caption that names each task. Where conf/config.yaml names the profile `demo` it will name
    `photographs`, so that a later composition does not fall back to the demo. params.yaml is composed anew; what it
    holds beside its profile's values, composed with overrides or edited, is carried over.

    Raises:
        UserError: conf/ cannot be composed as it is, or would not compose with the new settings.
    """
    held = _held(path)
    profile = str(held.get("profile") or "demo")
    known = (conf / "profile" / f"{profile}.yaml").exists()
    before = _settings([f"profile={profile}"] if known else [], conf)
    own = _differences(held, before) if held else {}
    wanted = PROFILE if profile == "demo" or not known else profile
    texts = _texts(settings, conf, wanted)
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "conf"
        shutil.copytree(conf, draft)
        for file, text in texts.items():
            (draft / file.relative_to(conf)).write_text(text, encoding="utf-8")
        composed, params = _with(_settings([], draft), own)
    said = f"conf/ and {path} are set to the profile {params.profile}"
    if own:
        shown = [f"{name.replace(_JOINT, '.')}={_shown(value)}" for name, value in own.items()]
        more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
        said += f"; kept from {path}: {', '.join(shown[:_SHOWN])}{more}"
    texts[path] = composed
    if held and _text(path) != _dumped(held):
        copy = files.free(path.with_name("params-before-import.yaml"))
        texts = {copy: _text(path), **texts}
        said += f"; {path} as it was, with its comments, is in {copy}"
    return Adoption(texts, said)


_GONE = object()


def _texts(settings: CollectionSettings, conf: Path, profile: str) -> dict[Path, str]:
    collection, caption, config = (
        conf / "collection/imported.yaml",
        conf / "caption/imported.yaml",
        conf / "config.yaml",
    )
    text = _with_line(_text(collection), "tasks", list(settings.tasks))
    text = _with_line(text, "unresolved", settings.unresolved)
    columns = _mapping(text).get("columns") or {}
    if settings.columns.tasks or columns.get("tasks"):
        text = _with_line(text, "columns", {**columns, "tasks": dict(settings.columns.tasks)})
    return {
        collection: text,
        caption: _with_line(_text(caption), "caption", _caption(settings, caption)),
        config: _text(config).replace("  - profile: demo\n", f"  - profile: {profile}\n"),
    }


def _held(path: Path) -> dict[str, Any]:
    """What params.yaml holds now."""
    return _mapping(_text(path)) if path.exists() else {}


def _mapping(text: str) -> dict[str, Any]:
    try:
        content = parsed_yaml(text)
    except ValueError as error:
        raise UserError(
            f"The settings are not valid YAML: {error}. Write params.yaml anew with `kilnmix compose`."
        ) from error
    return content if isinstance(content, dict) else {}


def _settings(overrides: list[str], conf: Path) -> dict[str, Any]:
    return _mapping(compose(overrides, conf)[0])


def _leaves(settings: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{before}{name}{_JOINT}")
        else:
            yield f"{before}{name}", value


def _differences(held: Mapping[str, Any], composed: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted name -> value in `held`, or `_GONE`, where it is not what was composed."""
    ours, theirs = dict(_leaves(held)), dict(_leaves(composed))
    changed = {name: value for name, value in ours.items() if name not in theirs or theirs[name] != value}
    changed |= {
        name: _GONE for name in theirs if name not in ours and not any(o.startswith(f"{name}{_JOINT}") for o in ours)
    }
    dotted = {name.replace(_JOINT, "."): (name, value) for name, value in changed.items()}
    kept = {n: v for n, v in dotted.items() if not any(n == own or n.startswith(f"{own}.") for own in _OWN)}
    return dict(kept.values())


def _with(settings: dict[str, Any], own: Mapping[str, Any]) -> tuple[str, Params]:
    """The text of params.yaml with some values of its own, where they still do."""
    for name, value in own.items():
        *groups, last = name.split(_JOINT)
        place = settings
        for group in groups:
            place = place.setdefault(group, {})
        if value is _GONE:
            place.pop(last, None)
        else:
            place[last] = value
    return _dumped(settings), parse(settings, "params.yaml with what it held before")


def _dumped(settings: Mapping[str, Any]) -> str:
    from omegaconf import OmegaConf

    return OmegaConf.to_yaml(OmegaConf.create(dict(settings)))


def _shown(value: Any) -> str:
    return "(left out)" if value is _GONE else json.dumps(value, ensure_ascii=False)


def _caption(settings: CollectionSettings, path: Path) -> str:
    """The caption that the file holds if it names these tasks and no others, else the standard one for them."""
    held = _mapping(_text(path)).get("caption")
    if isinstance(held, str):
        with contextlib.suppress(UserError):
            if not captions.Template.parse(held, settings.tasks).unnamed(settings.tasks):
                return held
    return captions.standard(settings.tasks)


def _with_line(text: str, name: str, value: object) -> str:
    """A settings file's text with the line `name: value` in the place of what it says of `name` now."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        inside = line.startswith(f"{name}:") or (inside and line[:1] in (" ", "\t", "-"))
        if not inside:
            kept.append(line)
    # JSON is YAML in which nothing is taken for a number, a truth value or two fields.
    return "\n".join([*kept, f"{name}: {json.dumps(value, ensure_ascii=False)}"]) + "\n"


def _text(path: Path) -> str:
    return read_text(path, "Save it as UTF-8, or take it back from git.")

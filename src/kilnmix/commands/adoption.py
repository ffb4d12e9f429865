"""From the demo's settings to those of imported photographs: tried out first, written when the photographs are in."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kilnmix.common import files
from kilnmix.common.errors import UserError
from kilnmix.config.composition import compose
from kilnmix.generator import captions


@dataclass(frozen=True)
class Adoption:
    """Settings for imported photographs that were tried out and are yet to be written.

    Attributes:
        texts: file -> what it is to hold.
        sentence: what they change.
    """

    texts: Mapping[Path, str]
    sentence: str

    def write(self) -> None:
        for path, text in self.texts.items():
            files.write(path, text)


def adopt(tasks: Sequence[str], conf: Path = Path("conf"), path: Path = Path("params.yaml")) -> Adoption:
    """What turns the settings from the demo's to those of imported photographs.

    conf/collection/imported.yaml gets the tasks and conf/caption/imported.yaml a caption that names each of them. Where
    conf/config.yaml still names the profile `demo` it will name `photographs`, so that a later `dvc exp run`, which
    composes conf/ again, does not fall back to the demo. Then params.yaml is composed anew unless it is no longer what
    conf/ composes, that is, somebody has edited it.

    Raises:
        UserError: conf/ cannot be composed as it is, or would not compose with the new settings.
    """
    before = compose([], conf)[0]
    untouched = path.exists() and path.read_text(encoding="utf-8") == before
    texts = {
        conf / "collection" / "imported.yaml": _with_line(conf / "collection" / "imported.yaml", "tasks", list(tasks)),
        conf / "caption" / "imported.yaml": _with_line(
            conf / "caption" / "imported.yaml", "caption", _caption(tasks, conf / "caption" / "imported.yaml")
        ),
        conf / "config.yaml": _text(conf / "config.yaml").replace("  - profile: demo\n", "  - profile: photographs\n"),
    }
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "conf"
        shutil.copytree(conf, draft)
        for file, text in texts.items():
            (draft / file.relative_to(conf)).write_text(text, encoding="utf-8")
        composed, params = compose([], draft)
    if not untouched:
        said = (
            f"{path} has been edited by hand and stays as it is; `kilnmix compose` would set it to what conf/ says now"
        )
        return Adoption(texts, said)
    return Adoption({**texts, path: composed}, f"conf/ and {path} are set to the profile {params.profile}")


def _caption(tasks: Sequence[str], path: Path) -> str:
    """The caption that the file holds if it names these tasks and no others, else the standard one for them."""
    import yaml

    settings = yaml.safe_load(_text(path))
    held = settings.get("caption") if isinstance(settings, dict) else None
    if isinstance(held, str):
        with contextlib.suppress(UserError):
            if not captions.Template.parse(held, tasks).unnamed(tasks):
                return held
    return captions.standard(tasks)


def _with_line(path: Path, name: str, value: object) -> str:
    """A settings file's text with the line `name: value` in the place of what it says of `name` now."""
    kept = [line for line in _text(path).splitlines() if not line.startswith(f"{name}:")]
    # JSON is YAML in which nothing is taken for a number, a truth value or two fields.
    return "\n".join([*kept, f"{name}: {json.dumps(value, ensure_ascii=False)}"]) + "\n"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}). Take it back from git.") from error

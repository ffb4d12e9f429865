"""conf/ -> params.yaml: the committed composition that `dvc repro` reads."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kilnmix.common import files
from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_yaml
from kilnmix.config.overrides import Override, chooses, unknown_name, wrong_choice
from kilnmix.config.params import Params, parse

if TYPE_CHECKING:
    from omegaconf import DictConfig


def compose(overrides: Sequence[str] = (), conf: Path = Path("conf")) -> tuple[str, Params]:
    """The text of params.yaml for `overrides` such as `profile=sd15` or `classifier.steps=500`.

    The bytes are those that `dvc exp run` would write, so that both ways leave the same file.

    Raises:
        UserError: conf/ is missing, there is no such setting or choice, or the settings will not do.
    """
    if not (conf / "config.yaml").exists():
        back = f" Take it back from git: `git checkout {conf}`." if conf.is_dir() else ""
        raise UserError(f"There is no {conf / 'config.yaml'} here.{back}")
    given = [Override.parse(override) for override in overrides]
    composed = _explained(given, conf)
    settings = _mapping(composed)
    try:
        params = parse(settings, "conf/")
    except UserError:
        chosen = [override for override in given if chooses(override, conf)]
        if len(chosen) == len(given):
            raise
        parse(_mapping(_hydra(chosen, conf)), "conf/")  # raises where conf/ itself will not do
        parse(settings, f"conf/ with {' '.join(map(str, given))}", "Mend them on the command line.")
        raise
    return _text(composed), params


def _explained(overrides: Sequence[Override], conf: Path) -> DictConfig:
    """As `_hydra`.

    Raises:
        UserError: Hydra refuses; with what is wrong in words.
    """
    import yaml
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    wrong = wrong_choice(overrides, conf)
    if wrong is not None:
        raise UserError(wrong)
    try:
        return _hydra(overrides, conf)
    except Exception as error:  # whatever a file of conf/ makes Hydra, OmegaConf and YAML stumble over
        for file in sorted(conf.rglob("*.yaml")):
            read_yaml(file, "Mend it (it is to be YAML in UTF-8), or take it back from git.")
        if not isinstance(error, (HydraException, OmegaConfBaseException, ValueError, yaml.YAMLError)):
            raise
        said = _unknown(overrides, conf)
        if said is None:
            reason = str(error).partition("\n")[0]
            said = f"conf/ cannot be composed with {' '.join(map(str, overrides)) or 'no overrides'}: {reason}"
        raise UserError(said) from error


def _unknown(overrides: Sequence[Override], conf: Path) -> str | None:
    """What to say of the first override whose setting is not there; with the sign that adds it, if it can be added."""
    try:
        found = unknown_name(
            overrides, _mapping(_hydra([override for override in overrides if chooses(override, conf)], conf)), conf
        )
    except Exception:  # the choices themselves do not compose, which is then what to speak of
        return None
    if found is None:
        return None
    place, said = found
    added = [replace(override, sign="+") if at == place else override for at, override in enumerate(overrides)]
    try:
        parse(_mapping(_hydra(added, conf)), "")
    except Exception:  # it is no place where the person's own names go
        return said
    command = shlex.join(["kilnmix", "compose", *map(str, added)])
    return f"There is no setting {overrides[place].name} yet. To add it: `{command}`."


def _hydra(overrides: Sequence[Override], conf: Path) -> DictConfig:
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from omegaconf import OmegaConf, open_dict

    own = {override: override.of_a_task for override in overrides}
    with initialize_config_dir(str(conf.resolve()), version_base=None):
        composed = hydra_compose("config", overrides=[each.for_hydra for each in overrides if own[each] is None])
    with open_dict(composed):
        for task, column in filter(None, own.values()):
            composed.collection.columns.tasks[task] = column
    OmegaConf.resolve(composed)
    return composed


def _mapping(composed: DictConfig) -> dict[str, Any]:
    from omegaconf import OmegaConf

    settings = OmegaConf.to_container(composed)
    assert isinstance(settings, dict)
    return {str(key): value for key, value in settings.items()}


def _text(composed: DictConfig) -> str:
    from omegaconf import OmegaConf

    return OmegaConf.to_yaml(composed)


def write(overrides: Sequence[str] = (), path: Path = Path("params.yaml")) -> Params:
    """Writes the composition to `path` and returns it, parsed.

    Raises:
        UserError: as `compose`, or a file that the settings name is not there.
    """
    text, params = compose(overrides, path.parent / "conf")
    for name in ("vocabulary", "rules"):
        file = getattr(params.collection, name)
        if not (path.parent / file).is_file():
            what = "a folder, not a file" if (path.parent / file).is_dir() else "not there"
            usual = shlex.join(["kilnmix", "compose", f"collection.{name}=conf/{name}.yaml"])
            raise UserError(f"collection.{name} names {file}, which is {what}. The usual one: `{usual}`.")
    files.write(path, text)
    return params

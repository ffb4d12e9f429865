"""conf/ -> params.yaml: the committed composition that `dvc repro` reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kilnmix.common import files
from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_yaml
from kilnmix.config.params import Params, parse


def compose(overrides: Sequence[str] = (), conf: Path = Path("conf")) -> tuple[str, Params]:
    """The text of params.yaml for Hydra `overrides` such as `profile=sd15` or `classifier.steps=500`.

    The bytes are those that `dvc exp run` would write, so that both ways leave the same file.

    Raises:
        UserError: conf/ is missing, Hydra refuses an override, or the settings will not do.
    """
    import yaml
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    if not (conf / "config.yaml").exists():
        raise UserError(f"There is no {conf / 'config.yaml'} here. Run kilnmix in the project's folder.")
    try:
        with initialize_config_dir(str(conf.resolve()), version_base=None):
            composed = hydra_compose("config", overrides=[_adding(override) for override in overrides])
            OmegaConf.resolve(composed)
    except Exception as error:  # whatever a file of conf/ makes Hydra, OmegaConf and YAML stumble over
        for file in sorted(conf.rglob("*.yaml")):
            read_yaml(file, "Mend it (it is to be YAML in UTF-8), or take it back from git.")
        if not isinstance(error, (HydraException, OmegaConfBaseException, ValueError, yaml.YAMLError)):
            raise
        raise UserError(f"conf/ cannot be composed with {' '.join(overrides) or 'no overrides'}: {error}") from error
    settings = OmegaConf.to_container(composed)
    assert isinstance(settings, dict)
    params = parse({str(key): value for key, value in settings.items()}, "conf/")
    return OmegaConf.to_yaml(composed), params


def _adding(override: str) -> str:
    """An override as Hydra takes it: texts beyond ASCII in quotes, and a task's column, which is new, marked."""
    name, equals, value = override.partition("=")
    if equals and not value.isascii() and value[:1] not in ("'", '"', "[", "{"):
        quoted = value.replace("'", "\\'")
        override = f"{name}='{quoted}'"
    return f"++{override}" if override.startswith("collection.columns.tasks.") else override


def write(overrides: Sequence[str] = (), path: Path = Path("params.yaml")) -> Params:
    """Writes the composition to `path` and returns it, parsed."""
    text, params = compose(overrides, path.parent / "conf")
    files.write(path, text)
    return params

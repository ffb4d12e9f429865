"""conf/ -> params.yaml: the committed composition that `dvc repro` reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kilnmix.config import Params, parse
from kilnmix.errors import UserError


def compose(overrides: Sequence[str] = (), conf: Path = Path("conf")) -> tuple[str, Params]:
    """The text of params.yaml for Hydra `overrides` such as `profile=sd15` or `classifier.steps=500`.

    The bytes are those that `dvc exp run` would write, so that both ways leave the same file.

    Raises:
        UserError: conf/ is missing, Hydra refuses an override, or the settings will not do.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    if not (conf / "config.yaml").exists():
        raise UserError(f"There is no {conf / 'config.yaml'} here. Run kilnmix in the project's folder.")
    try:
        with initialize_config_dir(str(conf.resolve()), version_base=None):
            composed = hydra_compose("config", overrides=list(overrides))
            OmegaConf.resolve(composed)
    except (HydraException, OmegaConfBaseException) as error:
        raise UserError(f"conf/ cannot be composed with {' '.join(overrides) or 'no overrides'}: {error}") from error
    settings = OmegaConf.to_container(composed)
    assert isinstance(settings, dict)
    params = parse({str(key): value for key, value in settings.items()}, "conf/")
    return OmegaConf.to_yaml(composed), params


def write(overrides: Sequence[str] = (), path: Path = Path("params.yaml")) -> Params:
    """Writes the composition to `path` and returns it, parsed."""
    text, params = compose(overrides, path.parent / "conf")
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return params


def adopt(tasks: Sequence[str], conf: Path = Path("conf"), path: Path = Path("params.yaml")) -> str:
    """Turns the settings from the demo's to those of imported photographs, and says what was changed.

    conf/collection/imported.yaml gets the tasks. Where conf/config.yaml still names the profile `demo` it now names
    `photographs`, so that a later `dvc exp run`, which composes conf/ again, does not fall back to the demo. Then
    params.yaml is composed anew unless it is no longer what conf/ composes, that is, somebody has edited it.
    """
    untouched = path.exists() and path.read_text(encoding="utf-8") == compose([], conf)[0]
    imported = conf / "collection" / "imported.yaml"
    lines = imported.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("tasks:")]
    imported.write_text("\n".join([*kept, f"tasks: [{', '.join(tasks)}]"]) + "\n", encoding="utf-8")
    config = conf / "config.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("  - profile: demo\n", "  - profile: photographs\n"), encoding="utf-8")
    if untouched:
        profile = write([], path).profile
        return f"conf/ and {path} are set to the profile {profile}"
    return f"{path} has been edited by hand and stays as it is; `kilnmix compose` would set it to what conf/ says now"

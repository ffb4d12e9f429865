"""The settings of the repository's conf/ for tests: the one place where their values live."""

from __future__ import annotations

import copy
import functools
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from kilnmix.config import Params, parse
from kilnmix.config.composition import compose

CONF = Path(__file__).parents[1] / "conf"


@functools.cache
def _composed(overrides: tuple[str, ...]) -> dict[str, Any]:
    settings = yaml.safe_load(compose(overrides, CONF)[0])
    assert isinstance(settings, dict)
    return settings


def mapping(*overrides: str, **changes: Any) -> dict[str, Any]:
    """conf/ composed with Hydra `overrides` and then changed, as the mapping that params.yaml would hold.

    Args:
        changes: group -> the settings of it that differ, to any depth. What is no group of settings is replaced as a
            whole, such as `arms` or `experiment.control`.
    """
    return _merged(copy.deepcopy(_composed(overrides)), changes, Params)


def text(*overrides: str, **changes: Any) -> str:
    """`mapping` as params.yaml holds it."""
    return yaml.safe_dump(mapping(*overrides, **changes), allow_unicode=True)


def settings(*overrides: str, **changes: Any) -> Params:
    """`mapping`, validated: `settings("classifier=pocket", classifier={"steps": 6}).classifier`."""
    return parse(mapping(*overrides, **changes), "conf/")


def _merged(base: dict[str, Any], changes: dict[str, Any], group: type[BaseModel]) -> dict[str, Any]:
    for name, value in changes.items():
        inner = group.model_fields[name].annotation if name in group.model_fields else None
        if isinstance(inner, type) and issubclass(inner, BaseModel) and isinstance(value, dict):
            _merged(base[name], value, inner)
        else:
            base[name] = value
    return base

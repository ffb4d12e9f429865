from pathlib import Path

import pytest

from kilnmix.compose import compose
from kilnmix.config import load
from kilnmix.errors import UserError

PROJECT = Path(__file__).parents[1]
CONF = PROJECT / "conf"


def test_params_yaml_is_what_conf_composes() -> None:
    profile = load(PROJECT / "params.yaml").profile
    text, _ = compose([f"profile={profile}"], CONF)
    assert (PROJECT / "params.yaml").read_text() == text, "run `kilnmix compose`"


@pytest.mark.parametrize(
    "choice",
    [
        f"{group.name}={file.stem}"
        for group in sorted(CONF.iterdir())
        if group.is_dir()
        for file in sorted(group.glob("*.yaml"))
    ],
)
def test_every_choice_of_every_group_composes(choice: str) -> None:
    compose([choice], CONF)


def test_the_profiles_differ_where_they_should() -> None:
    _, demo = compose([], CONF)
    _, study = compose(["profile=sd15"], CONF)
    assert (demo.generator.base, demo.classifier.backbone) == ("pocket/base", "mobilenet_v3_small")
    assert (len(study.folds), len(study.adapters), study.refit_pool) == (5, 3, "all")


@pytest.mark.parametrize("override", ["profile=nothing", "classifier.stps=3", "classifier.steps=none", "a b"])
def test_an_override_that_will_not_do_is_one_sentence(override: str) -> None:
    with pytest.raises(UserError):
        compose([override], CONF)

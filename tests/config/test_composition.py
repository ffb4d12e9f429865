import shutil
from pathlib import Path

import pytest
import yaml

from kilnmix.common.errors import UserError
from kilnmix.config import load
from kilnmix.config.composition import compose, write

PROJECT = Path(__file__).parents[2]
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


def test_the_papers_design_is_one_choice() -> None:
    _, paper = compose(["experiment=paper"], CONF)
    assert (paper.profile, paper.generator.size, paper.collection.size) == ("sd15", 512, 512)
    assert paper.collection.tasks == ("dynasty", "glaze", "kiln", "type")
    assert paper.experiment.primary == (("mix-95-5", "real"), ("mix-90-10", "real"))
    assert {paper.arms["mix-90-10"].allocation, paper.search.space.allocation} == {"as-real"}
    assert {name: arm.share for name, arm in paper.arms.items()} == {
        "real": 0.0, "mix-95-5": 0.05, "mix-90-10": 0.1, "repeat-95-5": 0.05, "repeat-90-10": 0.1,
    }  # fmt: skip
    # Every mixture has a control with as many repeated photographs.
    for mix, control in paper.experiment.controls.items():
        if mix in paper.arms:
            assert paper.arms[control] == paper.arms[mix].model_copy(update={"source": "repeat"})
    assert paper.experiment.controls["searched"] == "repeat-searched"
    assert paper.classifier.task_weights == {"dynasty": 1.0, "kiln": 1.2, "glaze": 2.0, "type": 1.5}
    assert (paper.classifier.least_rate, paper.classifier.patience) == (1e-6, 10)
    assert (len(paper.folds), len(paper.adapters), len(paper.experiment.seeds)) == (5, 3, 3)


def test_the_papers_design_runs_on_the_demos_models() -> None:
    _, paper = compose(["experiment=paper", "profile=demo", "classifier=pocket"], CONF)
    assert (paper.generator.base, paper.classifier.weights) == ("pocket/base", "pocket/backbone.safetensors")
    assert paper.experiment.primary == (("mix-95-5", "real"), ("mix-90-10", "real"))


def test_arms_on_demand_are_added_to_the_default_ones() -> None:
    _, curve = compose(["arms=learning-curve"], CONF)
    # An arm of a curve differs from `mix-90-10` in its photographs alone.
    for share, arm in ((0.25, "mix-90-10-at-25"), (0.75, "mix-90-10-at-75")):
        assert curve.arms[arm] == curve.arms["mix-90-10"].model_copy(update={"photographs": share})
    _, few = compose(["arms=few-shot"], CONF)
    assert [few.arms[f"real-tail-{count}"].tail["type"] for count in (1, 2, 4, 8)] == [1, 2, 4, 8]
    _, controls = compose(["arms=controls"], CONF)
    probes = [controls.arms[name].recipe(controls.classifier) for name in ("linear-probe", "linear-probe-90-10")]
    # Nothing between the frozen features and the heads: a linear probe.
    assert [(probe.freeze, probe.neck) for probe in probes] == [(1.0, ())] * 2
    assert controls.arms["only-glaze-90-10"].tasks == ("glaze",)
    _, alignment = compose(["arms=alignment"], CONF)
    assert (alignment.arms["mix-less-aligned"].aligned, alignment.arms["mix-more-aligned"].aligned) == ("less", "more")
    assert all("repeat-90-10" in found.arms for found in (curve, few, controls, alignment))


@pytest.mark.parametrize("override", ["profile=nothing", "classifier.stps=3", "classifier.steps=none", "a b"])
def test_an_override_that_will_not_do_is_one_sentence(override: str) -> None:
    with pytest.raises(UserError):
        compose([override], CONF)


def test_every_setting_stands_in_conf_so_that_it_can_be_overridden() -> None:
    text, params = compose([], CONF)

    def missing(ours: dict, written: dict, place: str = "") -> list[str]:
        return [
            fault
            for name, value in ours.items()
            for fault in (
                [place + name]
                if name not in written
                else missing(value, written[name], f"{place}{name}.")
                if isinstance(value, dict) and isinstance(written[name], dict)
                else []
            )
        ]

    # What an arm does not say is said by config.Arm: arms are defined by what sets them apart.
    assert not missing(params.model_dump(mode="json", exclude={"arms"}), yaml.safe_load(text))


def test_a_tasks_column_is_new_and_texts_need_no_quotes() -> None:
    _, params = compose(["collection.columns.tasks.type=器型", "collection.columns.tasks.dynasty='年 代'"], CONF)
    assert params.collection.columns.tasks == {"type": "器型", "dynasty": "年 代"}


def test_a_folder_without_conf_and_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"There is no .*config.yaml here"):
        compose([], tmp_path / "conf")
    shutil.copytree(CONF, tmp_path / "conf")
    (tmp_path / "conf" / "config.yaml").write_bytes("# 参数\n".encode("gbk"))
    with pytest.raises(UserError, match="not in UTF-8"):
        compose([], tmp_path / "conf")


def test_params_yaml_is_written_beside_conf(tmp_path: Path) -> None:
    shutil.copytree(CONF, tmp_path / "conf")
    params = write(["seed=7"], tmp_path / "params.yaml")
    assert params.seed == 7 and load(tmp_path / "params.yaml") == params


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("collection.vocabulary=conf/nosuch.yaml", "collection.vocabulary names conf/nosuch.yaml, which is not there"),
        ("collection.rules=conf/looks", "collection.rules names conf/looks, which is a folder, not a file"),
    ],
)
def test_files_that_the_settings_name_are_there(tmp_path: Path, override: str, said: str) -> None:
    shutil.copytree(CONF, tmp_path / "conf")
    usual = override.partition("=")[0]
    with pytest.raises(UserError, match=said) as caught:
        write([override], tmp_path / "params.yaml")
    assert f"`kilnmix compose {usual}=conf/" in str(caught.value)
    assert not (tmp_path / "params.yaml").exists()

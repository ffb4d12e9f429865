from kilnmix.tracking.naming import data_name, run_name
from kilnmix.tracking.publishing import verdict_tags
from kilnmix.tracking.records import tags


def test_runs_have_names_that_a_person_can_read() -> None:
    assert run_name(tags("prepare")) == "prepare"
    assert run_name(tags("finetune", 0, 1)) == "finetune · fold 0 · adapter 1"
    assert run_name(tags("train", 0, 0, arm="mix-90-10", seed=2)) == "train mix-90-10 · fold 0 · seed 2"
    assert run_name(tags("train", 1, 2, arm="real", seed=0)) == "train real · fold 1 · adapter 2 · seed 0"
    refit = tags("refit", 0, 0, arm="real", seed=0)
    assert (run_name(refit, whole=True), run_name(refit)) == (
        "refit · fold 0 · adapter 0", "refit real · fold 0 · seed 0",
    )  # fmt: skip
    assert (
        run_name(tags("search", 0, 0, arm="searched", seed=5, trial=3)) == "search searched · trial 3 · fold 0 · seed 5"
    )


def test_every_data_set_has_a_name_of_its_own() -> None:
    assert data_name("data") == "photographs as they came"
    assert data_name("out/prepare") == "photographs"
    assert data_name("out/generate/0/1") == "synthetic images · fold 0 · adapter 1"
    assert data_name("out/curate/all/0") == "accepted images · fold all · adapter 0"
    assert data_name("pocket") == "pocket"


def test_verdicts_become_tags() -> None:
    verdict = {"tasks": {"glaze, body": {"arms": {"mix-90-10": {"verdict": "helps"}, "real": {"f1": 0.5}}}}}
    assert verdict_tags(verdict) == {"verdict.glaze_ body.mix-90-10": "helps"}

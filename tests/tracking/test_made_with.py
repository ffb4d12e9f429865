from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.tracking.made_with import check, plain
from kilnmix.tracking.records import Record, tags

LOCK = """
schema: '2.0'
stages:
  judge@0:
    cmd: kilnmix judge
    params:
      params.yaml:
        classifier:
          steps: 250
          learning_rate: 0.001
          first_size:
        generator.base: pocket/base
  finetune@0-1:
    cmd: kilnmix finetune
    params:
      params.yaml:
        seed: 1
"""
NOW = "seed: 1\nclassifier: {steps: 250, learning_rate: 1e-3, first_size: null}\ngenerator: {base: pocket/base}\n"
JUDGE, TUNED = Record("judge 0", tags("judge", 0)), Record("finetune 0-1", tags("finetune", 0, 1))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dvc.lock").write_text(LOCK)


def test_the_same_settings_pass() -> None:
    Path("params.yaml").write_text(NOW)
    check([JUDGE, TUNED, Record("by hand", tags("train", 0))])


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("steps: 250", "steps: 77", "judge@0 was run with classifier.steps = 250, and params.yaml now says 77"),
        ("first_size: null", "first_size: 64", "classifier.first_size = null, and params.yaml now says 64"),
        ("base: pocket/base", "base: other", "generator.base = pocket/base, and params.yaml now says other"),
        ("steps: 250, ", "", "classifier.steps = 250, and params.yaml now says nothing"),
        ("steps: 250", "steps: 250, more: 1", "classifier.more = nothing, and params.yaml now says 1"),
    ],
)
def test_other_settings_are_refused_by_name(before: str, after: str, said: str) -> None:
    Path("params.yaml").write_text(NOW.replace(before, after))
    with pytest.raises(UserError, match=said):
        check([TUNED, JUDGE])
    check([TUNED])  # did not depend on it


def test_an_adapters_stage_is_found() -> None:
    Path("params.yaml").write_text(NOW.replace("seed: 1", "seed: 2"))
    check([JUDGE])
    with pytest.raises(UserError, match="finetune@0-1 was run with seed = 1"):
        check([TUNED])


def test_stages_of_looks_are_found_by_the_names_that_dvc_gives_them() -> None:
    # `dvc stage list` of a matrix over the looks, which are mappings, and over folds: look@look0, extend@look0-1.
    entry = "  {}:\n    cmd: kilnmix\n    params:\n      params.yaml:\n        seed: 2\n"
    Path("dvc.lock").write_text(LOCK + entry.format("look@look0") + entry.format("extend@look0-1"))
    Path("params.yaml").write_text(NOW)
    for tags_ in (tags("look", look=0), tags("extend", 1, look=0, arm="real", seed=3)):
        with pytest.raises(UserError, match=r"(look@look0|extend@look0-1) was run with seed = 2"):
            check([Record("of a look", tags_)])


def test_without_a_lock_nobody_can_say() -> None:
    Path("dvc.lock").unlink()
    Path("params.yaml").write_text("seed: 2\n")
    check([JUDGE])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        ("1e-3", 0.001, True),
        ([{"share": "1e-3"}], [{"share": 0.001}], True),
        ([{"share": 0.1}], [{"share": 0.2}], False),
        (True, True, True),
        (True, 1, False),
        (False, 0, False),
        (True, "1", False),
        ([False], [0], False),
        ([{"flips": True}], [{"flips": 1}], False),
        (None, False, False),
        (2**60, 2**60 + 1, False),
    ],
)
def test_numbers_are_alike_in_any_form_and_true_and_false_are_none(one: object, other: object, same: bool) -> None:
    assert (plain(one) == plain(other)) is same

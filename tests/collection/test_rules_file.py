from pathlib import Path
from typing import Any

import pytest
import yaml

from kilnmix.collection import rules_file
from kilnmix.collection.prepared import Task
from kilnmix.collection.rules import Rules
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings
from tests.composed import settings

SMALL = (
    Task("dynasty", ("han", "tang", "ming"), {}),
    Task("glaze", ("celadon", "blue-and-white"), {}),
    Task("size", ("large", "small"), {}),
)
HAN, TANG, MING = range(3)
RULE = {"if": {"glaze": ["celadon"]}, "then": {"dynasty": ["tang"]}, "strength": "never", "source": "A, B, 1999"}
PERIODS = {"dynasty": {"han": [-206, 219], "tang": [618, 906], "ming": [1368, 1644]}}


def written(folder: Path, content: object, **changes: object) -> CollectionSettings:
    """The settings of a collection with these rules."""
    path = folder / "rules.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return settings("collection=default", collection=changes).collection.model_copy(update={"rules": path})


def read(folder: Path, *changes: dict[str, Any], tasks: tuple[Task, ...] = SMALL, **others: object) -> Rules:
    """RULE with each of some changes, under the names a, b, ..."""
    entries = {chr(ord("a") + place): {**RULE, **change} for place, change in enumerate(changes)}
    return rules_file.read(written(folder, {"periods": PERIODS, "rules": entries}, **others), tasks)


def test_a_rule_on_what_the_collection_has_not_is_left_out_and_counted(tmp_path: Path) -> None:
    found = read(tmp_path, {"if": {"glaze": ["jun"]}}, {"if": {"kiln": ["jun"]}}, {"then": {"kiln": ["jun"]}}, {})
    assert [rule.name for rule in found.rules] == ["d"] and found.left_out == 3
    assert found.breaches((MING, 0, 0))[0][1] == (0,)


def test_a_list_of_which_the_collection_has_nothing_forbids_nothing(tmp_path: Path) -> None:
    absent = ({"then": {"dynasty": ["song"]}}, {"then": {"dynasty": {"not": ["song", "kangxi"]}}})
    found = read(tmp_path, *absent, {"then": {"dynasty": ["song", "tang"]}})
    assert [rule.name for rule in found.rules] == ["c"] and found.left_out == 2
    assert found.rules[0].fitting == {0: frozenset([TANG])}


def test_a_reign_stands_for_its_dynasty_in_what_goes_together_alone(tmp_path: Path) -> None:
    late = {"from": 500, "to": 1000, "also": ["wanli"]}
    fits, dated = read(tmp_path, {"then": {"dynasty": ["wanli"]}}, {"then": {"dynasty": late}}).rules
    assert fits.fitting == {0: frozenset([MING])} and dated.fitting == {0: frozenset([TANG, MING])}
    # Not every object of the Ming is of the reign Wanli.
    assert read(tmp_path, {"if": {"dynasty": ["wanli"]}, "then": {"glaze": ["celadon"]}}) == Rules((), 1)
    assert read(tmp_path, {"then": {"dynasty": {"not": ["wanli"]}}}) == Rules((), 1)


def test_a_class_stands_for_the_broader_one_where_the_collection_has_that_alone(tmp_path: Path) -> None:
    guan = {"if": {"dynasty": ["tang"]}, "then": {"glaze": ["guan"]}}
    assert read(tmp_path, guan, broader=["glaze"]).rules[0].fitting == {1: frozenset([0])}
    assert read(tmp_path, guan) == Rules((), 1)


def test_what_few_objects_are_of_goes_with_everything(tmp_path: Path) -> None:
    tasks = (Task("dynasty", ("han", "tang", "other"), {}), *SMALL[1:])
    ways = ["tang"], {"not": ["han"]}, {"from": 600}
    for rule in read(tmp_path, *({"then": {"dynasty": way}} for way in ways), tasks=tasks).rules:
        assert rule.fitting == {0: frozenset([1, 2])}
        assert not rule.broken((2, 0, -1)) and rule.broken((HAN, 0, -1))


def test_a_rare_class_of_the_collections_own_may_have_gone(tmp_path: Path) -> None:
    tiny = {"then": {"size": ["tiny", "large"]}}
    with pytest.raises(UserError, match="'tiny' of size"):
        read(tmp_path, tiny)
    assert read(tmp_path, tiny, split={"rare": "drop"}).rules[0].fitting == {2: frozenset([0])}
    with pytest.raises(UserError, match="'celadn' of glaze"):
        read(tmp_path, {"if": {"glaze": ["celadn"]}}, split={"rare": "drop"})


@pytest.mark.parametrize(
    ("change", "match"),
    [({"if": {"glaze": ["celadn"]}}, "names 'celadn' of glaze, .* Is it celadon"),
     ({"if": {"glaze": ["celadon", "celadn"]}}, "Is it celadon"), ({"if": {"glaze": ["青花"]}}, "Is it blue-and-white"),
     ({"then": {"dynasty": ["kangx"]}}, "Is it kangxi"), ({"then": {"dynasty": {"not": ["mng"]}}}, "Is it ming"),
     ({"then": {"dynasty": {"from": 9, "also": ["mng"]}}}, "Is it ming"), ({"then": {"size": ["larg"]}}, "Is it large"),
     ({"if": {"glze": ["celadon"]}}, "the task 'glze', .* Is it glaze"), ({"then": {"knil": ["ru"]}}, "Is it kiln"),
     ({"then": {"kiln": ["longqan"]}}, "Is it longquan")],
)  # fmt: skip
def test_a_name_that_nothing_has_is_refused_with_the_nearest(tmp_path: Path, change: Any, match: str) -> None:
    with pytest.raises(UserError, match=f"The rule a in .*{match}"):
        read(tmp_path, change)


@pytest.mark.parametrize(
    ("change", "match"),
    [({"source": ""}, "names no source"), ({"strength": "often"}, "write never or seldom"),
     ({"then": {"dynasty": "song"}}, "needs a list of classes, or"), ({"if": {"glaze": "celadon"}}, "list of classes"),
     ({"then": {"dynasty": []}}, "list of classes"), ({"then": {"dynasty": {"not": []}}}, "list of classes"),
     ({"then": {"glaze": {"from": 900}}}, r"Add periods\.glaze"), ({"then": {"dynasty": {"after": 9}}}, "or from"),
     ({"then": {"dynasty": {"also": ["tang"]}}}, "or from"), ({"then": None}, "needs if, then"),
     ({"then": {"dynasty": {"from": 900, "until": 9}}}, "or from"), ({"unless": {}}, "an entry 'unless'"),
     ({"then": {"dynasty": {"from": 1900, "to": 1400}}}, "from 1900 is after to 1400"),
     ({"then": {"dynasty": {"from": 1368.9}}}, "whole numbers"), ({"then": {"dynasty": {"to": True}}}, "whole numbers"),
     ({"then": {"dynasty": {"to": "1400"}}}, "whole numbers")],
)  # fmt: skip
def test_rules_that_will_not_do_are_sentences(tmp_path: Path, change: Any, match: str) -> None:
    with pytest.raises(UserError, match=match):
        read(tmp_path, change)


@pytest.mark.parametrize(
    ("periods", "match"),
    [(["han"], "a first and a last year"), ({"dynasty": {"han": [1]}}, "a first and a last year"),
     ({"dynasty": {"han": ["a", "b"]}}, "numbers: dynasty han"), ({"dynasty": ["han"]}, "those of dynasty"),
     ({"dynasty": {"han": [1, float("inf")]}}, "whole numbers"), ({"dynasty": {"han": [1.5, 2]}}, "whole numbers"),
     ({"dynasty": {"ming": [1644, 1368]}}, "ends before it begins: dynasty ming"),
     ({"dynasty": {"mng": [1368, 1644]}}, "Is it ming"), ({"dynsty": {"ming": [1368, 1644]}}, "Is it dynasty")],
)  # fmt: skip
def test_periods_are_two_years_each(tmp_path: Path, periods: object, match: str) -> None:
    with pytest.raises(UserError, match=match):
        rules_file.read(written(tmp_path, {"periods": periods, "rules": {"a": RULE}}), SMALL)


def test_files_that_will_not_do_are_sentences(tmp_path: Path) -> None:
    for content, match in [
        (["a"], "no entry `rules`"),
        ("a: [", "cannot be read"),
        ({"rules": {}, "period": {}}, "an entry 'period'"),
        ("rules: {}\nperiods: {dynasty: {tang: [0550, 906]}}", "line 2: 0550"),
    ]:
        with pytest.raises(UserError, match=match):
            rules_file.read(written(tmp_path, content), SMALL)
    gone = written(tmp_path, {})
    gone.rules.unlink()
    with pytest.raises(UserError, match=r"rules\.yaml is missing.*collection\.rules names it"):
        rules_file.read(gone, SMALL)

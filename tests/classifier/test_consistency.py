import itertools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from kilnmix.classifier.consistency import Rule, breaches, likeliest_consistent, read, write
from kilnmix.common.errors import UserError

CLASSES = {"glaze": ("celadon", "blue-and-white"), "dynasty": ("tang", "song", "ming"), "type": ("bowl", "jar")}
RULES = (Rule({"glaze": frozenset({"blue-and-white"})}, "dynasty", frozenset({"ming"})),)
TYPE = np.array([0.9, 0.1])


def test_answers_that_go_together_stay() -> None:
    sure = {"glaze": np.array([0.2, 0.8]), "dynasty": np.array([0.1, 0.2, 0.7]), "type": TYPE}
    assert likeliest_consistent(sure, CLASSES, RULES) is None
    assert likeliest_consistent(sure, CLASSES, ()) is None


def test_the_likeliest_combination_that_breaks_no_rule() -> None:
    # blue-and-white + song 0.6 * 0.5 breaks the rule; celadon + song 0.4 * 0.5 = 0.2 beats blue-and-white + ming 0.18.
    given = {"glaze": np.array([0.4, 0.6]), "dynasty": np.array([0.2, 0.5, 0.3]), "type": TYPE}
    assert likeliest_consistent(given, CLASSES, RULES) == {"glaze": "celadon", "dynasty": "song", "type": "bowl"}
    assert breaches({"glaze": "blue-and-white", "dynasty": "song"}, RULES) == [("glaze", "dynasty")]
    # 0.7 * 0.35 = 0.245 for ming against 0.3 * 0.4 = 0.12 for celadon.
    other = {"glaze": np.array([0.3, 0.7]), "dynasty": np.array([0.25, 0.4, 0.35]), "type": TYPE}
    assert likeliest_consistent(other, CLASSES, RULES) == {
        "glaze": "blue-and-white",
        "dynasty": "ming",
        "type": "bowl",
    }


def test_a_rule_of_two_conditions_holds_where_both_do() -> None:
    rule = Rule({"glaze": frozenset({"celadon"}), "type": frozenset({"jar"})}, "dynasty", frozenset({"song"}))
    answers = {"glaze": "celadon", "type": "jar", "dynasty": "ming"}
    assert breaches(answers, (rule, rule)) == [("glaze", "type", "dynasty")]
    assert breaches({**answers, "type": "bowl"}, (rule,)) == breaches({**answers, "dynasty": "song"}, (rule,)) == []


def test_it_is_that_of_all_combinations_gone_through() -> None:
    rng = np.random.default_rng(4)
    classes = {task: tuple(f"{task}{number}" for number in range(4)) for task in "abc"}
    for _ in range(40):
        given = {task: rng.dirichlet(np.full(4, 0.5)) for task in classes}
        rules = tuple(
            Rule({one: frozenset(rng.choice(classes[one], 3))}, other, frozenset(rng.choice(classes[other], 1)))
            for one, other in ("ab", "bc", "ca")
        )
        fitting = {}
        for places in itertools.product(range(4), repeat=3):
            chosen = {task: classes[task][place] for task, place in zip(classes, places, strict=True)}
            if not breaches(chosen, rules):
                fitting[tuple(chosen.items())] = np.prod(
                    [given[task][place] for task, place in zip("abc", places, strict=True)]
                )
        likeliest = {task: classes[task][int(values.argmax())] for task, values in given.items()}
        best = max(fitting, key=lambda own: fitting[own], default=None)
        expected = None if best is None or not breaches(likeliest, rules) else dict(best)
        assert likeliest_consistent(given, classes, rules) == expected


def test_it_stops_at_the_first_that_breaks_nothing() -> None:
    tried = []

    class Counted(Rule):
        def broken(self, classes: Mapping[str, str]) -> bool:
            tried.append(classes)
            return super().broken(classes)

    classes = {task: tuple(f"{task}{number}" for number in range(30)) for task in "abcd"}
    falling = np.array([0.5**number for number in range(1, 31)])
    rule = Counted({task: frozenset({f"{task}0"}) for task in "acd"}, "b", frozenset({"b2"}))
    # a1 b0 c0 d0 and its like have half the likeliest's product, b2 a quarter.
    found = likeliest_consistent(dict.fromkeys(classes, falling), classes, (rule,))
    assert found == {"a": "a0", "b": "b0", "c": "c0", "d": "d1"} and len(tried) < 10


def test_where_nothing_goes_together_nothing_is_proposed() -> None:
    never = tuple(Rule({"glaze": frozenset({name})}, "type", frozenset()) for name in CLASSES["glaze"])
    given = {"glaze": np.array([0.4, 0.6]), "type": TYPE}
    assert likeliest_consistent(given, CLASSES, never) is None
    assert breaches({"glaze": "celadon", "type": "jar"}, never) == [("glaze", "type")]


def test_rules_lie_beside_the_model(tmp_path: Path) -> None:
    assert read(tmp_path, "Make it anew.") == ()
    write(tmp_path, RULES)
    assert read(tmp_path, "Make it anew.") == RULES
    (tmp_path / "rules.json").write_text('[["glaze", "blue-and-white", "dynasty", ["ming"]]]')
    assert read(tmp_path, "Make it anew.") == RULES
    (tmp_path / "rules.json").write_text('[["glaze", "celadon"]]')
    with pytest.raises(UserError, match=r"rules\.json holds no rules.*Make it anew"):
        read(tmp_path, "Make it anew.")

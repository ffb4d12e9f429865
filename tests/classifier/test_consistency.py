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

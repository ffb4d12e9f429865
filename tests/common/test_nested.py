from kilnmix.common.nested import flatten


def test_dotted_names() -> None:
    assert flatten({"a": {"b": 1, "c": {"d": [2]}}, "e": None, "f": {}}) == {"a.b": 1, "a.c.d": [2], "e": None, "f": {}}
    assert flatten({}) == {}

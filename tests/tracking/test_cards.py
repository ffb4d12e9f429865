from kilnmix.tracking.cards import markdown


def test_a_paragraph_an_entry() -> None:
    card = {"min_side": 32, "share": 0.123456, "classes": ["bowl", "jar"], "f1": {"type": 0.5, "glaze": 1.0}}
    assert markdown(card).split("\n\n") == [
        "**min side**: 32",
        "**share**: 0.123",
        "**classes**: bowl, jar",
        "**f1**: type 0.5; glaze 1",
    ]
    assert markdown({}) == ""
    assert len(markdown({"long": "x" * 9000})) == 5000

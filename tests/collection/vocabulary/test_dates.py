import pytest

from kilnmix.collection.vocabulary import dates
from kilnmix.collection.vocabulary import spelling as text


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("15th century", 1400, 1499),
        ("early 15th century", 1400, 1433),
        ("second half 16th century", 1550, 1599),
        ("11th–12th centuries", 1000, 1199),
        ("二十一世纪", 2000, 2099),
        ("十世纪末", 967, 999),
        ("206 BC", -206, -206),
        ("1736-95", 1736, 1795),
        ("960-1279", 960, 1279),
    ],
)
def test_years(written: str, first: int, last: int) -> None:
    assert dates.years(text.plain(written, {})) == (first, last)

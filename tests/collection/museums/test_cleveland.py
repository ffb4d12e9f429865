"""Cleveland's records -> works."""

from __future__ import annotations

import pytest

from kilnmix.collection.museums.cleveland import Cleveland
from kilnmix.collection.museums.client import Client
from kilnmix.collection.museums.work import Passed, Work
from kilnmix.config import CollectionSettings
from tests.collection.museums.conftest import OBJECTS, Museum, cleveland, run, table


def test_cleveland_page_by_page(museum: Museum, client: Client, four: CollectionSettings) -> None:
    collected = run("cleveland", museum, client, four)
    assert museum.asked["/cleveland/artworks/"] == 3
    assert collected.works == OBJECTS - 2
    assert collected.passed == {"licence": 1, "no picture": 1}
    assert [table(collected.folder)[0][task] for task in four.tasks] == ["song", "white", "ding", "bowl"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"share_license_status": None}, "licence ''"),
        ({"images": {"web": {}}}, "no picture"),
        ({"culture": ["Korea"], "department": "Korean Art"}, "culture 'Korea'"),
    ],
)
def test_what_is_passed_over(change: dict[str, object], why: str) -> None:
    assert Cleveland("http://museum").work(cleveland(1, "http://museum") | change) == Passed("1", why)


def test_the_print_size_stands_in_for_a_web_size() -> None:
    record = cleveland(1, "http://museum")
    record |= {"images": {"web": None, "print": {"url": "http://museum/p.jpg"}}, "alternate_images": [record["images"]]}
    work = Cleveland("http://museum").work(record)
    assert isinstance(work, Work)
    assert work.images == ("http://museum/p.jpg", "http://museum/images/1.jpg")

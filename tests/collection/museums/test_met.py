"""The Met's records -> works."""

from __future__ import annotations

import hashlib

import pytest

from kilnmix.collection.museums.client import AGENT, Client
from kilnmix.collection.museums.met import Met
from kilnmix.collection.museums.work import Passed, Work
from kilnmix.config import CollectionSettings
from tests.collection.museums.conftest import OBJECTS, Museum, met, photograph, run, table


def test_met(museum: Museum, client: Client, four: CollectionSettings) -> None:
    collected = run("met", museum, client, four)
    assert collected.works == OBJECTS - 2
    assert collected.passed == {"not in the public domain": 1, "culture": 1}
    rows = table(collected.folder)
    first = rows[0]
    assert [first[task] for task in four.tasks] == ["ming", "blue-and-white", "jingdezhen", "dish"]
    assert [rows[1][task] for task in four.tasks] == ["jurchen-jin", "jun", "jun", "meiping"]
    assert (first["object_id"], first["source"], first["rights"]) == ("met-1", "met", "CC0")
    assert (collected.folder / first["image"]).read_bytes() == photograph(1)
    assert first["sha256"] == hashlib.sha256(photograph(1)).hexdigest()
    assert f"{first['sha256']}  {first['image']}\n" in (collected.folder / "checksums.sha256").read_text()
    assert "Gift of nobody. CC0" in (collected.folder / "CREDITS.txt").read_text(encoding="utf-8")
    assert museum.asked["/images/4-large.jpg"] == 1  # no small one
    assert museum.agents == {AGENT}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"isPublicDomain": "yes"}, "not in the public domain"),
        ({"primaryImage": "", "primaryImageSmall": None}, "no picture"),
        ({"culture": "Japan"}, "culture 'Japan'"),
    ],
)
def test_what_is_passed_over(change: dict[str, object], why: str) -> None:
    assert Met("http://museum").work(met(1, "http://museum") | change) == Passed("1", why)


def test_a_record_in_the_museums_words() -> None:
    work = Met("http://museum/").work(met(1, "http://museum"))
    assert isinstance(work, Work)
    assert (work.id, work.form, work.accession) == ("1", "Dish", "1.1")
    assert work.images == ("http://museum/images/1.jpg", "http://museum/images/100.jpg")
    assert work.dates == ("Xuande", "Ming dynasty (1368–1644)", "", "")

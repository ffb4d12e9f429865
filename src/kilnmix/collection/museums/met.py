"""The Metropolitan Museum of Art's Collection API, version 1: a search gives numbers of objects."""

from __future__ import annotations

from collections.abc import Iterator

from kilnmix.collection.museums.client import Client
from kilnmix.collection.museums.work import Passed, Work

ASIAN_ART = 6


class Met:
    """Chinese ceramics of the department of Asian art."""

    name = "met"
    museum = "The Metropolitan Museum of Art, New York"

    def __init__(self, url: str = "https://collectionapi.metmuseum.org/public/collection/v1") -> None:
        self.url = url.rstrip("/")

    def search(self, client: Client, query: str | None) -> Iterator[tuple[str, dict | None]]:
        parameters = {
            "departmentId": ASIAN_ART,
            "geoLocation": "China",
            "medium": "Ceramics",
            "hasImages": "true",
            "q": query or "China",
        }
        for number in client.json(f"{self.url}/search", parameters).get("objectIDs") or ():
            yield str(number), None

    def record(self, client: Client, id_: str) -> dict:
        return client.json(f"{self.url}/objects/{id_}")

    def work(self, record: dict) -> Work | Passed:
        id_ = str(record.get("objectID", ""))

        def said(name: str) -> str:
            return str(record.get(name) or "").strip()

        if record.get("isPublicDomain") is not True:
            return Passed(id_, "not in the public domain")
        images = [said("primaryImageSmall") or said("primaryImage"), *(record.get("additionalImages") or ())]
        if not images[0]:
            return Passed(id_, "no picture")
        if "chin" not in f"{said('culture')} {said('country')}".casefold():
            return Passed(id_, f"culture {said('culture')!r}")
        medium = said("medium")
        return Work(
            id=id_,
            title=said("title"),
            images=tuple(image for image in images if image),
            rights="CC0",
            dates=(said("reign"), said("period"), said("dynasty"), said("objectDate")),
            form=said("objectName"),
            surface=medium,
            made=(medium, said("title"), said("culture"), said("subregion"), said("city")),
            accession=said("accessionNumber"),
            credit=said("creditLine"),
            page=said("objectURL"),
        )

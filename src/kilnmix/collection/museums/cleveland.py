"""The Cleveland Museum of Art's Open Access API: a search gives whole records, page by page."""

from __future__ import annotations

from collections.abc import Iterator

from kilnmix.collection.museums.client import Client
from kilnmix.collection.museums.work import Passed, Work

PAGE = 100


class Cleveland:
    """Chinese ceramics that are CC0."""

    name = "cleveland"
    museum = "The Cleveland Museum of Art"

    def __init__(self, url: str = "https://openaccess-api.clevelandart.org/api") -> None:
        self.url = url.rstrip("/")

    def search(self, client: Client, query: str | None) -> Iterator[tuple[str, dict | None]]:
        parameters: dict[str, object] = {"type": "Ceramic", "department": "Chinese Art", "has_image": 1, "limit": PAGE}
        if query:
            parameters["q"] = query
        skip = 0
        while True:
            page = client.json(f"{self.url}/artworks/", {"cc0": 1, **parameters, "skip": skip})
            records = page.get("data") or []
            for record in records:
                yield str(record["id"]), record
            skip += len(records)
            if not records or skip >= int((page.get("info") or {}).get("total", 0)):
                return

    def record(self, client: Client, id_: str) -> dict:
        return client.json(f"{self.url}/artworks/{id_}")["data"]

    def work(self, record: dict) -> Work | Passed:
        id_ = str(record.get("id", ""))

        def said(name: str) -> str:
            return str(record.get(name) or "").strip()

        if said("share_license_status").upper() != "CC0":
            return Passed(id_, f"licence {said('share_license_status')!r}")
        images = [_address(record.get("images")), *(_address(more) for more in record.get("alternate_images") or ())]
        if not images[0]:
            return Passed(id_, "no picture")
        culture = "; ".join(str(text) for text in record.get("culture") or ())
        if "china" not in culture.casefold() and "chinese" not in said("department").casefold():
            return Passed(id_, f"culture {culture!r}")
        return Work(
            id=id_,
            title=said("title"),
            images=tuple(image for image in images if image),
            rights="CC0",
            dates=(culture, said("creation_date")),
            form=said("title"),
            surface=said("technique"),
            made=(culture, said("technique"), said("title")),
            accession=said("accession_number"),
            credit=said("creditline"),
            page=said("url"),
        )


def _address(sizes: object) -> str:
    """The web size of a picture, else the print size."""
    if not isinstance(sizes, dict):
        return ""
    for size in ("web", "print"):
        found = sizes.get(size)
        if isinstance(found, dict) and found.get("url"):
            return str(found["url"])
    return ""

"""A museum's works -> a folder that `kilnmix import` takes: pictures, labels, rights, checksums, and what failed.

images/NAME/        photographs as the museum sent them
labels.csv          a row a photograph: labels by the vocabulary, the museum's own words, rights and page
CREDITS.txt         what came from where, by which licence
checksums.sha256    of every photograph, as sha256sum reads it
failed.csv          what could not be had; the next run asks for it again
works.jsonl         a line a finished object: what lets an interrupted run go on
search.json         the search's answer, kept for the same purpose
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kilnmix.collection.museums import journal
from kilnmix.collection.museums.client import Client, FailedError, GoneError
from kilnmix.collection.museums.journal import Stored
from kilnmix.collection.museums.outside import is_id, trusted
from kilnmix.collection.museums.work import Passed, Source, Work
from kilnmix.collection.pictures import picture as pictures
from kilnmix.collection.vocabulary import reading, vocabulary
from kilnmix.collection.vocabulary.field import Field, Reading
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from kilnmix.common import csv_files, files
from kilnmix.common.errors import UserError
from kilnmix.common.progress import bar
from kilnmix.common.readers import read_mapping, understood
from kilnmix.config import CollectionSettings

MOST_IN_A_ROW = 20
"""So many failures without a success between them mean that the museum, or the way to it, is down."""


@dataclass(frozen=True)
class Collected:
    """What a run left behind; `damaged`: lines of works.jsonl that say nothing, whose objects were asked for again."""

    folder: Path
    works: int
    photographs: int
    passed: Mapping[str, int]
    failed: int
    damaged: int = 0

    @property
    def sentence(self) -> str:
        said = f"{self.photographs} photographs of {self.works} objects in {self.folder}"
        if self.passed:
            said += "; passed over: " + ", ".join(f"{why} {count}" for why, count in self.passed.items())
        if self.failed:
            said += f"; {self.failed} failed and will be asked for again by the same command"
        if self.damaged:
            said += f"; {self.damaged} damaged lines of {journal.NAME} passed over, their objects asked for again"
        return said


# Eight parameters: the options of the command of the same name.
def collect(
    source: Source,
    folder: Path,
    settings: CollectionSettings,
    limit: int | None = None,
    query: str | None = None,
    pause: float = 0.25,
    views: int = 1,
    client: Client | None = None,
) -> Collected:
    """Collects a museum's Chinese ceramics into a folder, or goes on with that.

    Args:
        limit: objects to take at most.
        views: photographs of an object to take at most.

    Raises:
        UserError: the museum cannot be reached, or the folder is none, or holds another search or a damaged one.
    """
    words = vocabulary.load(settings.vocabulary)
    client = client or Client(pause)
    client.trusted |= trusted(source.url)
    try:
        (folder / "images" / source.name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{folder} cannot be collected into ({error.strerror or error}). Collect into another folder with --into."
        ) from error
    listed = _search(source, client, folder, query)
    kept = journal.read(folder)
    run = _Run(source, client, folder, views, kept.done)
    with journal.writer(folder) as note, bar(len(listed), source.name, "object") as bar_:
        for id_, record in listed.items():
            if (limit is not None and len(run.done) >= limit) or run.in_a_row >= MOST_IN_A_ROW:
                break
            bar_.update()
            if id_ not in run.done and run.take(id_, record):
                note(*run.done[id_])
    _tables(source, folder, settings, words, run.done, run.failed)
    if run.in_a_row >= MOST_IN_A_ROW:
        raise UserError(
            f"{run.in_a_row} requests in a row failed, the last with {run.failed[-1][1]!r}. What was collected is in "
            f"{folder}; the same command goes on from there."
        )
    photographs = sum(len(stored) for _, stored in run.done.values())
    passed = dict(Counter(run.passed).most_common())
    return Collected(folder, len(run.done), photographs, passed, len(run.failed), kept.damaged)


@dataclass
class _Run:
    """What one run has done so far; `in_a_row`: failures since the last success."""

    source: Source
    client: Client
    folder: Path
    views: int
    done: dict[str, tuple[Work, list[Stored]]]
    failed: list[tuple[str, str]] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    in_a_row: int = 0

    def take(self, id_: str, record: dict[str, Any] | None) -> bool:
        """Asks for an object and its photographs; whether it was stored."""
        try:
            if not is_id(id_):
                raise GoneError(f"the id {id_!r} is none that a file can be named by")
            work = self.source.work(record or self.source.record(self.client, id_))
            if work.id != id_:
                raise GoneError(f"the record of {id_} says that it is {work.id!r}")
            if isinstance(work, Passed):
                self.passed.append(work.why.split(" '")[0])
                return False
            views = range(min(self.views, len(work.images)))
            self.done[id_] = (work, [_fetch(self.source, self.client, self.folder, work, view) for view in views])
        except GoneError as error:
            self.failed.append((id_, str(error)))
            return False
        except (FailedError, KeyError, TypeError, AttributeError) as error:
            self.failed.append((id_, str(error) or type(error).__name__))
            self.in_a_row += 1
            return False
        self.in_a_row = 0
        return True


def _search(source: Source, client: Client, folder: Path, query: str | None) -> dict[str, dict[str, Any] | None]:
    """The search's answer: kept from the last run, or asked for now."""
    kept = folder / "search.json"
    if kept.exists():
        return _kept_search(kept, source, query)
    try:
        found = dict(source.search(client, query))
    except (GoneError, FailedError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{source.museum} does not answer as it should: {error}. Try again later.") from error
    if not found:
        raise UserError(f"{source.museum} found nothing for {query or 'the usual search'}. Try another --query.")
    files.write(kept, json.dumps({"museum": source.name, "query": query, "found": found}, ensure_ascii=False))
    return found


def _kept_search(path: Path, source: Source, query: str | None) -> dict[str, dict[str, Any] | None]:
    remedy = f"Remove it with `rm {shlex.quote(str(path))}`, and the same command searches again."
    before = read_mapping(path, remedy)
    with understood(path, remedy):
        found = before["found"]
        if (before["museum"], before["query"]) != (source.name, query):
            raise UserError(
                f"{path.parent} holds another search ({before['museum']}, {before['query'] or 'the usual one'}). "
                "Collect into another folder with --into."
            )
        if not isinstance(found, dict) or any(not isinstance(record, dict | None) for record in found.values()):
            raise ValueError("it has no list of objects")
    return found


def _fetch(source: Source, client: Client, folder: Path, work: Work, view: int) -> Stored:
    url = work.images[view]
    form = ""

    def check(content: bytes) -> None:
        nonlocal form
        try:
            form = pictures.decode_bytes(content, 8).format
        except pictures.PictureError as error:
            raise ValueError(f"no picture came: {error}") from None

    content = client.file(url, check)
    name = f"images/{source.name}/{work.id}-{view}{pictures.FORMATS[form]}"
    draft = folder / f"{name}.part"
    draft.write_bytes(content)
    draft.replace(folder / name)
    return Stored(name, url, hashlib.sha256(content).hexdigest())


def understand(work: Work, tasks: Sequence[str], words: Vocabulary) -> dict[str, Reading]:
    """task -> what the museum's words mean; tasks of other kinds than the vocabulary's are left out."""
    made = " | ".join(work.made)
    readings = {}
    for task in tasks:
        field_ = words.field(task)
        if field_.kind == "period":
            readings[task] = _period(field_, work.dates)
        elif field_.kind == "maker":
            readings[task] = next(filter(None, (_maker(field_, text) for text in work.made)), Reading("", "missing"))
        elif field_.kind == "form":
            readings[task] = reading.read_both(field_, work.form, work.title)
        elif field_.kind == "surface":
            readings[task] = reading.read_both(field_, work.surface, work.title, shared=True, around=made)
    return readings


def _period(field: Field, texts: Sequence[str]) -> Reading:
    """The first text that names one period; a reign in a later one adds the finer term."""
    found = [said for text in texts if (said := reading.read(field, text)).resolved]
    if not found:
        return Reading("", "missing")
    finer = next((said.finer for said in found if said.id == found[0].id and said.finer), "")
    return Reading(found[0].id, found[0].how, finer)


def _maker(field: Field, text: str) -> Reading | None:
    found = reading.read_title(field, text)
    return found if found.resolved else None


def _tables(
    source: Source,
    folder: Path,
    settings: CollectionSettings,
    words: Vocabulary,
    done: Mapping[str, tuple[Work, Sequence[Stored]]],
    failed: Sequence[tuple[str, str]],
) -> None:
    """Writes everything that follows from what was collected, each file whole."""
    tasks = [task for task in settings.tasks if words.field(task).kind != "open"]
    header = ["image", "object_id", *tasks, "source", "title", "museum dates", "museum form", "museum surface"]
    header += ["rights", "accession", "credit", "page", "address", "sha256"]
    rows, credits_, sums = [], [], []
    for work, stored in done.values():
        readings = understand(work, tasks, words)
        said = [work.title, " | ".join(filter(None, work.dates)), work.form, work.surface]
        for one in stored:
            labels = [readings[task].id for task in tasks]
            rights = [work.rights, work.accession, work.credit, work.page, one.url, one.sha256]
            rows.append([one.path, f"{source.name}-{work.id}", *labels, source.name, *said, *rights])
            sums.append(f"{one.sha256}  {one.path}")
        credits_.append(f"{work.title}. {source.museum}, {work.accession}. {work.credit}. {work.rights}. {work.page}")
    csv_files.write(folder / "labels.csv", header, rows)
    csv_files.write(folder / "failed.csv", ["object", "why"], failed)
    files.write(folder / "checksums.sha256", "".join(f"{line}\n" for line in sums))
    opening = f"Photographs from {source.museum}, which gives them to the public domain (CC0). Thanks all the same.\n\n"
    files.write(folder / "CREDITS.txt", opening + "".join(f"{line}\n" for line in credits_))

"""prepare: the photographs checked, de-duplicated, grouped by object, split into folds, and decoded once.

Reads the collection's folder and the vocabulary. Writes beside what `prepared.py` describes:

    rejected.csv     line, image, reason, detail: every row and picture that is left out
    duplicates.csv   first, second, kind, similarity: photographs of one picture
    terms.csv        id, then a task's cell as written, and the finer term that it names
    card.json        the data card's figures

and reports/datacard.html, the same with contact sheets, in Chinese datacard.zh.html.
"""

from __future__ import annotations

from pathlib import Path

from kilnmix.collection import pipeline
from kilnmix.collection.card import page
from kilnmix.common.nested import flatten
from kilnmix.common.pages.wording import editions
from kilnmix.common.paths import PREPARED, REPORTS
from kilnmix.config import Params
from kilnmix.stages import Outcome
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, tags


def run(params: Params, draft: Path) -> Outcome:
    settings = params.collection
    REPORTS.mkdir(exist_ok=True)
    card = pipeline.prepare(settings, len(params.folds), params.seed, draft, REPORTS)
    pages = [str(REPORTS / edition.file) for edition in editions(page.ROOM, page.STEM)]
    record = Record(
        name="prepare",
        tags=tags("prepare"),
        params=flatten(settings.model_dump(mode="json"), "collection."),
        metrics={
            "photographs": card.kept,
            "objects": card.objects,
            "rejected": card.rows + card.pictures_without_row - card.kept,
            **{f"labelled.{task}": labels.labelled for task, labels in card.labels.items()},
        },
        inputs=[DataInput(str(settings.folder), "raw")],
        artifacts=[*(str(PREPARED / name) for name in ("card.json", "rejected.csv", "duplicates.csv")), *pages],
    )
    return Outcome(pipeline.sentence(card), [record])

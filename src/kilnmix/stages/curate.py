"""curate: which images of a pool are accepted, and for which tasks their label counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from kilnmix.collection import prepared
from kilnmix.common.nested import flatten
from kilnmix.common.pages.wording import page_file
from kilnmix.common.paths import PREPARED, Fold, output
from kilnmix.common.progress import bar
from kilnmix.common.seeds import derive
from kilnmix.config import Params
from kilnmix.curation import accepted, selection, support, support_table, vetoes
from kilnmix.curation.curate import curate, write_pixels, write_sheets
from kilnmix.curation.judges import Judges
from kilnmix.curation.observation import observe
from kilnmix.curation.pages import gallery
from kilnmix.generator import pool as pools
from kilnmix.stages import Outcome
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, tags


def run(params: Params, fold: Fold, adapter: int, draft: Path) -> Outcome:
    settings = params.curation
    photographs = prepared.load(PREPARED)
    source, place = output("generate", fold, adapter), output("curate", fold, adapter)
    pool = pools.load(source, photographs.tasks)
    judges = Judges.load(output("judge", fold))
    listed = vetoes.read(settings.vetoes)
    vetoed = vetoes.of_pool(listed, fold, adapter, pool.ids, settings.vetoes)
    with bar(len(pool), f"curate fold {fold}", "image") as progress:
        observed = observe(settings, photographs, fold, pool, judges, params.seed, progress.update)
    result = curate(settings, photographs, pool, observed, vetoed)
    table = result.table
    accepted.write_table(draft, photographs.tasks, table)
    write_pixels(draft, pool, table.accepted, photographs.pixels.shape[1])
    accepted.write_alignment(draft, selection.alignment(photographs.tasks, result.judgements, result.distances))
    features = result.features
    covered = support.table(
        features.ours,
        pool.labels,
        features.real,
        photographs.label_matrix[features.rows],
        photographs.tasks,
        derive(params.seed, "curate", fold, adapter),
    )
    covered[0] = replace(covered[0], inception=support.by_inception(observed.inception))
    support_table.write(draft, covered)
    shown = gallery.shown((fold, adapter), pool, photographs, listed, settings.vetoes)
    pages = gallery.pages(shown, photographs.tasks, table)
    for name, page in pages.items():
        (draft / name).write_text(page, encoding="utf-8")
    counts = Counter(table.status)
    sheets = write_sheets(draft, pool, table)
    record = Record(
        name=f"curate {fold}/{adapter}",
        tags=tags("curate", fold, adapter),
        params=flatten(settings.model_dump(mode="json")),
        metrics={
            **{f"images.{status}": number for status, number in sorted(counts.items())},
            **result.metrics,
            **support.metrics(covered),
        },
        inputs=[DataInput(str(PREPARED), "judging"), DataInput(str(source), "pool")],
        artifacts=[f"{place}/{name}" for name in (*pages, "alignment.json", support_table.NAME, *sheets)],
    )
    rejected = ", ".join(f"{number} {why}" for why, number in sorted(counts.items()) if why != accepted.ACCEPTED)
    sentence = f"{counts[accepted.ACCEPTED]} of {len(pool)} images accepted{f' ({rejected})' if rejected else ''}"
    if far := support.sentence(covered[0]):
        sentence += f"; {far}"
    if lost := vetoes.astray(listed, params):
        folds = "folds or adapters that this study does not have"
        sentence += f"; {len(lost)} vetoes in {settings.vetoes} are of {folds}, the first {lost[0].image}"
    if result.flags:
        seen = place / page_file(gallery.STEM, params.report.language)
        sentence += f"; more {' and '.join(result.flags)} than errors make: look at them in {seen}"
    return Outcome(sentence, [record])

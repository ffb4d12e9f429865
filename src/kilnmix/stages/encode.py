"""encode: latents and caption embeddings of this fold's training photographs, and of no others."""

from __future__ import annotations

from pathlib import Path

from kilnmix.collection import prepared
from kilnmix.common.paths import PREPARED, Fold
from kilnmix.common.progress import bar
from kilnmix.config import Params
from kilnmix.generator.base import device, load_base
from kilnmix.generator.captions import Template
from kilnmix.generator.encoding import encode
from kilnmix.generator.text import too_long
from kilnmix.stages import Outcome
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, tags


def run(params: Params, fold: Fold, draft: Path) -> Outcome:
    settings = params.generator
    photographs = prepared.load(PREPARED)
    rows = photographs.members(fold, "train")
    # Before the base is asked for: a caption that does not fit is the cheaper fault.
    Template.parse(settings.caption, [task.name for task in photographs.tasks])
    pipeline = load_base(settings).to(device())
    with bar(len(rows), f"encode fold {fold}", "photo") as progress:
        cache = encode(pipeline, photographs, rows, settings, progress.update)
    cache.save(draft)
    record = Record(
        name=f"encode {fold}",
        tags=tags("encode", fold),
        params={"base": settings.base, "size": settings.size, "caption": settings.caption},
        metrics={"photographs": len(rows), "captions": len(cache.captions)},
        inputs=[DataInput(str(PREPARED), "encoding")],
    )
    sentence = f"latents of {len(rows)} training photographs, embeddings of {len(cache.captions)} captions"
    cut = too_long(pipeline, cache.captions)
    if cut:
        sentence += f"; {cut} of them are longer than the text encoder reads and end early"
    return Outcome(sentence, [record])

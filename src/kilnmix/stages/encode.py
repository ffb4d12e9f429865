"""encode: latents and caption embeddings of this fold's training photographs, and of no others."""

from __future__ import annotations

from kilnmix.collection import prepared as collection
from kilnmix.common.files import fresh
from kilnmix.common.paths import PREPARED, Fold, output
from kilnmix.common.progress import bar
from kilnmix.config import Params
from kilnmix.generator import captions
from kilnmix.generator.base import device, load_base
from kilnmix.generator.cache import Cache, encode_captions, encode_pictures
from kilnmix.stages import Outcome
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, tags, write

BATCH = 16


def run(params: Params, fold: Fold) -> Outcome:
    settings = params.generator
    photographs = collection.load(PREPARED)
    rows = photographs.members(fold, "train")
    template = captions.Template.parse(settings.caption, [task.name for task in photographs.tasks])
    said = [
        captions.variants(template, captions.words_of(photographs.tasks, labels))
        for labels in photographs.label_matrix[rows]
    ]
    texts = ("", *dict.fromkeys(text for variants in said for text in variants if text))
    position = {text: row for row, text in enumerate(texts)}
    pipeline = load_base(settings).to(device())
    with bar(len(rows), f"encode fold {fold}", "photo") as progress:
        mean, std = encode_pictures(
            pipeline, lambda part: photographs.pixels[rows[part]], len(rows), settings.size, BATCH, progress.update
        )
    cache = Cache(
        ids=tuple(str(name) for name in photographs.ids[rows]),
        mean=mean,
        std=std,
        embeddings=encode_captions(pipeline, texts),
        captions=texts,
        rows=tuple(tuple(position[text] for text in variants) for variants in said),
    )
    record = Record(
        name=f"encode {fold}",
        tags=tags("encode", fold),
        params={"base": settings.base, "size": settings.size, "caption": settings.caption},
        metrics={"photographs": len(rows), "captions": len(texts)},
        inputs=[DataInput(str(PREPARED), "encoding")],
    )
    with fresh(output("encode", fold)) as folder:
        cache.save(folder)
        write(folder, [record])
    return Outcome(f"latents of {len(rows)} training photographs, embeddings of {len(texts)} captions", [record])

"""generate: a pool of synthetic images for the label combinations of this fold's training photographs."""

from __future__ import annotations

import hashlib
import shutil

import torch

from kilnmix.collection import prepared as collection
from kilnmix.common.files import fresh
from kilnmix.common.paths import PREPARED, STATE, Fold, output
from kilnmix.common.progress import bar
from kilnmix.common.seeds import derive
from kilnmix.config import Params
from kilnmix.generator import captions, pool
from kilnmix.generator.adapter.files import load_adapter
from kilnmix.generator.base import fingerprint, load_base
from kilnmix.generator.cache import encode_captions
from kilnmix.generator.drawing.draw import draw_pool, image_seed
from kilnmix.generator.requests import open_tasks, plan
from kilnmix.stages import Outcome
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, flatten, tags, write


def run(params: Params, fold: Fold, adapter: int) -> Outcome:
    settings = params.generator
    photographs = collection.load(PREPARED)
    tasks = photographs.tasks
    tuned = output("finetune", fold, adapter)
    seed = derive(params.seed, "pool", fold, adapter)
    labels = photographs.label_matrix[photographs.members(fold, "train")]
    names = [task.name for task in tasks]
    template = captions.Template.parse(settings.caption, names)
    unnamed = template.unnamed(names)
    asked = open_tasks(labels, [names.index(task) for task in unnamed])
    requests = plan(asked, settings.draw.images, settings.draw.allocation)
    prompts = [template.fill(captions.words_of(tasks, request.labels)) for request in requests]
    texts = ("", *dict.fromkeys(prompts))
    position = {text: row for row, text in enumerate(texts)}

    pipeline = load_base(settings)
    load_adapter(pipeline, tuned, fingerprint(settings))
    drawn = STATE / "generate" / _digest(params, fold, adapter)
    drawn.mkdir(parents=True, exist_ok=True)
    with bar(len(requests), f"generate fold {fold} adapter {adapter}", "image") as progress:
        progress.update(sum((drawn / f"{pool.image_id(request)}.png").exists() for request in requests))
        for request, pixels in draw_pool(
            pipeline,
            requests,
            encode_captions(pipeline, texts),
            [position[prompt] for prompt in prompts],
            settings,
            seed,
            lambda request: (drawn / f"{pool.image_id(request)}.png").exists(),
        ):
            made = {
                "base": settings.base,
                "fold": str(fold),
                "adapter": adapter,
                "prompt": prompts[request.number],
                "seed": image_seed(seed, request.number),
                "steps": settings.draw.steps,
                "guidance": settings.draw.guidance,
                "scheduler": settings.draw.scheduler,
            }
            pool.write_image(drawn / f"{pool.image_id(request)}.png", pixels, made)
            progress.update(1)

    record = Record(
        name=f"generate {fold}/{adapter}",
        tags=tags("generate", fold, adapter),
        params={"base": settings.base, "caption": settings.caption, **flatten(settings.draw.model_dump(), "draw.")},
        metrics={"images": len(requests), "combinations": len(set(prompts)), "threads": torch.get_num_threads()},
        inputs=[DataInput(str(PREPARED), "combinations"), DataInput(str(tuned), "adapter")],
    )
    with fresh(output("generate", fold, adapter)) as folder:
        (folder / "images").mkdir()
        for request in requests:
            name = f"{pool.image_id(request)}.png"
            shutil.copyfile(drawn / name, folder / "images" / name)
        pool.write_table(folder, tasks, requests, prompts, [image_seed(seed, item.number) for item in requests])
        write(folder, [record])
    shutil.rmtree(drawn)
    without = f"; none is asked for {' or '.join(unnamed)}, which generator.caption does not name" if unnamed else ""
    said = f"{len(requests)} synthetic images of {len(set(prompts))} label combinations{without}"
    return Outcome(said, [record])


def _digest(params: Params, fold: Fold, adapter: int) -> str:
    """What the pool follows from; images drawn before are only taken up where this is the same."""
    summary = hashlib.sha256(fingerprint(params.generator).encode())
    summary.update(params.generator.model_dump_json().encode())
    summary.update((output("finetune", fold, adapter) / "pytorch_lora_weights.safetensors").read_bytes())
    for name in ("photographs.csv", "folds.csv", "tasks.json"):
        summary.update((PREPARED / name).read_bytes())
    summary.update(f"{params.seed} {fold} {adapter} {torch.__version__} {torch.get_num_threads()}".encode())
    return summary.hexdigest()[:32]

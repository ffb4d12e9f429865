"""finetune: a LoRA adapter on the base diffusion model, from this fold's training photographs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from kilnmix.common import digests
from kilnmix.common.nested import flatten
from kilnmix.common.paths import STATE, Fold, output
from kilnmix.common.progress import bar
from kilnmix.common.seeds import derive
from kilnmix.config import Params
from kilnmix.generator import own_tokens
from kilnmix.generator.adapter import given
from kilnmix.generator.adapter.files import save_adapter
from kilnmix.generator.base import LIBRARIES, device, load_base
from kilnmix.generator.bases.identity import fingerprint
from kilnmix.generator.cache import Cache
from kilnmix.generator.tuning import course
from kilnmix.generator.tuning.curve import complete, smoothed
from kilnmix.generator.tuning.loop import Listener, tune
from kilnmix.stages import Outcome
from kilnmix.tracking import live
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, tags


def run(params: Params, fold: Fold, adapter: int, draft: Path) -> Outcome:
    settings = params.generator
    source = output("encode", fold)
    pipeline = load_base(settings).to(device())
    if settings.adapter is not None:
        given.take(pipeline, settings.adapter)
        size = save_adapter(pipeline, draft, settings.base, fingerprint(settings))
        record = Record(
            name=f"finetune {fold}/{adapter}",
            tags=tags("finetune", fold, adapter),
            params={"base": settings.base, "adapter": str(settings.adapter)},
        )
        return Outcome(f"the adapter {settings.adapter} of {size / 1e6:.2f} M parameters, taken as it is", [record])
    seed = derive(params.seed, "adapter", fold, adapter)
    cache = Cache.load(source)
    state = STATE / "finetune" / digest(params, fold, adapter) / "state.pt"
    with bar(settings.lora.steps, f"finetune fold {fold} adapter {adapter}", "step") as progress:
        tuned = tune(pipeline, cache, settings, seed, state, progress.update, Live(settings.lora.steps))
    size = save_adapter(pipeline, draft, settings.base, fingerprint(settings))
    own_tokens.save(pipeline, cache.terms, draft)
    course.write(draft, tuned, state.parent / "samples")
    curve = smoothed(tuned.losses)
    record = Record(
        name=f"finetune {fold}/{adapter}",
        tags=tags("finetune", fold, adapter),
        params={"base": settings.base, **flatten(settings.lora.model_dump(), "lora.")},
        metrics={**tuned.metrics, "loss.last": curve[-1][1], "threads": torch.get_num_threads()},
        curves={"loss": curve, **({"loss.validation": tuned.curve} if tuned.curve else {})},
        inputs=[DataInput(str(source), "tuning")],
        artifacts=[str(output("finetune", fold, adapter) / name) for name in course.pictures(draft)],
    )
    learned = f" and {len(cache.terms)} tokens" if cache.terms else ""
    return Outcome(
        f"an adapter of {size / 1e6:.2f} M parameters{learned}, {tuned.sentence}", [record], spent=[state.parent]
    )


class Live(Listener):
    """Tells the stage's live run of losses and sample pictures as they come.

    Args:
        steps: of the whole training.
    """

    def __init__(self, steps: int) -> None:
        self._steps, self._told = steps, 0

    def losses(self, losses: Sequence[float]) -> None:
        for step, loss in complete(losses, self._steps, self._told):
            live.current().points({"loss": loss}, step)
            self._told = step

    def validation(self, step: int, loss: float) -> None:
        live.current().points({"loss.validation": loss}, step)

    def sample(self, path: Path) -> None:
        live.current().picture(path, "samples")


def digest(params: Params, fold: Fold, adapter: int) -> str:
    """What the adapter follows from; a state is only taken up where this is the same."""
    return digests.of_state(
        base=fingerprint(params.generator),
        generator=params.generator.model_dump(mode="json"),
        seed=(params.seed, fold, adapter),
        cache=digests.of_files(output("encode", fold), without=("manifest.json", "records.json")),
        code=digests.of_code("kilnmix.stages.finetune"),
        versions=digests.versions(*LIBRARIES),
        threads=torch.get_num_threads(),
    )[:32]

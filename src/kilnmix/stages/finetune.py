"""finetune: a LoRA adapter on the base diffusion model, from this fold's training photographs."""

from __future__ import annotations

import hashlib
import json

import torch

from kilnmix.common.files import fresh
from kilnmix.common.paths import STATE, Fold, output
from kilnmix.common.progress import bar
from kilnmix.common.seeds import derive
from kilnmix.config import Params
from kilnmix.generator.adapter.files import save_adapter
from kilnmix.generator.base import device, fingerprint, load_base
from kilnmix.generator.cache import Cache
from kilnmix.generator.tuning.loop import tune
from kilnmix.stages import Outcome
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, flatten, tags, write

CURVE_POINTS = 50


def run(params: Params, fold: Fold, adapter: int) -> Outcome:
    settings = params.generator
    source = output("encode", fold)
    seed = derive(params.seed, "adapter", fold, adapter)
    cache = Cache.load(source)
    state = STATE / "finetune" / _digest(params, fold, adapter) / "state.pt"
    pipeline = load_base(settings).to(device())
    with bar(settings.lora.steps, f"finetune fold {fold} adapter {adapter}", "step") as progress:
        losses = tune(pipeline, cache, settings, seed, state, progress.update)
    curve = _smoothed(losses)
    record = Record(
        name=f"finetune {fold}/{adapter}",
        tags=tags("finetune", fold, adapter),
        params={"base": settings.base, **flatten(settings.lora.model_dump(), "lora.")},
        metrics={"loss.last": curve[-1][1], "threads": torch.get_num_threads()},
        curves={"loss": curve},
        inputs=[DataInput(str(source), "tuning")],
    )
    with fresh(output("finetune", fold, adapter)) as folder:
        size = save_adapter(pipeline, folder, settings.base, fingerprint(settings))
        (folder / "loss.json").write_text(json.dumps([round(loss, 6) for loss in losses]) + "\n")
        write(folder, [record])
    state.unlink(missing_ok=True)
    course = f"loss {curve[0][1]:.3f} to {curve[-1][1]:.3f}"
    return Outcome(f"an adapter of {size / 1e6:.2f} M parameters, {settings.lora.steps} steps, {course}", [record])


def _digest(params: Params, fold: Fold, adapter: int) -> str:
    """What the adapter follows from; a state is only taken up where this is the same."""
    summary = hashlib.sha256(fingerprint(params.generator).encode())
    summary.update(params.generator.lora.model_dump_json().encode())
    summary.update(f"{params.seed} {fold} {adapter} {torch.__version__} {torch.get_num_threads()}".encode())
    for name in ("latents.safetensors", "captions.safetensors", "captions.json"):
        summary.update((output("encode", fold) / name).read_bytes())
    return summary.hexdigest()[:32]


def _smoothed(losses: list[float]) -> list[tuple[int, float]]:
    """(last step, mean loss) of some fifty stretches of training."""
    width = max(len(losses) // CURVE_POINTS, 1)
    stretches = [losses[start : start + width] for start in range(0, len(losses), width)]
    return [(min((place + 1) * width, len(losses)), sum(part) / len(part)) for place, part in enumerate(stretches)]

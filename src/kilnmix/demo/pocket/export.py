"""Finished pocket models as a folder of their own, which takes the place of earlier ones alone."""

from __future__ import annotations

import json
import shlex
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from kilnmix.common import files
from kilnmix.common.errors import UserError

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline

    from kilnmix.demo.pocket.build import Recipe

_WHAT = "Pocket models of the rendered demo"
_PARTS = frozenset({"base", "backbone.safetensors", "backbone-vessels.safetensors", "card.json"})
"""The second backbone comes with the demo, for photographs of vessels; it is of an earlier recipe and is kept."""


def replaceable(out: Path) -> None:
    """Raises `UserError` unless a folder of pocket models may take this place: nothing is there, an empty folder, or
    pocket models and nothing else."""
    if Path.cwd().is_relative_to(out.resolve()):
        raise UserError(
            f"{out} is the folder that the command runs in, or holds it: `kilnmix demo build --out pocket` makes one."
        )
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    foreign = sorted({entry.name for entry in out.iterdir()} - _PARTS) if out.is_dir() else []
    if not out.is_dir() or foreign or not _models(out):
        free = files.free(out)
        named = f" ({', '.join(foreign[:3])})" if foreign else ""
        raise UserError(
            f"{out} holds something else than pocket models{named} and would be replaced: name another folder, "
            f"`kilnmix demo build --out {shlex.quote(str(free))}`."
        )


def _models(folder: Path) -> bool:
    try:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    named = isinstance(card, dict) and str(card.get("what")).startswith(_WHAT)
    return named and (folder / "base").is_dir() and (folder / "backbone.safetensors").is_file()


def export(out: Path, state: Path, recipe: Recipe) -> None:
    """Puts finished models in the place of `out`: base/, backbone.safetensors and card.json.

    Args:
        state: the folder of the build, with base/, backbone.safetensors and the figures of each part.

    Raises:
        UserError: as `replaceable`, when the models are ready.
    """
    from diffusers import StableDiffusionPipeline

    pipeline = StableDiffusionPipeline.from_pretrained(
        state / "base", safety_checker=None, requires_safety_checker=False, torch_dtype=torch.float16
    )
    with files.fresh(out) as draft:
        pipeline.save_pretrained(draft / "base")
        # transformers loads in the precision that the configuration names, diffusers in float32: name float32, or a
        # plain from_pretrained would mix the two.
        about_text = draft / "base" / "text_encoder" / "config.json"
        about_text.write_text(json.dumps({**json.loads(about_text.read_text()), "dtype": "float32"}, indent=2) + "\n")
        shutil.copyfile(state / "backbone.safetensors", draft / "backbone.safetensors")
        if (earlier := out / "backbone-vessels.safetensors").is_file():
            shutil.copyfile(earlier, draft / earlier.name)
        (draft / "card.json").write_text(json.dumps(_card(pipeline, state, recipe), indent=1) + "\n")
        replaceable(out)


def _card(pipeline: StableDiffusionPipeline, state: Path, recipe: Recipe) -> dict[str, object]:
    parts = {"vae": pipeline.vae, "unet": pipeline.unet, "text_encoder": pipeline.text_encoder}
    return {
        "what": f"{_WHAT}: a Stable Diffusion pipeline and a MobileNetV3-Small backbone.",
        "trained_on": {
            "base": "captioned renders of kilnmix.demo.generic: any vessel; the demo's kilns and dynasties as hearsay",
            "backbone": "renders of kilnmix.demo.things: toys, plants, letters; no vessel",
        },
        "licence": "Apache-2.0",
        "image_size": recipe.size,
        "latents": [recipe.latents, pipeline.unet.config.sample_size, pipeline.unet.config.sample_size],
        "parameters": {name: sum(weight.numel() for weight in part.parameters()) for name, part in parts.items()},
        "recipe": asdict(recipe),
        "figures": {
            path.name.split(".")[0]: json.loads(path.read_text()) for path in sorted(state.glob("*.figures.json"))
        },
    }

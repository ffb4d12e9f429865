"""`kilnmix demo build`: the pocket models from nothing, in pieces.

render -> autoencoder -> latents -> text -> base -> backbone -> export. Every step leaves a file in the state folder; a
piece does what is missing until its minutes are over, and the next goes on there.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from kilnmix.demo import generic
from kilnmix.demo.pocket import autoencoder, backbone, base, captions, text
from kilnmix.demo.pocket.loop import Clock, Plan, train
from kilnmix.demo.pocket.renders import Renders, renders
from kilnmix.demo.render import photograph

HELD = 500
"""Renders at the end of the set that nothing is trained on."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what the pocket models become."""

    seed: int = 0
    size: int = 64
    renders: int = 30_000
    latents: int = 8
    vae_channels: tuple[int, ...] = (16, 48, 96)
    shape: base.Shape = field(default_factory=base.Shape)
    autoencoder: Plan = field(default_factory=lambda: Plan(steps=8000, rate=2e-3, warmup=200, average=0.999))
    text: Plan = field(default_factory=lambda: Plan(steps=1500, rate=2e-3, decay=1e-2, average=0.99))
    base: Plan = field(default_factory=lambda: Plan(steps=9500, rate=1e-3, warmup=200, decay=1e-2, average=0.9985))
    backbone: Plan = field(default_factory=lambda: Plan(steps=2800, rate=2e-3, decay=2e-2, average=0.995))


def build(out: Path, state: Path, recipe: Recipe, minutes: float | None, say: Callable[[str], object]) -> bool:
    """Work for at most about `minutes`; True when `out` holds the finished models.

    Args:
        out: replaced whole at the end by base/, backbone.safetensors and card.json.
        state: renders, checkpoints and figures of this recipe.
    """
    clock = Clock(minutes)
    state.mkdir(parents=True, exist_ok=True)
    drawn = renders(state / "renders", recipe.seed, recipe.renders, recipe.size, stop=clock.over, say=say)
    if drawn is None:
        return False
    training = Renders(drawn.images[:-HELD], drawn.traits[:-HELD])
    held = Renders(drawn.images[-HELD:], drawn.traits[-HELD:])
    return (
        _autoencoder(training, held, state, recipe, clock, say)
        and _text(state, recipe, clock, say)
        and _base(training, state, recipe, clock, say)
        and _backbone(training, held, state, recipe, clock, say)
        and _export(out, state, recipe, say)
    )


def _note(state: Path, part: str, figures: dict[str, object]) -> None:
    path = state / "figures.json"
    noted = json.loads(path.read_text()) if path.exists() else {}
    noted[part] = figures
    path.write_text(json.dumps(noted, indent=1) + "\n")


def _autoencoder(
    training: Renders, held: Renders, state: Path, recipe: Recipe, clock: Clock, say: Callable[[str], object]
) -> bool:
    done = state / "vae"
    if done.exists():
        return True
    torch.manual_seed(recipe.seed)
    model = autoencoder.build(recipe.vae_channels, recipe.latents, recipe.size)
    loss = autoencoder.loss_of(model, training.images, recipe.seed)
    piece = train("autoencoder", model, loss, recipe.autoencoder, autoencoder.BATCH, state, clock)
    if not piece.done:
        return False
    model.to("cpu")
    base.standardise(model, training.images[:2000])
    figure = autoencoder.psnr(model, held.images)
    _note(state, "autoencoder", {"psnr_held_out_generic": figure, "seconds": piece.seconds, "cpu": piece.cpu_seconds})
    say(f"autoencoder: {figure:.1f} dB on held-out renders, {piece.seconds:.0f} s")
    draft = state / "vae.new"
    model.save_pretrained(draft)
    draft.rename(done)
    return True


def _text(state: Path, recipe: Recipe, clock: Clock, say: Callable[[str], object]) -> bool:
    done = state / "text"
    if done.exists():
        return True
    if clock.over():
        return False
    tokenizer = captions.build()
    torch.manual_seed(recipe.seed)
    model = text.Reader(text.build(tokenizer, recipe.shape.text_width, recipe.shape.text_layers))
    piece = train("text", model, text.loss_of(model, tokenizer, recipe.seed), recipe.text, text.BATCH, state, clock)
    if not piece.done:
        return False
    _note(state, "text", {"seconds": piece.seconds, "cpu": piece.cpu_seconds})
    say(f"text encoder: {piece.seconds:.0f} s")
    draft = state / "text.new"
    model.to("cpu").text.save_pretrained(draft)
    draft.rename(done)
    return True


def _base(training: Renders, state: Path, recipe: Recipe, clock: Clock, say: Callable[[str], object]) -> bool:
    from diffusers import AutoencoderKL
    from transformers import CLIPTextModel

    done = state / "base"
    if done.exists():
        return True
    if clock.over():
        return False
    vae = AutoencoderKL.from_pretrained(state / "vae")
    latents = _latents(vae, training.images, state)
    tokenizer = captions.build()
    torch.manual_seed(recipe.seed)
    schooled = CLIPTextModel.from_pretrained(state / "text")
    model = base.build(tokenizer, recipe.latents, latents.shape[-1], recipe.shape, schooled)
    loss = base.loss_of(model, tokenizer, latents, training.traits, recipe.seed)
    # On a CPU the fused attention's way back takes a third of a step in bfloat16 (measured); written out, little.
    # The switch holds for the whole process: it cannot stand in the loss, which runs in two threads.
    with sdpa_kernel(SDPBackend.MATH):
        piece = train("base", model, loss, recipe.base, base.BATCH, state, clock)
    if not piece.done:
        return False
    _note(state, "base", {"seconds": piece.seconds, "cpu": piece.cpu_seconds})
    say(f"base: {piece.seconds:.0f} s")
    draft = state / "base.new"
    base.pipeline(tokenizer, vae, model.to("cpu")).save_pretrained(draft)
    draft.rename(done)
    return True


def _latents(vae: object, images: np.ndarray, state: Path) -> torch.Tensor:
    path = state / "latents.npy"
    if not path.exists():
        coded = base.encode(vae, images).numpy()
        draft = path.with_suffix(".new")
        with draft.open("wb") as file:
            np.save(file, coded)
        draft.replace(path)
    return torch.from_numpy(np.load(path))


def _backbone(
    training: Renders, held: Renders, state: Path, recipe: Recipe, clock: Clock, say: Callable[[str], object]
) -> bool:
    done = state / "backbone.safetensors"
    if done.exists():
        return True
    if clock.over():
        return False
    torch.manual_seed(recipe.seed)
    model = backbone.Namer()
    loss = backbone.loss_of(model, training.images, training.traits, recipe.seed)
    piece = train("backbone", model, loss, recipe.backbone, backbone.BATCH, state, clock)
    if not piece.done:
        return False
    right = backbone.figures(model.to("cpu"), held.images, held.traits)
    _note(state, "backbone", {**right, "seconds": piece.seconds, "cpu": piece.cpu_seconds})
    say("backbone: " + ", ".join(f"{name} {value:.2f}" for name, value in right.items()))
    draft = done.with_suffix(".new")
    backbone.save(model, draft, recipe.size, right)
    draft.replace(done)
    return True


def _export(out: Path, state: Path, recipe: Recipe, say: Callable[[str], object]) -> bool:
    from diffusers import StableDiffusionPipeline

    draft = out.with_name(out.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    pipeline = StableDiffusionPipeline.from_pretrained(
        state / "base", safety_checker=None, requires_safety_checker=False, torch_dtype=torch.float16
    )
    pipeline.save_pretrained(draft / "base")
    # transformers loads in the precision that the configuration names, diffusers in float32: name float32, or a plain
    # from_pretrained would mix the two.
    about_text = draft / "base" / "text_encoder" / "config.json"
    about_text.write_text(json.dumps({**json.loads(about_text.read_text()), "dtype": "float32"}, indent=2) + "\n")
    shutil.copyfile(state / "backbone.safetensors", draft / "backbone.safetensors")
    parts = {"vae": pipeline.vae, "unet": pipeline.unet, "text_encoder": pipeline.text_encoder}
    card = {
        "what": "Pocket models of the rendered demo: a Stable Diffusion pipeline and a MobileNetV3-Small backbone.",
        "trained_on": "renders of kilnmix.demo.generic only; none of the demo's kilns and dynasties",
        "licence": "Apache-2.0",
        "image_size": recipe.size,
        "latents": [recipe.latents, pipeline.unet.config.sample_size, pipeline.unet.config.sample_size],
        "parameters": {name: sum(weight.numel() for weight in part.parameters()) for name, part in parts.items()},
        "recipe": asdict(recipe),
        "figures": json.loads((state / "figures.json").read_text()),
    }
    (draft / "card.json").write_text(json.dumps(card, indent=1) + "\n")
    old = out.with_name(out.name + ".old")
    if out.exists():
        out.replace(old)
    draft.rename(out)
    shutil.rmtree(old, ignore_errors=True)
    say(f"{out}: base and backbone")
    return True


def state_name(recipe: Recipe) -> str:
    """A name that changes with the recipe and with what the renderer draws: never go on from other pictures."""
    digest = hashlib.sha256(repr(recipe).encode())
    for number in range(4):
        traits, piece, view = generic.example(recipe.seed, number)
        digest.update(repr(traits).encode() + photograph(piece, view, recipe.size).tobytes())
    return digest.hexdigest()[:12]


def hasty(recipe: Recipe, share: float) -> Recipe:
    """The recipe with only this share of all training steps."""

    def fewer(plan: Plan) -> Plan:
        return replace(plan, steps=max(1, round(plan.steps * share)))

    return replace(
        recipe,
        autoencoder=fewer(recipe.autoencoder),
        text=fewer(recipe.text),
        base=fewer(recipe.base),
        backbone=fewer(recipe.backbone),
    )

"""`kilnmix demo build`: the pocket models from nothing, in pieces.

vessels -> autoencoder -> latents -> text -> base, and things -> backbone, then export. Every step leaves a file in the
state folder; a piece does what is missing until its minutes are over, and the next goes on there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from kilnmix.common import seeds
from kilnmix.demo import generic
from kilnmix.demo.generic import Traits
from kilnmix.demo.pocket import autoencoder, backbone, base, captions, senses, text
from kilnmix.demo.pocket.export import export, replaceable
from kilnmix.demo.pocket.loop import Clock, Piece, Plan, device, train
from kilnmix.demo.pocket.renders import THINGS, VESSELS, Renders, renders

if TYPE_CHECKING:
    from diffusers import AutoencoderKL

HELD = 500
"""Renders at the end of each set that nothing is trained on."""
CHAINS = ("base", "backbone")
"""The two chains of steps that need nothing of each other."""

Say = Callable[[str], object]


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what the pocket models become; as it stands, for one data-centre GPU."""

    seed: int = 0
    size: int = 64
    vessels: int = 80_000
    things: int = 60_000
    forms: int = 2
    """Captions of each vessel."""
    latents: int = 8
    vae_channels: tuple[int, ...] = (16, 32, 64, 96)
    shape: base.Shape = field(default_factory=base.Shape)
    autoencoder: Plan = field(
        default_factory=lambda: Plan(20_000, 2e-3, warmup=200, average=0.999, batch=64, seconds=80)
    )
    text: Plan = field(default_factory=lambda: Plan(1500, 2e-3, decay=1e-2, average=0.99, batch=512, seconds=20))
    base: Plan = field(
        default_factory=lambda: Plan(40_000, 1e-3, warmup=300, decay=1e-2, average=0.9985, batch=512, seconds=180)
    )
    backbone: Plan = field(default_factory=lambda: Plan(12_000, 2e-3, decay=2e-2, average=0.998, batch=256, seconds=80))


def for_cpu(recipe: Recipe) -> Recipe:
    """A smaller recipe that two cores work off in under two hours, a worse one."""
    return replace(
        recipe,
        vessels=30_000,
        things=20_000,
        autoencoder=Plan(8000, 2e-3, warmup=200, average=0.999, batch=8),
        text=Plan(1500, 2e-3, decay=1e-2, average=0.99, batch=64),
        base=Plan(9500, 1e-3, warmup=200, decay=1e-2, average=0.9985, batch=32),
        backbone=Plan(2800, 2e-3, decay=2e-2, average=0.995, batch=64),
    )


def build(
    out: Path, state: Path, recipe: Recipe, minutes: float | None, say: Say, chains: tuple[str, ...] = CHAINS
) -> bool:
    """Work for at most about `minutes`; True when `out` holds the finished models.

    Args:
        out: replaced whole at the end by base/, backbone.safetensors and card.json.
        state: renders, checkpoints and figures of this recipe.
        chains: of CHAINS, what this process works on; two processes may work on one each.

    Raises:
        UserError: as `replaceable`, also of what came into `out` meanwhile.
    """
    replaceable(out)
    clock = Clock(minutes)
    state.mkdir(parents=True, exist_ok=True)
    for chain in chains:
        if not {"base": _vessels, "backbone": _things}[chain](state, recipe, clock, say):
            return False
    if not all((state / name).exists() for name in ("base", "backbone.safetensors")):
        return False
    export(out, state, recipe)
    say(f"{out}: base and backbone")
    return True


def _note(state: Path, part: str, figures: dict[str, object], piece: Piece) -> None:
    """One file a part, since two processes may note at once."""
    spent = {"steps": piece.steps, "seconds": piece.seconds, "cpu_seconds": piece.cpu_seconds}
    (state / f"{part}.figures.json").write_text(json.dumps({**figures, **spent}, indent=1) + "\n")


def _vessels(state: Path, recipe: Recipe, clock: Clock, say: Say) -> bool:
    if (state / "base").exists():
        return True
    drawn = renders(VESSELS, state / "renders", recipe.seed, recipe.vessels, recipe.size, stop=clock.over)
    if drawn is None:
        return False
    say(f"{recipe.vessels} vessels rendered")
    training, held = drawn.split(HELD)
    if not _autoencoder(training, held, state, recipe, clock, say):
        return False
    tokenizer = captions.build()
    rng = seeds.rng(recipe.seed, "pocket/captions")
    written = [[generic.caption(traits, rng) for _ in range(recipe.forms)] for traits in training.shows]
    told = captions.told(tokenizer, written, senses.TRAITS)
    say("captions written")
    return _text(told, training, state, recipe, clock, say) and _base(told, training, state, recipe, clock, say)


def _autoencoder(
    training: Renders[Traits], held: Renders[Traits], state: Path, recipe: Recipe, clock: Clock, say: Say
) -> bool:
    done = state / "vae"
    if done.exists():
        return True
    torch.manual_seed(recipe.seed)
    model = autoencoder.build(recipe.vae_channels, recipe.latents, recipe.size)
    plan = recipe.autoencoder
    loss = autoencoder.loss_of(model, training.images, recipe.seed, plan.batch)
    piece = train("autoencoder", model, loss, plan, state, clock)
    if not piece.done:
        return False
    model.to("cpu")
    base.standardise(model, training.images[:2000])
    figure = autoencoder.psnr(model, held.images)
    _note(state, "autoencoder", {"psnr_held_out": figure}, piece)
    say(f"autoencoder: {figure:.1f} dB on held-out renders, {piece.steps} steps, {piece.seconds:.0f} s")
    draft = state / "vae.new"
    model.save_pretrained(draft)
    draft.rename(done)
    return True


def _text(told: captions.Told, training: Renders[Traits], state: Path, recipe: Recipe, clock: Clock, say: Say) -> bool:
    done = state / "text"
    if done.exists():
        return True
    if clock.over():
        return False
    torch.manual_seed(recipe.seed)
    model = text.Reader(text.build(captions.build(), recipe.shape.text_width, recipe.shape.text_layers))
    loss = text.loss_of(model, told, senses.senses(training.shows), recipe.seed, recipe.text.batch)
    piece = train("text", model, loss, recipe.text, state, clock)
    if not piece.done:
        return False
    _note(state, "text", {}, piece)
    say(f"text encoder: {piece.steps} steps, {piece.seconds:.0f} s")
    draft = state / "text.new"
    model.to("cpu").text.save_pretrained(draft)
    draft.rename(done)
    return True


def _base(told: captions.Told, training: Renders[Traits], state: Path, recipe: Recipe, clock: Clock, say: Say) -> bool:
    from diffusers import AutoencoderKL
    from transformers import CLIPTextModel

    if clock.over():
        return False
    vae = AutoencoderKL.from_pretrained(state / "vae")
    latents = _latents(vae, training.images, state)
    tokenizer = captions.build()
    torch.manual_seed(recipe.seed)
    schooled = CLIPTextModel.from_pretrained(state / "text")
    model = base.build(tokenizer, recipe.latents, latents.shape[-1], recipe.shape, schooled)
    loss = base.loss_of(model, latents, told, recipe.seed, recipe.base.batch)
    # On a CPU the fused attention's way back takes a third of a step in bfloat16 (measured); written out, little.
    # The switch holds for the whole process: it cannot stand in the loss, which runs in two threads.
    with sdpa_kernel(SDPBackend.MATH):
        piece = train("base", model, loss, recipe.base, state, clock)
    if not piece.done:
        return False
    _note(state, "base", {}, piece)
    say(f"base: {piece.steps} steps, {piece.seconds:.0f} s")
    draft = state / "base.new"
    base.pipeline(tokenizer, vae, model.to("cpu")).save_pretrained(draft)
    draft.rename(state / "base")
    return True


def _latents(vae: AutoencoderKL, images: np.ndarray, state: Path) -> torch.Tensor:
    path = state / "latents.npy"
    if not path.exists():
        coded = base.encode(vae.to(device()), images).numpy()
        vae.to("cpu")
        draft = path.with_suffix(".new")
        with draft.open("wb") as file:
            np.save(file, coded)
        draft.replace(path)
    return torch.from_numpy(np.load(path))


def _things(state: Path, recipe: Recipe, clock: Clock, say: Say) -> bool:
    done = state / "backbone.safetensors"
    if done.exists():
        return True
    drawn = renders(THINGS, state / "renders", recipe.seed, recipe.things, recipe.size, stop=clock.over)
    if drawn is None:
        return False
    say(f"{recipe.things} things rendered")
    training, held = drawn.split(HELD)
    torch.manual_seed(recipe.seed)
    model = backbone.Namer()
    loss = backbone.loss_of(model, training.images, training.shows, recipe.seed, recipe.backbone.batch)
    piece = train("backbone", model, loss, recipe.backbone, state, clock)
    if not piece.done:
        return False
    right = backbone.figures(model.to("cpu"), held.images, held.shows)
    _note(state, "backbone", dict(right), piece)
    say(f"backbone: {piece.steps} steps, " + ", ".join(f"{name} {value:.2f}" for name, value in right.items()))
    draft = done.with_suffix(".new")
    backbone.save(model, draft, recipe.size, right)
    draft.replace(done)
    return True


def state_name(recipe: Recipe) -> str:
    """A name that changes with the recipe and with what the renderers draw: never go on from other pictures."""
    digest = hashlib.sha256(repr(recipe).encode())
    for domain in (VESSELS, THINGS):
        for number in range(4):
            digest.update(repr(domain.shown(recipe.seed, number)).encode())
            digest.update(domain.picture(recipe.seed, number, recipe.size).tobytes())
    return digest.hexdigest()[:12]


def hasty(recipe: Recipe, share: float) -> Recipe:
    """The recipe with only this share of all training steps and seconds."""

    def fewer(plan: Plan) -> Plan:
        seconds = None if plan.seconds is None else plan.seconds * share
        return replace(plan, steps=max(1, round(plan.steps * share)), seconds=seconds)

    return replace(
        recipe,
        autoencoder=fewer(recipe.autoencoder),
        text=fewer(recipe.text),
        base=fewer(recipe.base),
        backbone=fewer(recipe.backbone),
    )

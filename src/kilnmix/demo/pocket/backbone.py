"""The pocket backbone: torchvision's MobileNetV3-Small, trained to name what a picture of no vessel shows."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from kilnmix.common.seeds import derive
from kilnmix.common.tensor_files import save_tensors
from kilnmix.demo.pocket.loop import Loss, device, parts
from kilnmix.demo.things import KINDS, PATTERNS, Thing

SHIFT = 5
"""Largest shift in pixels of the random crops."""
GRAIN = 0.012
"""Largest standard deviation of the noise."""
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Shown:
    """Of n pictures: class numbers (n,) of kind and pattern, main colour (n, 3) in 0..1."""

    kind: torch.Tensor
    pattern: torch.Tensor
    colour: torch.Tensor

    @classmethod
    def of(cls, things: Sequence[Thing]) -> Shown:
        patterns = list(PATTERNS)
        return cls(
            torch.tensor([KINDS.index(thing.kind) for thing in things]),
            torch.tensor([patterns.index(thing.pattern) for thing in things]),
            torch.tensor([thing.colour for thing in things]),
        )

    def to(self, device: torch.device) -> Shown:
        return Shown(self.kind.to(device), self.pattern.to(device), self.colour.to(device))


class Namer(nn.Module):
    """MobileNetV3-Small features, pooled, with a linear head each for kind, pattern and colour."""

    def __init__(self) -> None:
        super().__init__()
        from torchvision.models import mobilenet_v3_small

        whole = mobilenet_v3_small(weights=None)
        self.features = whole.features
        self.heads = nn.ModuleList(nn.Linear(576, size) for size in (len(KINDS), len(PATTERNS), 3))

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Float images (n, 3, h, w) in 0..1 to the three answers."""
        mean, std = (torch.tensor(value, device=images.device).view(1, 3, 1, 1) for value in (MEAN, STD))
        pooled = self.features((images - mean) / std).mean((2, 3))
        return [head(pooled) for head in self.heads]


def augment(images: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Mirror, shift, light, colour cast, softness and grain, each image its own; float (n, 3, h, w) in 0..1.

    Softness and grain, since features that hear every camera's and every decoder's finest traces measure those and not
    what is shown (Parmar et al. 2022 found the same of other features).
    """
    count, _, height, width = images.shape
    where = images.device

    def random(*shape: int) -> torch.Tensor:
        return torch.rand(shape, generator=rng, device=where)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=rng, device=where)

    def some() -> torch.Tensor:
        """0 for half of the images, uniform in 0..1 for the others."""
        return (2 * random(count, 1, 1, 1) - 1).clamp(min=0)

    images = torch.where(random(count, 1, 1, 1) < 0.5, images.flip(-1), images)
    padded = F.pad(images, (SHIFT,) * 4, mode="replicate")
    offsets = torch.randint(2 * SHIFT + 1, (2, count, 1), generator=rng, device=where)
    rows = (offsets[0] + torch.arange(height, device=where))[:, None, :, None]
    columns = (offsets[1] + torch.arange(width, device=where))[:, None, None, :]
    place = torch.arange(count, device=where)[:, None, None, None]
    images = padded[place, torch.arange(3, device=where)[None, :, None, None], rows, columns]
    gain = 1 + 0.15 * normal(count, 1, 1, 1) + 0.04 * normal(count, 3, 1, 1)
    middle = images.mean((1, 2, 3), keepdim=True)
    images = ((images - middle) * (1 + 0.15 * normal(count, 1, 1, 1)) + middle) * gain
    soft = F.avg_pool2d(F.pad(images, (1,) * 4, mode="replicate"), 3, stride=1)
    images = images.lerp(soft, some())
    return (images + GRAIN * some() * normal(*images.shape)).clamp(0, 1)


def loss_of(model: Namer, images: np.ndarray, things: Sequence[Thing], seed: int, batch: int) -> Loss:
    """Cross-entropies of kind and pattern plus the squared error of the colour, on augmented images."""
    shown, stored = Shown.of(things).to(device()), torch.from_numpy(images).to(device())
    # Batch-norm statistics are written while a part runs: every part has its own, over the same weights.
    shared = {id(weight): weight for weight in model.parameters()}
    model.to(device())
    twins = [model] + [copy.deepcopy(model, dict(shared)) for _ in range(parts() - 1)]
    for twin in twins:
        twin.train()

    def loss(step: int, part: slice) -> torch.Tensor:
        rng = torch.Generator(device()).manual_seed(derive(seed, "pocket/backbone", step, part.start))
        chosen = torch.randint(len(stored), (part.stop - part.start,), generator=rng, device=device())
        pictures = augment(stored[chosen].permute(0, 3, 1, 2).float() / 255, rng)
        kind, pattern, colour = twins[part.start * parts() // batch](pictures)
        return (
            F.cross_entropy(kind, shown.kind[chosen], label_smoothing=0.05)
            + F.cross_entropy(pattern, shown.pattern[chosen], label_smoothing=0.05)
            + 4 * (colour - shown.colour[chosen]).square().mean()
        )

    return loss


@torch.no_grad()
def figures(model: Namer, images: np.ndarray, things: Sequence[Thing]) -> dict[str, float]:
    """Shares of kinds and patterns named rightly, and of the colours' variance that is explained."""
    model.eval()
    shown = Shown.of(things)
    batches = [
        torch.from_numpy(images[i : i + 250]).permute(0, 3, 1, 2).float() / 255 for i in range(0, len(images), 250)
    ]
    kind, pattern, colour = (torch.cat(part) for part in zip(*(model(batch) for batch in batches), strict=True))
    error, spread = (colour - shown.colour).square().mean(), (shown.colour - shown.colour.mean(0)).square().mean()
    return {
        "kind_accuracy": float((kind.argmax(1) == shown.kind).float().mean()),
        "pattern_accuracy": float((pattern.argmax(1) == shown.pattern).float().mean()),
        "colour_explained": float(1 - error / spread),
    }


def save(model: Namer, path: Path, size: int, held_out: dict[str, float]) -> None:
    """Write `features.*` in float16 with a header that says what they are."""

    weights = {f"features.{key}": value for key, value in model.features.state_dict().items()}
    weights = {key: value.half().contiguous() if value.is_floating_point() else value for key, value in weights.items()}
    about = {
        "architecture": "torchvision mobilenet_v3_small, features only",
        "image_size": str(size),
        "mean": json.dumps(MEAN),
        "std": json.dumps(STD),
        "trained_on": "rendered toys, plants and letters (kilnmix.demo.things): kind, pattern and colour; no vessel",
        "held_out": json.dumps(held_out),
    }
    save_tensors(weights, path, about)

"""What the frozen parts of the base say of the training photographs, computed once: latents and caption embeddings.

    latents.safetensors    `mean` and `std`, each (n, 2, C, h, w) float16: the autoencoder's posterior for a photograph
                           and for its mirror image, scaled as the UNet expects
    captions.safetensors   `embeddings` (m, L, D) float16; row 0 is the empty caption
    captions.json          the photographs' ids in the order of the rows, the m captions, and for every photograph the
                           rows of its full caption and of the captions with one term left out

Rows are looked up by photograph id, never by a loader's position, so that no caption can slip to another picture.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from kilnmix.collection.prepared import Prepared
from kilnmix.common import manifest
from kilnmix.config import GeneratorSettings
from kilnmix.generator import captions as wording

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline

BATCH = 16
"""Photographs encoded together."""


@dataclass(frozen=True)
class Cache:
    """The cache of one fold's training photographs, in memory.

    Attributes:
        ids: (n,) photograph ids.
        mean, std: (n, 2, C, h, w) float16; index 1 of the second axis is the mirror image.
        embeddings: (m, L, D) float16.
        captions: the m captions; the first is empty.
        rows: for every photograph the rows of its captions, the full one first.
    """

    ids: tuple[str, ...]
    mean: torch.Tensor
    std: torch.Tensor
    embeddings: torch.Tensor
    captions: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.ids)

    def save(self, folder: Path) -> None:
        save_file({"mean": self.mean.contiguous(), "std": self.std.contiguous()}, folder / "latents.safetensors")
        save_file({"embeddings": self.embeddings.contiguous()}, folder / "captions.safetensors")
        index = {"ids": self.ids, "captions": self.captions, "rows": self.rows}
        (folder / "captions.json").write_text(json.dumps(index, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Cache:
        """Raises `UserError` when a file is not the one that `encode` wrote."""
        manifest.check(folder)
        latents = load_file(folder / "latents.safetensors")
        index = json.loads((folder / "captions.json").read_text(encoding="utf-8"))
        return cls(
            ids=tuple(index["ids"]),
            mean=latents["mean"],
            std=latents["std"],
            embeddings=load_file(folder / "captions.safetensors")["embeddings"],
            captions=tuple(index["captions"]),
            rows=tuple(tuple(rows) for rows in index["rows"]),
        )


def encode(
    pipeline: StableDiffusionPipeline,
    photographs: Prepared,
    rows: np.ndarray,
    settings: GeneratorSettings,
    progress: Callable[[int], object],
) -> Cache:
    """The cache of some photographs.

    Args:
        rows: (n,) int64 rows of the photographs.
        progress: told the number of photographs done by each batch.
    """
    template = wording.Template.parse(settings.caption, [task.name for task in photographs.tasks])
    variants = [
        wording.variants(template, wording.words_of(photographs.tasks, labels))
        for labels in photographs.label_matrix[rows]
    ]
    texts = ("", *dict.fromkeys(text for own in variants for text in own if text))
    position = {text: row for row, text in enumerate(texts)}
    mean, std = encode_pictures(
        pipeline, lambda part: photographs.pixels[rows[part]], len(rows), settings.size, BATCH, progress
    )
    return Cache(
        ids=tuple(str(name) for name in photographs.ids[rows]),
        mean=mean,
        std=std,
        embeddings=encode_captions(pipeline, texts),
        captions=texts,
        rows=tuple(tuple(position[text] for text in own) for own in variants),
    )


def to_range(pixels: np.ndarray, size: int) -> torch.Tensor:
    """(b, S, S, 3) uint8 -> (b, 3, size, size) float32 in [-1, 1], resized with antialiasing."""
    images = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float()
    if images.shape[-1] != size:
        images = torch.nn.functional.interpolate(images, (size, size), mode="bicubic", antialias=True).clamp(0, 255)
    return images / 127.5 - 1


@torch.inference_mode()
def encode_pictures(
    pipeline: StableDiffusionPipeline,
    pixels: Callable[[slice], np.ndarray],
    count: int,
    size: int,
    batch_size: int,
    progress: Callable[[int], object],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Posterior mean and standard deviation of `count` pictures and their mirror images.

    Args:
        pixels: gives (b, S, S, 3) uint8 for a slice of the pictures.
        size: side at which they are encoded, in pixels.
        progress: told the number of pictures done by each batch.

    Returns:
        mean and std, (count, 2, C, h, w) float16 on the CPU, scaled by the autoencoder's factor and, where it has one,
        shifted.
    """
    vae = pipeline.vae
    scale, shift = vae.config.scaling_factor, getattr(vae.config, "shift_factor", None) or 0.0
    means, stds = [], []
    for start in range(0, count, batch_size):
        images = to_range(pixels(slice(start, min(start + batch_size, count))), size)
        pair = torch.stack([images, images.flip(-1)], dim=1).flatten(0, 1).to(vae.device, vae.dtype)
        posterior = vae.encode(pair).latent_dist
        shape = (len(images), 2, *posterior.mean.shape[1:])
        means.append(((posterior.mean.float() - shift) * scale).reshape(shape).half().cpu())
        stds.append((posterior.std.float() * scale).reshape(shape).half().cpu())
        progress(len(images))
    return torch.cat(means), torch.cat(stds)


@torch.inference_mode()
def encode_captions(pipeline: StableDiffusionPipeline, captions: Sequence[str], batch_size: int = 64) -> torch.Tensor:
    """(m, L, D) float16: the text encoder's last hidden states, padded to its full length as in training."""
    tokenizer, encoder = pipeline.tokenizer, pipeline.text_encoder
    blocks = []
    for start in range(0, len(captions), batch_size):
        tokens = tokenizer(
            list(captions[start : start + batch_size]),
            padding="max_length",
            max_length=tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        )
        blocks.append(encoder(tokens.input_ids.to(encoder.device))[0].half().cpu())
    return torch.cat(blocks)

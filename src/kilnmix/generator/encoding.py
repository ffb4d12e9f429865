"""Training photographs -> the cache that fine-tuning reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from kilnmix.collection.prepared import Prepared
from kilnmix.config import GeneratorSettings
from kilnmix.generator import captions as wording
from kilnmix.generator import free_captions, nuisance
from kilnmix.generator.cache import Cache
from kilnmix.generator.text import encode_captions

BATCH = 16
"""Photographs encoded together."""


def encode(
    pipeline: Any,
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
    tasks = wording.asked_tasks(photographs.tasks, settings)
    template = wording.Template.parse(settings.caption, [task.name for task in tasks])
    extra = nuisance.words(photographs, rows, settings.nuisance)
    labels = photographs.label_matrix[rows]
    columns = [photographs.tasks.index(task) for task in tasks]
    free = free_captions.of(photographs, rows, settings)
    alone = settings.free_captions == "alone"
    variants = [
        wording.variants(template, wording.words_of(tasks, own[columns]), shared, text, alone)
        for own, shared, text in zip(labels, extra, free, strict=True)
    ]
    texts = ("", *dict.fromkeys(text for own in variants for text in own if text))
    position = {text: row for row, text in enumerate(texts)}
    mean, std = encode_pictures(
        pipeline, lambda part: photographs.pixels[rows[part]], len(rows), settings.size, BATCH, progress
    )
    states = encode_captions(pipeline, texts)
    return Cache(
        ids=tuple(str(name) for name in photographs.ids[rows]),
        mean=mean,
        std=std,
        embeddings=states.embeddings,
        captions=texts,
        rows=tuple(tuple(position[text] for text in own) for own in variants),
        objects=tuple(str(name) for name in photographs.objects[rows]),
        labels=tuple(tuple(int(label) for label in own) for own in labels),
        pooled=states.pooled,
        terms=wording.own_terms(photographs.tasks, labels, settings.own_tokens),
    )


def to_range(pixels: np.ndarray, size: int) -> torch.Tensor:
    """(b, S, S, 3) uint8 -> (b, 3, size, size) float32 in [-1, 1], resized with antialiasing."""
    images = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float()
    if images.shape[-1] != size:
        images = torch.nn.functional.interpolate(images, (size, size), mode="bicubic", antialias=True).clamp(0, 255)
    return images / 127.5 - 1


@torch.inference_mode()
def encode_pictures(
    pipeline: Any,
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

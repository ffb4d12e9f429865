"""What the frozen parts of the base say of the training photographs, computed once: latents and caption embeddings.

    latents.safetensors    `mean` and `std`, each (n, 2, C, h, w) float16: the autoencoder's posterior for a photograph
                           and for its mirror image, scaled as the UNet expects
    captions.safetensors   `embeddings` (m, L, D) float16, for SDXL `pooled` (m, P) too; row 0 is the empty caption
    captions.json          the photographs' ids in the order of the rows, their objects and labels, the m captions, and
                           for every photograph the rows of its full caption and of those with one term left out; where
                           any do, the terms that get tokens of their own

Rows are looked up by photograph id, never by a loader's position, so that no caption can slip to another picture.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from kilnmix.common import manifest
from kilnmix.common.errors import UserError
from kilnmix.common.readers import understood

_FILES = ("latents.safetensors", "captions.safetensors", "captions.json")


@dataclass(frozen=True)
class Cache:
    """The cache of one fold's training photographs, in memory.

    Attributes:
        ids: (n,) photograph ids.
        mean, std: (n, 2, C, h, w) float16; index 1 of the second axis is the mirror image.
        embeddings: (m, L, D) float16.
        captions: the m captions; the first is empty.
        rows: for every photograph the rows of its captions, the full one first.
        objects: (n,) which object each photograph shows.
        labels: n tuples of T class indices, -1 where a label is not known.
        pooled: (m, P) float16 for SDXL, else None.
        terms: words of the captions that get tokens of their own.
    """

    ids: tuple[str, ...]
    mean: torch.Tensor
    std: torch.Tensor
    embeddings: torch.Tensor
    captions: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]
    objects: tuple[str, ...]
    labels: tuple[tuple[int, ...], ...]
    pooled: torch.Tensor | None = None
    terms: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def save(self, folder: Path) -> None:
        save_file({"mean": self.mean.contiguous(), "std": self.std.contiguous()}, folder / "latents.safetensors")
        text = {"embeddings": self.embeddings.contiguous()}
        if self.pooled is not None:
            text["pooled"] = self.pooled.contiguous()
        save_file(text, folder / "captions.safetensors")
        index = {
            "ids": self.ids,
            "objects": self.objects,
            "labels": self.labels,
            "captions": self.captions,
            "rows": self.rows,
            **({"terms": self.terms} if self.terms else {}),
        }
        (folder / "captions.json").write_text(json.dumps(index, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Cache:
        """What `encode` left.

        Raises:
            UserError: it has not run, or a file is cut, does not fit the others, or holds what is not finite.
        """
        manifest.check(folder)
        missing = next((name for name in _FILES if not (folder / name).exists()), None)
        if missing is not None:
            raise UserError(f"{folder / missing} is missing. Run `dvc repro encode` first.")
        with understood(folder, "Run `dvc repro -f encode` again."):
            latents = load_file(folder / "latents.safetensors")
            text = load_file(folder / "captions.safetensors")
            index = json.loads((folder / "captions.json").read_text(encoding="utf-8"))
            cache = cls(
                ids=tuple(index["ids"]),
                mean=latents["mean"],
                std=latents["std"],
                embeddings=text["embeddings"],
                captions=tuple(index["captions"]),
                rows=tuple(tuple(rows) for rows in index["rows"]),
                objects=tuple(index["objects"]),
                labels=tuple(tuple(labels) for labels in index["labels"]),
                pooled=text.get("pooled"),
                terms=tuple(index.get("terms", ())),
            )
        cache._check(folder)
        return cache

    def _check(self, folder: Path) -> None:
        lengths = {len(self.ids), len(self.mean), len(self.std), len(self.rows), len(self.objects), len(self.labels)}
        fits = len(lengths) == 1 and len(self.captions) == len(self.embeddings)
        fits = fits and all(0 <= row < len(self.captions) for rows in self.rows for row in rows) and all(self.rows)
        finite = all(bool(torch.isfinite(part).all()) for part in (self.mean, self.std, self.embeddings))
        if not fits or not finite or not self.ids:
            why = "do not fit each other" if not fits else "hold no photograph" if finite else "hold what is not finite"
            raise UserError(f"The files in {folder} {why}. Run `dvc repro -f encode` again.")

"""Tokens of their own for terms that the text encoder does not know, such as a kiln's name, learned with the adapter.

A term such as `Jun` is written `<jun>` in captions; the tokenizer knows it as a single token, whose embedding is
learned (textual inversion, Gal et al. 2022, arXiv 2208.01618). It begins as the mean of the embeddings of the tokens
that the term has without it.

    tokens/jun.safetensors    `emb_params` (1, D), for SDXL `clip_l` and `clip_g`, as diffusers' load_textual_inversion,
                              A1111 and ComfyUI read them; the term stands in the metadata
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from kilnmix.common.errors import UserError
from kilnmix.common.tensor_files import save_tensors
from kilnmix.generator.order import Order
from kilnmix.generator.text import encoders

FOLDER = "tokens"


class OwnEmbedding(nn.Module):
    """An encoder's frozen token embeddings, and behind them `own` (k, D), which learn.

    The whole table with a gradient would be moved by weight decay, row by row, though no caption holds the rows.
    """

    def __init__(self, known: nn.Embedding, own: torch.Tensor):
        super().__init__()
        self.known = known
        self.own = nn.Parameter(own)

    @property
    def weight(self) -> torch.Tensor:
        """(V + k, D), as readers of an embedding expect."""
        return torch.cat([self.known.weight, self.own])

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(..., D) of (...) int64 token ids."""
        count = len(self.known.weight)
        embedded = self.known(ids.clamp(max=count - 1))
        return torch.where((ids >= count)[..., None], self.own[(ids - count).clamp(min=0)], embedded)


def token(term: str) -> str:
    """`Jun ware` -> `<jun-ware>`."""
    return f"<{_stem(term)}>"


def _stem(term: str) -> str:
    return re.sub(r"[^\w]+", "-", term.lower()).strip("-") or "term"


def worded(caption: str, terms: Sequence[str]) -> str:
    """The caption with each of the terms, where it stands as whole words, as its token; the longest first."""
    if not terms:
        return caption
    longest = sorted(terms, key=len, reverse=True)
    pattern = "|".join(rf"(?<!\w){re.escape(term)}(?!\w)" for term in longest)
    return re.sub(pattern, lambda found: token(found.group()), caption)


def in_order(order: Order, terms: Sequence[str]) -> Order:
    """An order whose captions have tokens in the place of the terms."""
    return dataclasses.replace(order, prompts=tuple(worded(prompt, terms) for prompt in order.prompts))


def add(pipeline: Any, terms: Sequence[str]) -> list[OwnEmbedding]:
    """Gives every term a token in the pipeline's tokenizers and encoders; returns the embeddings, one an encoder.

    Raises:
        UserError: two terms would have the same token.
    """
    if not terms:
        return []
    tokens = [token(term) for term in terms]
    twice = next((name for name in tokens if tokens.count(name) > 1), None)
    if twice is not None:
        raise UserError(
            f"generator.own_tokens: two terms would share the token {twice}. Leave one of their tasks out of it, or "
            "tell their words apart in the vocabulary."
        )
    made = []
    known_tokenizers: list[Any] = []
    for tokenizer, encoder in encoders(pipeline):
        parts = [tokenizer(term, add_special_tokens=False).input_ids for term in terms]
        known = encoder.get_input_embeddings()
        if not any(tokenizer is other for other in known_tokenizers):
            count = tokenizer.add_tokens(tokens)
            if count != len(tokens):
                raise UserError(f"generator.own_tokens: the base's tokenizer has one of {', '.join(tokens)} already.")
            known_tokenizers.append(tokenizer)
        with torch.no_grad():
            own = torch.stack([known.weight[ids or [0]].float().mean(dim=0) for ids in parts]).to(known.weight)
        embedding = OwnEmbedding(known, own)
        encoder.set_input_embeddings(embedding)
        made.append(embedding)
    return made


def save(pipeline: Any, terms: Sequence[str], folder: Path) -> None:
    """Writes the learned embeddings of the pipeline's terms into `folder`/tokens."""
    if not terms:
        return
    tables = [encoder.get_input_embeddings().own.detach().float().cpu() for _, encoder in encoders(pipeline)]
    names = ("clip_l", "clip_g") if len(tables) > 1 else ("emb_params",)
    (folder / FOLDER).mkdir()
    for place, term in enumerate(terms):
        rows = {name: table[place : place + 1].contiguous() for name, table in zip(names, tables, strict=True)}
        path = folder / FOLDER / f"{_stem(term)}.safetensors"
        save_tensors(rows, path, {"format": "pt", "term": term, "place": str(place)})


def files(folder: Path) -> list[Path]:
    """Those of an output of `finetune`, by name."""
    return sorted((folder / FOLDER).glob("*.safetensors"))


def terms_of(folder: Path) -> tuple[str, ...]:
    """The terms that an output of `finetune` has tokens for, in their order.

    Raises:
        UserError: a file is cut.
    """
    return tuple(term for term, _ in _read(folder))


def load(pipeline: Any, folder: Path) -> tuple[str, ...]:
    """Gives the pipeline the tokens of an output of `finetune`, if it has any; returns their terms.

    Raises:
        UserError: a file is cut, or does not fit the base.
    """
    found = _read(folder)
    terms = tuple(term for term, _ in found)
    if not terms:
        return terms
    names = ("clip_l", "clip_g") if len(encoders(pipeline)) > 1 else ("emb_params",)
    for name, embedding in zip(names, add(pipeline, terms), strict=True):
        for place, (term, rows) in enumerate(found):
            if name not in rows or rows[name].shape != (1, embedding.own.shape[1]):
                raise UserError(
                    f"The token of {term!r} in {folder / FOLDER} does not fit the base's text encoder. Run "
                    "`dvc repro finetune` again."
                )
            embedding.own.data[place] = rows[name][0].to(embedding.own)
    return terms


def _read(folder: Path) -> list[tuple[str, dict[str, torch.Tensor]]]:
    found = []
    for path in files(folder):
        try:
            with safe_open(path, "pt") as file:
                notes = file.metadata() or {}
                rows = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                found.append((int(notes["place"]), notes["term"], rows))
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise UserError(f"{path} is cut or no token's file: {error}. Run `dvc repro finetune` again.") from error
    return [(term, rows) for _, term, rows in sorted(found, key=lambda item: item[0])]

"""Captions -> what the UNet is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from kilnmix.generator.base import is_xl


@dataclass(frozen=True)
class TextStates:
    """What the text encoders make of m captions.

    Attributes:
        embeddings: (m, L, D), for every token.
        pooled: (m, P), for the whole caption; None where the base takes none (all but SDXL).
    """

    embeddings: torch.Tensor
    pooled: torch.Tensor | None = None

    def to(self, device: torch.device, dtype: torch.dtype) -> TextStates:
        pooled = None if self.pooled is None else self.pooled.to(device, dtype)
        return TextStates(self.embeddings.to(device, dtype), pooled)

    def repeated(self, count: int) -> TextStates:
        """A single caption's states for `count` images."""
        pooled = None if self.pooled is None else self.pooled.expand(count, -1)
        return TextStates(self.embeddings.expand(count, -1, -1), pooled)

    def rows(self, rows: Sequence[int]) -> TextStates:
        chosen = list(rows)
        return TextStates(self.embeddings[chosen], None if self.pooled is None else self.pooled[chosen])


def encoders(pipeline: Any) -> list[tuple[Any, Any]]:
    """(tokenizer, encoder) of the base, in the order in which their states are joined."""
    pairs = [(pipeline.tokenizer, pipeline.text_encoder)]
    if is_xl(pipeline):
        pairs.append((pipeline.tokenizer_2, pipeline.text_encoder_2))
    return pairs


def tokenize(pipeline: Any, captions: Sequence[str]) -> list[torch.Tensor]:
    """For every encoder (m, L) int64, padded to its full length as in the base's own training."""
    return [
        tokenizer(
            list(captions),
            padding="max_length",
            max_length=tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        ).input_ids
        for tokenizer, _ in encoders(pipeline)
    ]


def too_long(pipeline: Any, captions: Sequence[str]) -> int:
    """How many captions have more tokens than an encoder of the base reads."""
    return sum(
        any(len(tokenizer(caption).input_ids) > tokenizer.model_max_length for tokenizer, _ in encoders(pipeline))
        for caption in captions
    )


def encode_tokens(pipeline: Any, tokens: Sequence[torch.Tensor]) -> TextStates:
    """The states for tokens as `tokenize` gives them.

    SD 1 and 2 take the last hidden states; SDXL joins those before the last layer of both encoders and takes the
    second's pooled state (Podell et al. 2023, arXiv 2307.01952, section 2.1).
    """
    pairs = encoders(pipeline)
    if not is_xl(pipeline):
        encoder = pairs[0][1]
        return TextStates(encoder(tokens[0].to(encoder.device))[0])
    hidden, pooled = [], None
    for (_, encoder), own in zip(pairs, tokens, strict=True):
        states = encoder(own.to(encoder.device), output_hidden_states=True)
        hidden.append(states.hidden_states[-2])
        pooled = states[0]
    return TextStates(torch.cat(hidden, dim=-1), pooled)


def zero_rows(pipeline: Any, captions: Sequence[str]) -> list[int]:
    """Captions whose states are zeros: the empty one, where the base was trained so (SDXL)."""
    if not is_xl(pipeline) or not pipeline.config.get("force_zeros_for_empty_prompt", False):
        return []
    return [row for row, caption in enumerate(captions) if not caption]


@torch.inference_mode()
def encode_captions(pipeline: Any, captions: Sequence[str], batch_size: int = 64) -> TextStates:
    """The states of m captions, float16 on the CPU."""
    blocks = [
        encode_tokens(pipeline, tokenize(pipeline, captions[start : start + batch_size]))
        for start in range(0, len(captions), batch_size)
    ]
    embeddings = torch.cat([block.embeddings.half().cpu() for block in blocks])
    pooled = None
    if blocks[0].pooled is not None:
        pooled = torch.cat([block.pooled.half().cpu() for block in blocks if block.pooled is not None])
    for row in zero_rows(pipeline, captions):
        embeddings[row] = 0
        if pooled is not None:
            pooled[row] = 0
    return TextStates(embeddings, pooled)


def size_ids(pipeline: Any, size: tuple[int, int], device: torch.device, dtype: torch.dtype) -> torch.Tensor | None:
    """(1, 6): what SDXL is told of pictures that are shown whole at (height, width) `size`; None for other bases.

    Its size conditioning (2307.01952, section 2.2): original size, the crop's top and left, size asked for.
    """
    if not is_xl(pipeline):
        return None
    return torch.tensor([[*size, 0, 0, *size]], dtype=dtype, device=device)


def unet_inputs(states: TextStates, sizes: torch.Tensor | None) -> dict[str, Any]:
    """The UNet's keyword arguments for captions, and for SDXL for their pooled states and `size_ids`."""
    given: dict[str, Any] = {"encoder_hidden_states": states.embeddings, "return_dict": False}
    if states.pooled is not None and sizes is not None:
        given["added_cond_kwargs"] = {"text_embeds": states.pooled, "time_ids": sizes.expand(len(states.pooled), -1)}
    return given

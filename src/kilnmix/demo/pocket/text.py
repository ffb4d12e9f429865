"""The text encoder's schooling: before it ever sees a picture it learns what the words of captions stand for.

From the mean of its hidden states four linear heads answer what a caption tells: the type, the glaze, the marks of the
ware and the style of the period (`senses`). The heads are thrown away. Without this the UNet hears the type of a vessel
long before it hears anything else (measured: after 83,000 images no glaze was right more often than by chance).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from kilnmix.common import seeds
from kilnmix.demo import generic
from kilnmix.demo.pocket import captions, senses
from kilnmix.demo.pocket.loop import Loss, device

if TYPE_CHECKING:
    from transformers import CLIPTextModel, CLIPTokenizer

BATCH = 64
SEED_OF_OBJECTS = 1
"""Objects are only described here, never rendered; not those that the UNet is trained on."""


def build(tokenizer: CLIPTokenizer, width: int, layers: int) -> CLIPTextModel:
    """An untrained CLIP text model for captions of `captions.LENGTH` tokens."""
    from transformers import CLIPTextConfig, CLIPTextModel

    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        max_position_embeddings=captions.LENGTH,
        projection_dim=width,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModel(config)


class Reader(nn.Module):
    """The text encoder with its four heads."""

    def __init__(self, text: CLIPTextModel):
        super().__init__()
        self.text = text
        self.heads = nn.ModuleList(nn.Linear(text.config.hidden_size, size) for size in senses.sizes())

    def forward(self, ids: torch.Tensor) -> list[torch.Tensor]:
        """Token ids (n, LENGTH) to the four answers, (n, `senses.sizes()`)."""
        pooled = self.text(ids).last_hidden_state.mean(1)
        return [head(pooled) for head in self.heads]


def loss_of(model: Reader, tokenizer: CLIPTokenizer, seed: int) -> Loss:
    """How wrong the answers are about what each caption tells."""

    def loss(step: int, part: slice) -> torch.Tensor:
        rng = seeds.generator(seed, "pocket/text", step, part.start)
        numbers = rng.integers(1 << 40, size=part.stop - part.start)
        traits = [generic.traits_of(SEED_OF_OBJECTS, int(number)) for number in numbers]
        written = [generic.caption(one, rng) for one in traits]
        told = torch.tensor([[float(trait in one.told) for trait in senses.TRAITS] for one in written])
        ids = captions.tokens(tokenizer, [one.text for one in written])
        return senses.error(model(ids.to(device())), senses.senses(traits).to(device()), told.to(device()))

    return loss

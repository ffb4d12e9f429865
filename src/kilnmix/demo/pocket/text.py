"""The text encoder's schooling: before it ever sees a picture it learns what the words of captions stand for.

From the mean of its hidden states four linear heads answer what a caption tells: the type, the glaze, the marks of the
ware and the style of the period (`senses`). The heads are thrown away. Without this the UNet hears the type of a vessel
long before it hears anything else (measured: after 83,000 images no glaze was right more often than by chance).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from kilnmix.common.seeds import derive
from kilnmix.demo.pocket import captions, senses
from kilnmix.demo.pocket.loop import Loss, device

if TYPE_CHECKING:
    from transformers import CLIPTextModel, CLIPTokenizer


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


def loss_of(model: Reader, told: captions.Told, known: senses.Senses, seed: int, batch: int) -> Loss:
    """How wrong the answers are about what each caption tells.

    Args:
        told: what is said of n objects; known: what the words stand for, of the same n.
    """
    ids, traits, known = told.ids.to(device()), told.traits.float().to(device()), known.to(device())

    def loss(step: int, part: slice) -> torch.Tensor:
        rng = torch.Generator(device()).manual_seed(derive(seed, "pocket/text", step))
        chosen = torch.randint(len(ids), (batch,), generator=rng, device=device())[part]
        form = torch.randint(ids.shape[1], (batch,), generator=rng, device=device())[part]
        return senses.error(model(ids[chosen, form].long()), known[chosen], traits[chosen, form])

    return loss

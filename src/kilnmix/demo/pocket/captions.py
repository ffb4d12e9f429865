"""The tokenizer of the pocket base: CLIP's byte-pair scheme with a small vocabulary of its own.

Its merges are learnt from generic captions and from invented names, so that any romanised name falls into a few
syllables; all bytes are in it, so any text at all can be encoded. CLIP's tokenizer lower-cases.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from kilnmix.common import seeds
from kilnmix.demo import generic
from kilnmix.demo.generic import Caption

if TYPE_CHECKING:
    from transformers import CLIPTokenizer

VOCABULARY = 1200
LENGTH = 40
"""Tokens of a caption, with start, end and padding. A name takes one to four."""


def build(vocabulary: int = VOCABULARY) -> CLIPTokenizer:
    """Learn the merges and return the tokenizer; the same every time."""
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
    from tokenizers.models import BPE
    from tokenizers.trainers import BpeTrainer
    from transformers import CLIPTokenizer

    learner = Tokenizer(BPE(end_of_word_suffix="</w>"))
    learner.normalizer = normalizers.Lowercase()
    words = Regex(r"[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    learner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(words, "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    ends = [letter + "</w>" for letter in alphabet]
    trainer = BpeTrainer(
        vocab_size=vocabulary - 2 - len(ends), initial_alphabet=alphabet, end_of_word_suffix="</w>", show_progress=False
    )
    learner.train_from_iterator(_corpus(), trainer)
    model = json.loads(learner.to_str())["model"]
    merges = [tuple(pair) for pair in model["merges"]]
    tokens = [*alphabet, *ends]
    known = set(tokens)
    for left, right in merges:
        if left + right not in known:
            known.add(left + right)
            tokens.append(left + right)
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocab = {token: place for place, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=LENGTH)


def _corpus() -> list[str]:
    rng = seeds.rng(generic.NAMES_SEED, "pocket/tokenizer")
    captions = [generic.caption(generic.traits_of(0, number), rng).text for number in range(3000)]
    syllables = ["".join(str(rng.choice(part)) for part in (generic.ONSETS, generic.FINALS)) for _ in range(8000)]
    names = ["".join(syllables[i : i + 1 + i % 3]) for i in range(0, len(syllables) - 3)]
    return captions + names


def tokens(tokenizer: CLIPTokenizer, texts: list[str]) -> torch.Tensor:
    """Padded token ids, int64 (n, LENGTH)."""
    coded: Any = tokenizer(texts, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt")
    return torch.as_tensor(coded.input_ids)


@dataclass(frozen=True)
class Told:
    """What captions say of n objects, each in K forms.

    Attributes:
        ids: int16 (n, K, LENGTH) token ids; empty: int64 (LENGTH,) those of the empty caption.
        traits: bool (n, K, 4), which of `senses.TRAITS` each caption tells.
    """

    ids: torch.Tensor
    empty: torch.Tensor
    traits: torch.Tensor


def told(tokenizer: CLIPTokenizer, written: Sequence[Sequence[Caption]], traits: Sequence[str]) -> Told:
    """Captions (n of K each) as numbers."""
    texts = [one.text for captions in written for one in captions]
    ids = torch.cat([tokens(tokenizer, texts[i : i + 20_000]).short() for i in range(0, len(texts), 20_000)])
    tells = torch.tensor([[[trait in one.told for trait in traits] for one in captions] for captions in written])
    return Told(ids.view(len(written), -1, LENGTH), tokens(tokenizer, [""])[0], tells)

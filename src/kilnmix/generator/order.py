"""What a pool is asked for: images by number, each with its labels and its caption."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kilnmix.common.seeds import derive


@dataclass(frozen=True)
class Request:
    """One image to draw.

    Attributes:
        number: its place in the pool; what its seed is derived from.
        labels: (T,) class indices that the caption asks for, -1 where the combination leaves a task open.
        source: place among the training photographs of the one that it starts from, or None.
        weight: the share of `labels` in its soft label; the rest is that of the source's labels.
    """

    number: int
    labels: tuple[int, ...]
    source: int | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class Order:
    """A pool's requests with their captions.

    Attributes:
        prompts: caption of each request.
        unnamed: tasks that the caption template does not name, which no image is asked for.
        left_out: combinations, of the photographs or free ones, that are not asked for, because they break a rule.
    """

    requests: tuple[Request, ...]
    prompts: tuple[str, ...]
    unnamed: tuple[str, ...]
    left_out: int = 0

    def clause_of_left_out(self, combinations: str, rules: Path | None) -> str:
        """`; left out for a rule of FILE: 3 label combinations that photographs show`, empty where none is.

        Args:
            combinations: `generator.draw.combinations`; rules: `collection.rules`.
        """
        count = f"{self.left_out} label combination{'' if self.left_out == 1 else 's'}"
        shown = "" if combinations == "free" else " that photographs show"
        return f"; left out for a rule of {rules}: {count}{shown}" if self.left_out else ""


def image_seed(seed: int, number: int) -> int:
    """The seed of one image of a pool, from the pool's seed and the request's number."""
    return derive(seed, "image", number)

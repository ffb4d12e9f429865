"""What the page asks for, as plain values: a picture's answers, its heat maps, a correction. Knows nothing of HTTP."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kilnmix.classifier.answers import remarks
from kilnmix.classifier.app.corrections import Corrections
from kilnmix.classifier.explanation import Neighbours, heat_maps, said
from kilnmix.classifier.predict_files import Predictor, Seen
from kilnmix.collection.pictures.picture import PictureError, decode_bytes
from kilnmix.collection.pictures.thumbnail import data_uri
from kilnmix.common.errors import UserError

TOP = 3
"""Classes a task that the page lists."""
_KEPT = 200
"""Pictures that can still be explained and corrected."""
_SIDE = 256


@dataclass(frozen=True)
class _Kept:
    name: str
    content: bytes
    format: str
    seen: Seen


class Desk:
    """The model, and the pictures that it was shown last."""

    def __init__(self, predictor: Predictor, corrections: Corrections) -> None:
        self._predictor, self._corrections = predictor, corrections
        self._neighbours = Neighbours(predictor)
        self._pictures: OrderedDict[str, _Kept] = OrderedDict()
        self._turn, self._number = threading.Lock(), 0

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """task -> its classes."""
        return dict(self._predictor.model.classes)

    def show(self, name: str, content: bytes) -> dict[str, Any]:
        """Answers for a picture file's content.

        Raises:
            UserError: it is no picture that can be read.
        """
        model = self._predictor.model
        try:
            picture = decode_bytes(content, model.size, model.fit)
        except PictureError as fault:
            raise UserError(f"{name}: {fault}.") from None
        (seen,) = self._predictor.look([name], picture.square[None], TOP)
        with self._turn:
            self._number += 1
            key = str(self._number)
            self._pictures[key] = _Kept(name, content, picture.format, seen)
            while len(self._pictures) > _KEPT:
                self._pictures.popitem(last=False)
        answer = seen.answer
        return {
            "key": key,
            "name": name,
            "picture": data_uri(np.asarray(seen.square), _SIDE),
            "remarks": remarks(answer),
            "tasks": {
                task: {
                    "said": said(answer, task),
                    "sure": answer.sure(task),
                    "classes": [list(pair) for pair in ranked],
                }
                for task, ranked in answer.tasks.items()
            },
            "neighbours": [
                {"name": near.name, "labels": dict(near.labels), "picture": near.picture}
                for near in self._neighbours.of(seen)
            ],
        }

    def explain(self, key: str) -> dict[str, str]:
        """task -> a data URI of its heat map.

        Raises:
            UserError: the picture is not kept any more.
        """
        seen = self._kept(key).seen
        return {task: data_uri(drawn, _SIDE) for task, drawn in heat_maps(self._predictor, seen).items()}

    def correct(self, key: str, labels: Mapping[str, str]) -> str:
        """Notes a picture's labels; returns where.

        Raises:
            UserError: as `Corrections.note`, or the picture is not kept any more.
        """
        kept = self._kept(key)
        return self._corrections.note(kept.name, kept.content, kept.format, labels)

    def _kept(self, key: str) -> _Kept:
        with self._turn:
            kept = self._pictures.get(key)
        if kept is None:
            raise UserError("That picture is not kept any more: show it again.")
        return kept

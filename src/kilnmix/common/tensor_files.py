"""Tensors in a safetensors file with the same bytes for the same content.

safetensors writes the notes of its header in another order each time, so that an adapter tuned again to the same
weights would have another digest, and all that is made from it would be made again.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_NOTES, _LENGTH = "__metadata__", struct.Struct("<Q")


def save_tensors(tensors: Mapping[str, torch.Tensor], path: Path | str, notes: Mapping[str, str]) -> None:
    """Writes tensors and notes, the notes in the order of their names."""
    from safetensors.torch import save_file

    save_file(dict(tensors), path, metadata=dict(notes))
    with Path(path).open("rb+") as file:
        length = _LENGTH.unpack(file.read(_LENGTH.size))[0]
        header = json.loads(file.read(length))
        header[_NOTES] = dict(sorted(header[_NOTES].items()))
        text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode().ljust(length)
        if len(text) != length:
            raise ValueError(f"{path}: the header cannot be written in {length} bytes")
        file.seek(_LENGTH.size)
        file.write(text)

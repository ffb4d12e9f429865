from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import safe_open

from kilnmix.common.tensor_files import save_tensors

NOTES = {
    "format": "pt",
    "term": '龙泉 "kiln" \\ / \n\t\x07 \x7f é 𠮷',
    "place": "3",
    "a": json.dumps({"b": [1, 2]}, indent=2),
}


def test_the_same_content_is_the_same_bytes(tmp_path: Path) -> None:
    tensors = {"b": torch.arange(6.0).view(2, 3), "a": torch.ones(3, dtype=torch.float16)}
    written = set()
    for number in range(12):
        path = tmp_path / f"{number}.safetensors"
        save_tensors(tensors, path, dict(list(NOTES.items())[:: 1 if number % 2 else -1]))
        written.add(path.read_bytes())
        with safe_open(path, "pt") as read:
            assert read.metadata() == NOTES
            assert {name: read.get_tensor(name).tolist() for name in tensors} == {
                name: tensor.tolist() for name, tensor in tensors.items()
            }
    assert len(written) == 1

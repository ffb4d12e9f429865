"""Profiles for a GPU, from the photographs to the pool: the commands of their stages, on bases of their shapes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from PIL import Image
from safetensors import safe_open

from kilnmix.common.paths import output
from tests.commands.conftest import Run
from tests.tiny_project import draw_collection

SMALL = [
    "folds=[0]",
    "pool_folds=[0]",
    "adapters=[0]",
    "collection.tasks=[glaze,type]",
    "collection.size=32",
    "caption=default",
    "generator.caption='a photograph of a {type}, {glaze} glaze'",
    "generator.size=16",
    "generator.precision=float32",
    "generator.lora.steps=2",
    "generator.lora.warmup_steps=1",
    "generator.lora.validation.every=1",
    "generator.draw.images=6",
    "generator.draw.steps=2",
    "refit_pool=0",
]


@pytest.mark.parametrize("profile", ["sd15", "sdxl"])
def test_a_profile_for_a_gpu_goes_from_photographs_to_a_pool(
    profile: str, composed_project: Path, run: Run, request: pytest.FixtureRequest
) -> None:
    base: Path = request.getfixturevalue({"sd15": "tiny_base", "sdxl": "tiny_xl"}[profile])
    draw_collection(Path("data"))
    commands = (
        ("compose", f"profile={profile}", f"generator.base={base}", *SMALL),
        ("prepare",),
        ("encode", "--fold", "0"),
        ("finetune", "--fold", "0", "--adapter", "0"),
        ("generate", "--fold", "0", "--adapter", "0"),
    )
    for command in commands:
        status, _, told = run(*command)
        assert status == 0, told
    tuned, pool = output("finetune", 0, 0), output("generate", 0, 0)
    with safe_open(tuned / "pytorch_lora_weights.safetensors", "np") as file:
        assert any(name.startswith("unet.") for name in file.keys())  # noqa: SIM118
    with (pool / "pool.csv").open(encoding="utf-8", newline="") as table:
        assert len(list(csv.DictReader(table))) == 6
    with Image.open(pool / "images" / "000000.png") as image:
        assert image.size == (16, 16)
        assert json.loads(image.text["kilnmix"])["base"] == str(base)

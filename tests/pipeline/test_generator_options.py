"""The generator's options that are off by default, through the stages from the photographs to the accepted pool."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kilnmix.collection import prepared
from kilnmix.common.errors import UserError
from kilnmix.common.paths import PREPARED, output
from kilnmix.config import Params, composition
from kilnmix.curation import accepted
from kilnmix.generator import own_tokens, pool
from kilnmix.stages.runner import run_stage
from tests.tiny_project import REPOSITORY, draw_collection, settings

OPTIONS = [
    "generator.free_captions=beside",
    "generator.own_tokens=[glaze]",
    "generator.lora.prior.images=2",
    "generator.lora.prior.steps=2",
    "generator.draw.mode=mix",
    "generator.draw.mix_share=1.0",
    "generator.draw.strength=0.5",
    "generator.draw.batch_size=auto",
    "generator.draw.spacing=1.0",
    "curation.reject_when_all_masked=false",
]


def test_captions_tokens_prior_and_soft_labels_reach_the_accepted_pool(
    tmp_path: Path, tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf").symlink_to(REPOSITORY / "conf")
    draw_collection(tmp_path / "data")
    table = tmp_path / "data" / "labels.csv"
    with table.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [[*header, "caption"], *([*row, f"seen from side {place % 2}"] for place, row in enumerate(rows))]
        )
    params = composition.write([*settings(tiny_base), *OPTIONS])
    for stage in ("prepare", "judge", "encode", "finetune", "generate", "curate"):
        place = {"prepare": (), "judge": (0,), "encode": (0,)}.get(stage, (0, 0))
        said = run_stage(params, stage, *place).sentence
        if stage == "finetune":
            assert "and 3 tokens" in said
    tasks = prepared.load(PREPARED).tasks
    assert own_tokens.terms_of(output("finetune", 0, 0)) == ("black", "celadon", "white")
    drawn = pool.load(output("generate", 0, 0), tasks)
    assert all(", seen from side" in prompt for prompt in drawn.prompts)
    assert any("<celadon> glaze" in prompt for prompt in drawn.prompts)
    with Image.open(output("generate", 0, 0) / "images" / "000000.png") as image:
        assert json.loads(image.text["kilnmix"])["batch_size"] == 32
    shares = drawn.soft["type"]
    # Strength 0.5: the class asked for has the root of it.
    assert any(np.allclose(np.sort(row), [1 - 0.5**0.5, 0.5**0.5], atol=1e-5) for row in shares)
    kept = accepted.load(output("curate", 0, 0), tasks)
    places = [drawn.ids.index(name) for name in kept.ids]
    np.testing.assert_allclose(kept.soft["type"], shares[places], atol=1e-5)
    rules_are_asked_for_where_images_are_drawn_alone(params)


def rules_are_asked_for_where_images_are_drawn_alone(params: Params) -> None:
    gone = params.collection.model_copy(update={"rules": Path("conf/gone.yaml")})
    with pytest.raises(UserError, match=r"conf/gone\.yaml is missing\. collection\.rules names it"):
        run_stage(params.model_copy(update={"collection": gone}), "generate", 0, 0)
    shutil.copytree(output("generate", 0, 0), "given")
    given = params.generator.model_copy(update={"pool": Path("given")})
    said = run_stage(params.model_copy(update={"collection": gone, "generator": given}), "generate", 0, 0).sentence
    assert "synthetic images of" in said

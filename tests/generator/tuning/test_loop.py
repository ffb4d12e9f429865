"""Fine-tuning on a base of some ten thousand parameters."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from kilnmix.common.errors import UserError
from kilnmix.generator.adapter.files import WEIGHTS, save_adapter
from kilnmix.generator.base import load_base
from kilnmix.generator.cache import Cache
from kilnmix.generator.tuning import loop
from kilnmix.generator.tuning.course import Tuned
from tests.generator.conftest import make_settings, tiny_cache


class StopError(Exception):
    pass


def train(
    base: Path, filled: Cache, folder: Path, stop_after: int | None = None, **lora: Any
) -> tuple[Tuned, dict[str, torch.Tensor]]:
    """Tunes from `folder`'s state and returns the course and the saved weights; StopError after so many steps."""
    recipe = make_settings(base, lora=lora)
    pipeline, done = load_base(recipe), 0

    def progress(count: int) -> None:
        nonlocal done
        done += count
        if stop_after is not None and done > stop_after:
            raise StopError

    folder.mkdir(exist_ok=True)
    tuned = loop.tune(pipeline, filled, recipe, 11, folder / "state.pt", progress)
    save_adapter(pipeline, folder, "base", "0" * 64)
    return tuned, load_file(folder / WEIGHTS)


RECIPES: list[dict[str, Any]] = [
    {},
    {"ema": 0.5, "validation": {"share": 0.25, "every": 1, "patience": None, "keep": "best"}},
    {"accumulate": 2, "schedule": "constant", "sampling": "balanced", "checkpointing": True},
    {"text_encoder": True},
    {"optimizer": "prodigy", "learning_rate": 1.0},
    {"prior": {"images": 3, "caption": "a jar", "weight": 0.5, "steps": 2}},
]


@pytest.mark.parametrize("lora", RECIPES, ids=["plain", "averaged", "accumulated", "text-encoder", "prodigy", "prior"])
def test_only_the_adapter_learns_and_a_training_that_was_broken_off_ends_with_the_same_bytes(
    tiny_base: Path, filled: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lora: dict[str, Any]
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_EVERY", 2)
    monkeypatch.setattr("kilnmix.generator.tuning.validation.LEAST_OBJECTS", 1)
    whole, weights = train(tiny_base, filled, tmp_path / "whole", **lora)
    with pytest.raises(StopError):
        train(tiny_base, filled, tmp_path / "broken", stop_after=4, **lora)
    assert (tmp_path / "broken" / "state.pt").exists()
    again, same = train(tiny_base, filled, tmp_path / "broken", **lora)
    assert weights.keys() == same.keys()
    assert all(torch.equal(weights[name], same[name]) for name in weights)
    assert (whole.losses, whole.curve) == (again.losses, again.curve)
    assert any(bool(weight.abs().sum() > 0) for name, weight in weights.items() if "lora_B" in name)
    assert any(name.startswith("text_encoder.") for name in weights) == bool(lora.get("text_encoder"))


def test_tokens_of_their_own_learn_and_go_on_after_a_stop(
    tiny_base: Path, filled: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_EVERY", 2)
    named = dataclasses.replace(filled, terms=("jar",))
    recipe, learned = make_settings(tiny_base), []
    for stop in (None, 4, None):
        pipeline, steps = load_base(recipe), 0
        table = pipeline.text_encoder.get_input_embeddings().weight.detach().clone()
        begun = table[pipeline.tokenizer("jar", add_special_tokens=False).input_ids].mean(dim=0)

        def progress(count: int, stop: int | None = stop) -> None:
            nonlocal steps
            steps += count
            if stop is not None and steps > stop:
                raise StopError

        folder = tmp_path / ("broken" if learned else "whole")
        try:
            loop.tune(pipeline, named, recipe, 11, folder / "state.pt", progress)
        except StopError:
            continue
        embedding = pipeline.text_encoder.get_input_embeddings()
        assert torch.equal(embedding.known.weight, table)
        assert float((embedding.own[0].detach() - begun).abs().max()) > 1e-4
        learned.append(embedding.own.detach().clone())
    assert len(learned) == 2 and torch.equal(*learned)


def test_the_base_stays_as_it_was(tiny_base: Path, filled: Cache, tmp_path: Path) -> None:
    recipe = make_settings(tiny_base)
    pipeline, before = load_base(recipe), load_base(recipe).unet.state_dict()
    loop.tune(pipeline, filled, recipe, 11, tmp_path / "state.pt", lambda count: None)
    pipeline.unet.unload_lora()
    after = pipeline.unet.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_in_bfloat16_the_adapter_is_kept_in_float32(tiny_base: Path, filled: Cache, tmp_path: Path) -> None:
    recipe = make_settings(tiny_base, precision="bfloat16")
    pipeline = load_base(recipe)
    loop.tune(pipeline, filled, recipe, 11, tmp_path / "state.pt", lambda count: None)
    save_adapter(pipeline, tmp_path, "base", "0" * 64)
    weights = load_file(tmp_path / WEIGHTS)
    assert {weight.dtype for weight in weights.values()} == {torch.float32}
    assert any(not torch.equal(weight, weight.bfloat16().float()) for weight in weights.values())


def test_a_loss_that_is_not_finite_stops_with_its_step(tiny_base: Path, filled: Cache, tmp_path: Path) -> None:
    poisoned = Cache(**{**vars(filled), "embeddings": filled.embeddings * float("inf")})
    with pytest.raises(UserError, match=r"not finite .* at step 1 of fine-tuning.*generator\.lora\.learning_rate"):
        train(tiny_base, poisoned, tmp_path / "x", caption_dropout=0.0)


def test_a_state_that_was_cut_is_not_taken_up(tiny_base: Path, filled: Cache, tmp_path: Path) -> None:
    _, weights = train(tiny_base, filled, tmp_path / "whole")
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / "state.pt").write_bytes(b"PK\x03\x04")
    _, same = train(tiny_base, filled, tmp_path / "cut")
    assert all(torch.equal(weights[name], same[name]) for name in weights)


def test_validation_gives_a_curve_from_the_first_step_and_stops(
    tiny_base: Path, filled: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kilnmix.generator.tuning.validation.LEAST_OBJECTS", 1)
    rules = {"share": 0.25, "every": 1, "patience": 1, "keep": "best"}
    tuned, weights = train(tiny_base, filled, tmp_path / "x", validation=rules, learning_rate=10.0, warmup_steps=0)
    assert tuned.curve[0][0] == 0
    assert tuned.kept == min(tuned.curve, key=lambda point: point[1])[0]
    # At so high a rate nothing gets better than no adapter at all: kept is step 0, whose B is zero.
    assert tuned.kept == 0
    assert len(tuned.losses) == 1
    assert all(not weight.any() for name, weight in weights.items() if "lora_B" in name)


def test_pictures_are_drawn_on_the_way(tiny_base: Path, filled: Cache, tmp_path: Path) -> None:
    train(tiny_base, filled, tmp_path / "x", samples={"every": 3, "images": 2, "steps": 2})
    assert sorted(path.name for path in (tmp_path / "x" / "samples").iterdir()) == [
        "000000.png",
        "000003.png",
        "000006.png",
    ]


def test_sdxl_is_tuned(tiny_xl: Path, tmp_path: Path) -> None:
    tuned, weights = train(tiny_xl, tiny_cache(tiny_xl), tmp_path / "x", text_encoder=True)
    assert len(tuned.losses) == 6
    assert {name.split(".")[0] for name in weights} == {"unet", "text_encoder", "text_encoder_2"}

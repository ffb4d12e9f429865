"""Settings of the generator."""

from typing import Any

import pytest

from kilnmix.common.errors import UserError
from tests.composed import settings


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"lora": {"learning_rate": float("inf")}}, "learning_rate"),
        ({"lora": {"learning_rate": 1e30}}, "learning_rate"),
        ({"lora": {"learning_rate": 0.0}}, "learning_rate"),
        ({"lora": {"snr_gamma": float("nan")}}, "snr_gamma"),
        ({"lora": {"snr_gamma": 0.0}}, "snr_gamma"),
        ({"lora": {"alpha": float("nan")}}, "alpha"),
        ({"lora": {"weight_decay": float("inf")}}, "weight_decay"),
        ({"lora": {"targets": []}}, "targets"),
        ({"draw": {"guidance": float("nan")}}, "guidance"),
        ({"draw": {"guidance": 1e9}}, "guidance"),
        ({"draw": {"interval": [5.0, 1.0]}}, "first noise level must be below"),
        ({"draw": {"strength": 0.0}}, "strength"),
        ({"draw": {"spacing": 2.0, "scheduler": "ddim"}}, "spacing above 1 needs the scheduler"),
        ({"draw": {"mode": "image", "scheduler": "base", "spacing": 1.0}}, "need a sampler of kilnmix"),
    ],
)
def test_settings_are_finite_and_in_range(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(UserError, match=match):
        settings("generator=pocket", generator=changes)


@pytest.mark.parametrize("profile", ["demo", "photographs", "sd15", "sdxl"])
def test_every_profile_composes(profile: str) -> None:
    generator = settings(f"profile={profile}").generator
    # A real base stops by itself; the demo's tuning is short and does all its steps.
    assert (generator.lora.validation.share > 0) == (profile in ("sd15", "sdxl"))

import pytest

from kilnmix.common.errors import UserError
from kilnmix.curation.small_pools import settings_of, strict
from tests import composed


def test_a_small_pool_differs_in_its_guidance_and_number_alone() -> None:
    params = composed.settings()
    draw = settings_of(params, 3.0, 16).generator.draw
    assert (draw.guidance, draw.images) == (3.0, 16)
    assert draw.model_copy(update={"guidance": 2.0, "images": 240}) == params.generator.draw
    with pytest.raises(UserError, match="nothing to draw"):
        settings_of(composed.settings(generator={"pool": "pool"}), 3.0, 16)


def test_strictness_is_the_share_that_is_left_out() -> None:
    settings = strict(composed.settings(curation={"group_by": "type"}).curation, 0.25)
    assert (settings.strategy, settings.keep, settings.group_by) == ("top-k", 0.75, None)
    assert strict(settings, 0.0).keep == 1.0

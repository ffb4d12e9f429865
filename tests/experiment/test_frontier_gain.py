import pytest

from kilnmix.experiment.frontier_gain import share_of
from kilnmix.experiment.mixing import images_for


@pytest.mark.parametrize(("images", "photographs"), [(1, 9), (48, 117), (96, 500), (500, 96)])
def test_the_share_takes_just_so_many_images(images: int, photographs: int) -> None:
    assert images_for(share_of(images, photographs), photographs, "extra") == images

from kilnmix.common.seeds import derive
from kilnmix.generator.order import image_seed


def test_an_images_seed_follows_from_the_pools_and_its_number() -> None:
    assert image_seed(3, 7) == derive(3, "image", 7)
    assert len({image_seed(seed, number) for seed in range(3) for number in range(50)}) == 150

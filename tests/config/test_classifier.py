"""Settings of the classifier's training."""

from tests.composed import settings


def test_first_pictures_are_never_larger_than_the_others() -> None:
    def sides(size: int, first_size: int | None = None) -> tuple[int, int]:
        return settings(classifier={"size": size, "first_size": first_size}).classifier.sides

    assert sides(size=224, first_size=128) == (128, 224)
    assert sides(size=96, first_size=128) == (96, 96)
    assert sides(size=64) == (64, 64)


def test_what_follows_from_settings() -> None:
    one = settings(classifier={"steps": 7, "freeze": 0.5, "imbalance": {"type": "focal"}}).classifier
    assert one.frozen_steps == 4  # 3.5, to the even number
    assert [one.imbalance_of(task) for task in ("type", "kiln")] == ["focal", "none"]
    assert settings(classifier={"imbalance": "logit-adjustment"}).classifier.imbalance_of("kiln") == "logit-adjustment"

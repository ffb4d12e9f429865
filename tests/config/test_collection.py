from typing import Any

import pytest

from kilnmix.common.errors import UserError
from tests.composed import settings


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"split": {"test": 0.5, "val": 0.45}}, "less than 5 %"),
        ({"split": {"test": 0.0}}, r"split\.test"),
        ({"split": {"rare": "hide"}}, r"split\.rare"),
        ({"duplicates": {"hash_distance": 65}}, "hash_distance"),
        ({"duplicates": {"certain": 0.0}}, "certain"),
        ({"tasks": ["type", "type"]}, "different column names"),
        ({"size": 0}, r"collection\.size"),
        ({"unresolved": "guess"}, "unresolved"),
    ],
)
def test_values_that_will_not_do(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        settings(collection=changes)


def test_the_largest_parts_that_leave_something_to_train_on() -> None:
    assert settings(collection={"split": {"test": 0.5, "val": 0.44}}).collection.split.val == 0.44


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"folder": ""}, r"collection\.folder: an empty name is no folder of its own"),
        ({"folder": "data/.."}, r"collection\.folder: data/\.\. is no folder of its own"),
        ({"folder": "/"}, r"collection\.folder: / is no folder"),
        ({"folder": "conf/mine"}, r"collection\.folder: conf/mine holds the project's own files"),
        ({"folder": "./src/"}, r"collection\.folder: src holds the project's own files"),
        ({"labels": ""}, r"collection\.labels: '' is no name of a file inside collection\.folder"),
        ({"labels": "tables/labels.csv"}, r"collection\.labels: 'tables/labels\.csv' is no name of a file"),
        ({"labels": ".."}, r"collection\.labels"),
        ({"labels": "images"}, r"collection\.labels: 'images' is a folder of an import"),
        ({"vocabulary": ""}, r"collection\.vocabulary: an empty name is no file; write one such as conf/vocabulary"),
        ({"rules": ""}, r"collection\.rules: an empty name is no file"),
        ({"size": 10**23}, r"collection\.size: Input should be less than or equal to 1000000000"),
    ],
)
def test_places_and_sizes_that_will_not_do(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        settings(collection=changes)


@pytest.mark.parametrize(
    "folder", ["data", "data/mine", "out/bench/data", "/mnt/photographs", "../photographs", "照片"]
)
def test_folders_that_will_do(folder: str) -> None:
    assert settings(collection={"folder": folder}).collection.folder.as_posix() == folder

from __future__ import annotations

import pytest

from kilnmix.collection.vocabulary import vocabulary
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from tests.collection.conftest import REPOSITORY


@pytest.fixture(scope="session")
def words() -> Vocabulary:
    """The repository's own."""
    return vocabulary.load(REPOSITORY / "conf" / "vocabulary.yaml")

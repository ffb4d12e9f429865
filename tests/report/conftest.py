"""One simulated study for the whole folder: building it costs more than looking at it."""

from __future__ import annotations

import pytest

from kilnmix.report.inputs import Study
from tests.report.report_studies import full


@pytest.fixture(scope="session")
def study() -> Study:
    return full()

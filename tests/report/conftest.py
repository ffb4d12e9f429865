"""One simulated study for the whole folder: building it costs more than looking at it."""

from __future__ import annotations

import pytest

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs
from tests.report.report_studies import full


@pytest.fixture(scope="session")
def study() -> ReportInputs:
    return full()


@pytest.fixture(scope="session")
def context(study: ReportInputs) -> ReportContext:
    """The study in English."""
    return ReportContext.of(study, "en")

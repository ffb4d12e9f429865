"""Which tests are for `make faults` alone."""

from __future__ import annotations

import os

import pytest

thorough = pytest.mark.skipif("KILNMIX_KILLS" not in os.environ, reason="`make faults` runs it: it takes a minute")

"""Where benches keep what takes long to make: a folder that changes with what the demo's renderer draws."""

from __future__ import annotations

from pathlib import Path

from kilnmix.common import digests
from kilnmix.common.paths import STATE


def kept(name: str) -> Path:
    """.kilnmix/NAME-DIGEST: pictures of another renderer are never taken up."""
    return STATE / f"{name}-{digests.of_code('kilnmix.demo.collection')[:12]}"

"""What identifies a base in digests and records: its bytes, its revision, its licence."""

from __future__ import annotations

import re
from pathlib import Path

from kilnmix.common import digests
from kilnmix.config import GeneratorSettings
from kilnmix.generator.bases import kinds

UNKNOWN = "unknown"


def fingerprint(settings: GeneratorSettings) -> str:
    """SHA-256 (hex) over a local base's files and their names inside it, or over the hub id and its cached commit."""
    path = Path(settings.base)
    if path.exists():
        return digests.of_files(path)
    return digests.of_state(base=settings.base, revision=revision(settings))


def revision(settings: GeneratorSettings) -> str | None:
    """The commit of a hub id that is on this machine; what the settings say where it cannot be told."""
    index = _cached(settings, "model_index.json")
    return index.parent.name if index else settings.revision


def licence(settings: GeneratorSettings) -> str:
    """The base's licence: as set, or as its model card or its file says; `unknown` where none does."""
    if settings.licence:
        return settings.licence
    path = Path(settings.base)
    if path.is_file():
        return kinds.header(path)[1].get("modelspec.license") or UNKNOWN
    card = path / "README.md" if path.is_dir() else _cached(settings, "README.md")
    if card is None or not card.is_file():
        return UNKNOWN
    found = re.search(r"^license:\s*[\"']?([\w.+-]+)", card.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    return found.group(1) if found else UNKNOWN


def _cached(settings: GeneratorSettings, name: str) -> Path | None:
    if Path(settings.base).exists() or settings.base.count("/") != 1:
        return None
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(settings.base, name, revision=settings.revision)
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None

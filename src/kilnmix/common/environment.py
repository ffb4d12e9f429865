"""What has to be set before the heavy libraries are imported: no calls home, no spinning threads."""

from __future__ import annotations

import os
import warnings

_SETTINGS = {
    "NO_ALBUMENTATIONS_UPDATE": "1",
    "DVC_NO_ANALYTICS": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "DIFFUSERS_VERBOSITY": "error",
    "TRANSFORMERS_VERBOSITY": "error",
    # Threads that spin while they wait cost a factor of six on a machine that somebody else uses too.
    "OMP_WAIT_POLICY": "PASSIVE",
    "PYTHONWARNINGS": "ignore::DeprecationWarning,ignore::FutureWarning",
}


def settle() -> None:
    """Sets what is not set; a person's own setting stands."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    # Of libraries to libraries; PYTHONWARNINGS above says the same to the processes that this one starts.
    for category in (DeprecationWarning, FutureWarning):
        warnings.simplefilter("ignore", category)

"""`kilnmix plan`: what a study can show and what it takes, before it is run."""

from __future__ import annotations

from typing import Annotated

import typer


def plan(
    folds: Annotated[int | None, typer.Option(min=1, help="Other than params.yaml's.")] = None,
    adapters: Annotated[int | None, typer.Option(min=1, help="A fold; other than params.yaml's.")] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="An adapter; other than params.yaml's.")] = None,
    gpu: Annotated[bool | None, typer.Option("--gpu/--cpu", help="Otherwise as the machine has one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
) -> None:
    """Tell, before anything is trained, what the prepared photographs can show and what it will take."""
    import json

    from kilnmix.collection import prepared
    from kilnmix.common.devices import cuda_devices
    from kilnmix.common.paths import PREPARED
    from kilnmix.config import load
    from kilnmix.experiment import plan as planning

    params = planning.reshaped(load(), folds, adapters, seeds)
    photographs = prepared.load(PREPARED)
    study = planning.plan(params, photographs, bool(cuda_devices()) if gpu is None else gpu)
    print(json.dumps(study.to_json(), ensure_ascii=False, indent=1) if as_json else planning.text(study))

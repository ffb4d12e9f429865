"""`kilnmix plan`: what a study can show and what it takes, before it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kilnmix.collection.prepared import Prepared
    from kilnmix.config import Params


def plan(
    folds: Annotated[int | None, typer.Option(min=1, help="Other than params.yaml's.")] = None,
    adapters: Annotated[int | None, typer.Option(min=1, help="A fold; other than params.yaml's.")] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="An adapter; other than params.yaml's.")] = None,
    gpu: Annotated[bool | None, typer.Option("--gpu/--cpu", help="Otherwise as the machine has one.")] = None,
    budget: Annotated[
        str | None, typer.Option(help="A time, such as 8h: the design that shows the smallest effects in it.")
    ] = None,
    effect: Annotated[
        float | None, typer.Option(min=0.01, help="Points of macro-F1: the cheapest design that shows so much.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
) -> None:
    """Tell, before anything is trained, what the prepared photographs can show and what it will take.

    --budget and --effect choose folds, adapters and seeds instead; they read variances from what `train` left.
    """
    import json

    from kilnmix.collection import prepared
    from kilnmix.common.devices import cuda_devices
    from kilnmix.common.paths import PREPARED
    from kilnmix.config import load
    from kilnmix.experiment import plan as planning

    params = planning.reshaped(load(), folds, adapters, seeds)
    photographs = prepared.load(PREPARED)
    if budget is not None or effect is not None:
        _chosen(params, photographs, budget, effect, gpu, as_json)
        return
    study = planning.plan(params, photographs, bool(cuda_devices()) if gpu is None else gpu)
    print(json.dumps(study.to_json(), ensure_ascii=False, indent=1) if as_json else planning.text(study))


def _chosen(
    params: Params, photographs: Prepared, budget: str | None, effect: float | None, gpu: bool | None, as_json: bool
) -> None:
    """Prints the design for a time or for an effect."""
    import json

    from kilnmix.common.devices import cuda_devices
    from kilnmix.common.errors import UserError
    from kilnmix.experiment import budget as choosing
    from kilnmix.experiment.outputs import tables

    if budget is not None and effect is not None:
        raise UserError("A plan is for a time or for an effect: give --budget or --effect, not both.")
    sources = [(fold, path) for fold, path in tables(params, "val") if path.exists()]
    made = choosing.make(
        params,
        photographs,
        sources,
        bool(cuda_devices()) if gpu is None else gpu,
        seconds=None if budget is None else choosing.duration(budget),
        effect=None if effect is None else effect / 100,
    )
    print(json.dumps(made.to_json(), ensure_ascii=False, indent=1) if as_json else choosing.text(made))

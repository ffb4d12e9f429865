"""One command a stage; `dvc repro` calls them in their order."""

from __future__ import annotations

from typing import Annotated

import typer

FoldOption = Annotated[str, typer.Option("--fold", help="A fold's number, or `all`.")]
AdapterOption = Annotated[int, typer.Option("--adapter", help="An adapter's number.")]
LookOption = Annotated[int, typer.Option("--look", help="A planned look's number.")]


def _run(stage: str, fold: str | None = None, adapter: int | None = None, look: int | None = None) -> None:
    from kilnmix.common.commands import runnable
    from kilnmix.config import load
    from kilnmix.stages.runner import execute

    print(runnable(execute(load(), stage, fold, adapter, look)))


def prepare() -> None:
    """Check, de-duplicate, group and split the photographs; decode their pixels once."""
    _run("prepare")


def judge(fold: FoldOption = "0") -> None:
    """Train the cross-fitted real-only classifiers that curation looks through."""
    _run("judge", fold)


def encode(fold: FoldOption = "0") -> None:
    """Compute latents and caption embeddings of a fold's training photographs."""
    _run("encode", fold)


def finetune(fold: FoldOption = "0", adapter: AdapterOption = 0) -> None:
    """Tune a LoRA adapter of the base diffusion model."""
    _run("finetune", fold, adapter)


def generate(
    fold: FoldOption = "0",
    adapter: AdapterOption = 0,
    shard: Annotated[
        str | None,
        typer.Option("--shard", help="Draw a part alone, such as 2/8: the second of eight. The stage takes it up."),
    ] = None,
) -> None:
    """Draw a pool of synthetic images for label combinations."""
    if shard is None:
        _run("generate", fold, adapter)
        return
    from kilnmix.common.processes import stage_lock
    from kilnmix.config import load
    from kilnmix.generator.drawing.draw import parse_shard
    from kilnmix.stages.generate import run_shard
    from kilnmix.stages.runner import known_adapter, known_fold

    part, params = parse_shard(shard), load()
    number = known_fold(params, fold)
    with stage_lock("generate", number, known_adapter(params, adapter), "shard", part.number, part.count):
        print(f"generate: {run_shard(params, number, adapter, part)}")


def curate(fold: FoldOption = "0", adapter: AdapterOption = 0) -> None:
    """Accept, mask or reject the pool's images."""
    _run("curate", fold, adapter)


def train(
    fold: FoldOption = "0",
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Train just this arm, print what validation gives it, and write no outputs."),
    ] = None,
) -> None:
    """Train every fixed arm of the comparison."""
    if not only:
        _run("train", fold)
        return
    from kilnmix.common.errors import UserError
    from kilnmix.common.processes import stage_lock
    from kilnmix.config import load
    from kilnmix.experiment.training import train_only
    from kilnmix.stages.runner import known_fold
    from kilnmix.tracking import live

    params = load()
    number = known_fold(params, fold)
    if not isinstance(number, int):
        raise UserError("--only takes a fold with a validation part, which `all` has not.")
    # Of its own, beside the stage's: both may train at once, but `kilnmix clean` waits for both.
    with stage_lock("train", number, "only"), live.stage(params, "train", number):
        print(train_only(params, number, only))


def search(
    fold: FoldOption = "0",
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Processes that take trials; they share the machine's cores.")
    ] = 1,
    join: Annotated[bool, typer.Option("--join", help="Only train trials of a search that runs elsewhere.")] = False,
) -> None:
    """Search shares and loss weights on validation, with and without synthetic images.

    Where the same search runs in this folder already, this one joins it.
    """
    from kilnmix.commands.searching import run_search

    print(run_search(fold, workers, join))


def confirm(fold: FoldOption = "0") -> None:
    """Train the arms that the search chose."""
    _run("confirm", fold)


def look(look: LookOption = 0) -> None:
    """Read the test parts at a look planned beforehand: which arms need further seeds."""
    _run("look", look=look)


def extend(look: LookOption = 0, fold: FoldOption = "0") -> None:
    """Train the arms that a look left open with the seeds of the next look."""
    _run("extend", fold, look=look)


def compare() -> None:
    """Compare the arms on the test parts: verdict and report."""
    _run("compare")


def refit() -> None:
    """Train the chosen recipe on all objects: the classifier to take away."""
    _run("refit")

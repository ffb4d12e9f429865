"""The command line: one command a stage, and the ways in and out of the pipeline."""

from __future__ import annotations

import dataclasses
import importlib
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from kilnmix.commands.collection import app as collection_app
from kilnmix.commands.demo import app as demo_app
from kilnmix.common import environment as quiet
from kilnmix.common.errors import UserError
from kilnmix.config import Params, load

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Do images drawn by a diffusion model tuned on your photographs make your classifier better?",
)

app.add_typer(demo_app, name="demo")
app.registered_commands += collection_app.registered_commands

FoldOption = Annotated[str, typer.Option("--fold", help="A fold's number, or `all`.")]
AdapterOption = Annotated[int, typer.Option("--adapter", help="An adapter's number.")]


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def _run_stage(stage: str, fold: str | None = None, adapter: int | None = None) -> None:
    from kilnmix.common.paths import output
    from kilnmix.common.processes import alone, end_with_dvc
    from kilnmix.stages import SCOPES
    from kilnmix.tracking.publishing import publish_or_warn

    params = load()
    begun = time.monotonic()
    module = importlib.import_module(f"kilnmix.stages.{stage}")
    arguments: list[Any] = [params]
    if fold is not None:
        arguments.append(_fold(fold, params))
    if adapter is not None:
        if adapter not in params.adapters:
            named = ", ".join(map(str, params.adapters))
            raise UserError(f"There is no adapter {adapter}: params.yaml names the adapters {named}.")
        arguments.append(adapter)
    end_with_dvc()
    with alone(stage, *arguments[1:]):
        outcome = module.run(*arguments)
    whole, *parts = outcome.records
    whole = dataclasses.replace(whole, seconds=time.monotonic() - begun)
    publish_or_warn(params, [whole, *parts])
    where = {"collection": "", "fold": f" (fold {fold})", "adapter": f" (fold {fold}, adapter {adapter})"}
    folder = output(stage, *arguments[1:])
    place = "" if str(folder) in outcome.sentence or not folder.exists() else f" in {folder}"
    print(f"{stage}{where[SCOPES[stage]]}: {outcome.sentence}{place}, {_duration(time.monotonic() - begun)}.")


def _fold(text: str, params: Params) -> int | str:
    fold = int(text) if text.isdigit() else text
    if fold not in params.pools:
        raise UserError(f"There is no fold {text!r}: params.yaml names the folds {', '.join(map(str, params.pools))}.")
    return fold


@app.command()
def prepare() -> None:
    """Check, de-duplicate, group and split the photographs; decode their pixels once."""
    _run_stage("prepare")


@app.command()
def judge(fold: FoldOption = "0") -> None:
    """Train the cross-fitted real-only classifiers that curation looks through."""
    _run_stage("judge", fold)


@app.command()
def encode(fold: FoldOption = "0") -> None:
    """Compute latents and caption embeddings of a fold's training photographs."""
    _run_stage("encode", fold)


@app.command()
def finetune(fold: FoldOption = "0", adapter: AdapterOption = 0) -> None:
    """Tune a LoRA adapter of the base diffusion model."""
    _run_stage("finetune", fold, adapter)


@app.command()
def generate(fold: FoldOption = "0", adapter: AdapterOption = 0) -> None:
    """Draw a pool of synthetic images for attested label combinations."""
    _run_stage("generate", fold, adapter)


@app.command()
def curate(fold: FoldOption = "0", adapter: AdapterOption = 0) -> None:
    """Accept, mask or reject the pool's images."""
    _run_stage("curate", fold, adapter)


@app.command()
def train(
    fold: FoldOption = "0",
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Train just this arm, say what validation gives it, and write no outputs."),
    ] = None,
) -> None:
    """Train every fixed arm of the comparison."""
    if not only:
        _run_stage("train", fold)
        return
    from kilnmix.stages import train as stage

    params = load()
    number = _fold(fold, params)
    if not isinstance(number, int):
        raise UserError("--only takes a fold with a validation part, which `all` has not.")
    print(stage.only(params, number, only))


@app.command()
def search(fold: FoldOption = "0") -> None:
    """Search shares and loss weights on validation, with and without synthetic images."""
    _run_stage("search", fold)


@app.command()
def confirm(fold: FoldOption = "0") -> None:
    """Train the arms that the search found."""
    _run_stage("confirm", fold)


@app.command()
def compare() -> None:
    """Compare the arms on the test parts: verdict and report."""
    _run_stage("compare")


@app.command()
def refit() -> None:
    """Train the chosen recipe on all objects: the classifier to take away."""
    _run_stage("refit")


@app.command(name="import")
def import_command(
    folder: Annotated[Path, typer.Argument(help="The folder that the photographs are in.")],
    labels: Annotated[Path | None, typer.Option(help="The label table: CSV, TSV or XLSX.")] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(help="A column to learn, once for each; without a table, what the subfolders are."),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of the table, where it is not found out.")] = None,
) -> None:
    """Put your photographs and their labels into data/, in the place of the demo's."""
    from kilnmix.collection.intake import import_photographs
    from kilnmix.commands import compose

    settings = load().collection
    if task:
        settings = settings.model_copy(update={"tasks": tuple(task)})
    changes = compose.adopt(settings.tasks)  # before anything is moved: conf/ may not take them
    imported = import_photographs(folder, labels, settings, task[0] if task and len(task) == 1 else None, encoding)
    changes.write()
    print(f"import: {imported.sentence}; {changes.sentence}. Next: `dvc repro`.")


@app.command(name="retrieve")
def retrieve_command(
    folder: Annotated[Path, typer.Argument(help="The folder that the other photographs are in.")],
    labels: Annotated[Path, typer.Option(help="Their label table: CSV, TSV or XLSX.")],
    into: Annotated[Path, typer.Option(help="Folder to put the pool into.")] = Path("retrieved"),
    share: Annotated[float, typer.Option(min=0.01, max=0.99, help="Of the arm that is proposed.")] = 0.1,
    encoding: Annotated[str | None, typer.Option(help="Of the table, where it is not found out.")] = None,
) -> None:
    """Make a pool of other photographs to mix in, without those that the collection holds too."""
    from kilnmix.collection import prepared
    from kilnmix.common.paths import PREPARED
    from kilnmix.curation import retrieval

    found = retrieval.retrieve(folder, labels, load().collection, prepared.load(PREPARED), into, encoding)
    print(f"retrieve: {found.sentence}. An arm for conf/arms/:\n\n{found.arm(share)}")


@app.command(name="compose")
def compose_command(
    overrides: Annotated[list[str] | None, typer.Argument(help="Such as profile=sd15 classifier.steps=500.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether params.yaml is what conf/ composes.")
    ] = False,
) -> None:
    """Compose conf/ into params.yaml, which is what `dvc repro` reads."""
    from kilnmix.commands import compose

    if check:
        text, _ = compose.compose(overrides or [])
        if Path("params.yaml").read_text(encoding="utf-8") != text:
            raise UserError("params.yaml is not what conf/ composes. Write it anew with `kilnmix compose`.")
        print("params.yaml is what conf/ composes.")
        return
    params = compose.write(overrides or [])
    print(f"params.yaml: profile {params.profile}, {len(params.folds)} folds, {len(params.adapters)} adapters.")


@app.command(name="plan")
def plan_command(
    folds: Annotated[int | None, typer.Option(min=1, help="Other than params.yaml's.")] = None,
    adapters: Annotated[int | None, typer.Option(min=1, help="A fold; other than params.yaml's.")] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="An adapter; other than params.yaml's.")] = None,
    gpu: Annotated[bool | None, typer.Option("--gpu/--cpu", help="Otherwise as the machine has one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
) -> None:
    """Tell, before anything is trained, what the prepared photographs can show and what it will take."""
    import json

    from kilnmix.collection import prepared
    from kilnmix.common.paths import PREPARED
    from kilnmix.experiment import plan as outlook

    params = outlook.reshaped(load(), folds, adapters, seeds)
    photographs = prepared.load(PREPARED)
    made = outlook.plan(params, photographs, Path("/dev/nvidia0").exists() if gpu is None else gpu)
    print(json.dumps(made.to_json(), ensure_ascii=False, indent=1) if as_json else outlook.text(made))


@app.command(name="predict")
def predict_command(
    pictures: Annotated[list[Path], typer.Argument(help="Picture files, or folders that hold some.")],
    model: Annotated[Path, typer.Option(help="The model's folder, as `refit` leaves it.")] = Path("out/refit"),
    top: Annotated[int, typer.Option(min=1, help="How many classes a task.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a picture instead of CSV.")] = False,
) -> None:
    """Tell the classes of pictures with the classifier that `refit` made."""
    from kilnmix.commands import predict as answers

    rows = answers.answer(answers.expand(pictures), model, top)
    (answers.write_json if as_json else answers.write_csv)(rows)


@app.command(name="export-paper")
def export_paper(
    folder: Annotated[Path, typer.Argument(help="Where the tables, figures and texts go.")] = Path("paper"),
) -> None:
    """Write tables (LaTeX, CSV), figures (PDF), a methods section and references for a paper."""
    from kilnmix.report import paper
    from kilnmix.stages import compare

    written = paper.files(compare.read(load()))
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in written.items():
        (folder / name).write_bytes(content)
    print(f"export-paper: {len(written)} files in {folder}: {', '.join(sorted(written))}.")


@app.command()
def guidelines(
    reports: Annotated[list[Path], typer.Argument(help="The reports/ folders of several studies.")],
    to: Annotated[Path, typer.Option(help="The page to write.")] = Path("guidelines.html"),
    language: Annotated[str, typer.Option(help="en or zh")] = "en",
) -> None:
    """Set several studies side by side: where did synthetic images help?"""
    from kilnmix.report import guidelines as several

    to.write_text(several.render(several.load_all(reports), language), encoding="utf-8")
    print(f"guidelines: {len(reports)} studies in {to}.")


@app.command()
def runs() -> None:
    """Log to MLflow the runs that the outputs tell of and MLflow lacks, as after a restore from DVC's cache."""
    from kilnmix.tracking.location import store_uri
    from kilnmix.tracking.publishing import publish
    from kilnmix.tracking.records import read_all

    params = load()
    records = read_all()
    logged = publish(params, records)
    print(f"{logged} of {len(records)} runs were missing and are now in {store_uri(params)}.")


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="On 127.0.0.1.")] = 5000,
    host: Annotated[
        str, typer.Option(help="Listen elsewhere than on this machine only at your own risk.")
    ] = "127.0.0.1",
) -> None:
    """Open the MLflow UI on this project's runs."""
    import os

    from kilnmix.tracking.location import store_uri
    from kilnmix.tracking.store import open_store

    params = load()
    if params.tracking.uri:
        raise UserError(f"The runs are on the server {params.tracking.uri}: open it in a browser.")
    open_store(params)
    python = sys.executable
    arguments = ["-m", "mlflow", "server", "--backend-store-uri", store_uri(params), "--host", host]
    os.execv(python, [python, *arguments, "--port", str(port), "--workers", "1"])


def main() -> None:
    """Runs a command; a fault that the person can mend ends it with a sentence and status 2."""
    quiet.settle()
    try:
        app()
    except UserError as error:
        print(f"kilnmix: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("kilnmix: stopped. What was done is kept; the same command goes on from there.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()

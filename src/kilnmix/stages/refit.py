"""refit: the recipe that validation chose or `refit_arm` names, on all objects: the classifier to take away."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from kilnmix.classifier import predict
from kilnmix.classifier.export import export
from kilnmix.classifier.results import read_metrics
from kilnmix.classifier.training.parallel import train_all
from kilnmix.collection import prepared
from kilnmix.common.nested import flatten
from kilnmix.common.paths import PREPARED, output
from kilnmix.config import Params
from kilnmix.experiment.arms import describe
from kilnmix.experiment.refitting import card, choose, temperatures, write_limits
from kilnmix.experiment.training import RUNS
from kilnmix.stages import Outcome
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, tags
from kilnmix.tracking.trainings import LiveTrainings


def run(params: Params, draft: Path) -> Outcome:
    photographs = prepared.load(PREPARED)
    choice = choose(params, photographs)
    training, name = choice.training, choice.name
    folder = train_all([training], RUNS, 1, label="refit", watcher=LiveTrainings())[training.digest()]
    trained = predict.load(folder)
    calibrated = temperatures(params, name) or trained.card.temperatures
    model = dataclasses.replace(trained, card=dataclasses.replace(trained.card, temperatures=calibrated))
    model.write(draft)
    without = export(model, draft)
    limits = write_limits(params, photographs, choice, model, draft)
    text = json.dumps({**card(params, choice, photographs), **limits}, ensure_ascii=False, indent=1) + "\n"
    (draft / "card.json").write_text(text, encoding="utf-8")
    inputs = [DataInput(str(PREPARED), "training")]
    if training.extra is not None:
        inputs.append(DataInput(str(choice.pool), "mixing"))
    own = {"arm": name, "seed": training.tags["seed"]}
    record = Record(
        name="refit",
        tags=tags("refit", params.refit_pool, params.adapters[0], **own),
        params={**describe(choice.arm), **flatten(training.settings.model_dump(mode="json"), "classifier.")},
        metrics={
            "photographs": len(training.train),
            **{f"validation.{arm}": value for arm, value in choice.scores.items()},
        },
        curves={"loss": list(read_metrics(folder / "metrics.json").losses)},
        inputs=inputs,
        artifacts=[str(output("refit") / "card.json")],
        model=str(output("refit")),
    )
    chosen = "validation adopts" if params.refit_arm is None else "refit_arm names"
    sentence = f"the arm {name}, which {chosen}, trained on all {len(training.train)} photographs"
    sentence += f"; {without}" if without else ""
    sentence += f". {choice.left_out}" if choice.left_out else ""
    return Outcome(sentence, [record])

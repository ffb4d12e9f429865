"""search: Optuna on validation alone, with synthetic images and, at the same budget, without."""

from __future__ import annotations

from pathlib import Path

from kilnmix.common.nested import flatten
from kilnmix.common.paths import PREPARED, output
from kilnmix.common.progress import bar
from kilnmix.config import Params
from kilnmix.experiment import search_tables
from kilnmix.experiment.outputs import BEST, write_found
from kilnmix.experiment.search import STUDIES
from kilnmix.experiment.search_tables import IMPORTANCES, PLAYOFF, TRIALS
from kilnmix.experiment.studies import search
from kilnmix.experiment.training import arm_builder
from kilnmix.experiment.trials import Trial
from kilnmix.stages import Outcome
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, tags


def run(params: Params, fold: int, draft: Path) -> Outcome:
    builder = arm_builder(params, fold, test=False)
    with bar(2 * params.search.trials, f"search fold {fold}", "trial") as progress:
        result = search(builder, progress.update)
    write_found(draft, {name: taken.trial.arm for name, taken in result.adopted.items()})
    trials = result.told
    search_tables.write(draft, result.space, trials, list(result.adopted.values()), result.importances)
    pool = output("curate", fold, params.adapters[0])
    inputs = [DataInput(str(PREPARED), "training"), DataInput(str(pool), "mixing")]
    whole = Record(
        name=f"search {fold}",
        tags=tags("search", fold),
        params=flatten(params.search.model_dump(mode="json"), "search."),
        metrics={f"best.{name}": taken.trial.score for name, taken in result.adopted.items()},
        curves={f"score.{name}": [(t.number, t.score) for t in trials if t.study == name] for name in STUDIES},
        inputs=inputs,
        artifacts=[str(output("search", fold) / name) for name in (BEST, TRIALS, PLAYOFF, IMPORTANCES)],
    )
    stopped = sum(trial.state == "pruned" for trial in trials)
    early = f", {stopped} of them stopped early" if stopped else ""
    sentence = f"{len(trials)} trials{early}; {_best(result.adopted['searched'].trial)}"
    return Outcome(sentence, [whole, *result.records(inputs, builder.photographs.tasks)])


def _best(trial: Trial) -> str:
    share = trial.arm.share if isinstance(trial.arm.share, dict) else {}
    if not any(share.values()):
        return f"validation adopts no synthetic images ({trial.score:.3f})"
    shares = ", ".join(f"{task} {value:.0%}" for task, value in share.items())
    return f"best shares {shares} (macro-F1 on validation {trial.score:.3f})"

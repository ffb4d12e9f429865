"""Everything that the report shows of a study, in one value."""

from __future__ import annotations

import platform
from importlib.metadata import version

from kilnmix.collection import rules_file
from kilnmix.collection.card import card
from kilnmix.collection.prepared import Task
from kilnmix.common.paths import PREPARED, output
from kilnmix.config import Params
from kilnmix.curation import frontier
from kilnmix.experiment.comparison import Comparison
from kilnmix.experiment.outputs import trainings
from kilnmix.experiment.subsets import training_counts
from kilnmix.report.collect.learning_curves import curve_points
from kilnmix.report.collect.pictures import photographs_of_part, samples
from kilnmix.report.collect.pools import alignments, pool_count, pool_support
from kilnmix.report.collect.provenance import commands, rendered
from kilnmix.report.collect.searches import searches
from kilnmix.report.collect.trainings import trained_networks
from kilnmix.report.collect.tunings import tuning
from kilnmix.report.inputs import ClassName, ReportInputs
from kilnmix.tracking.revision import commit, dvc_digest, uncommitted

SOFTWARE = ("torch", "torchvision", "pytorch-lightning", "diffusers", "peft", "optuna", "mlflow", "dvc")
"""Packages whose versions the report lists."""


def report_inputs(params: Params, comparison: Comparison) -> ReportInputs:
    """The study with what its stages left behind it.

    Raises:
        UserError: an output that the report needs is missing or damaged.
    """
    photographs, verdict, outcomes = comparison.photographs, comparison.verdict, comparison.outcomes
    pairs = [(fold, adapter) for fold in params.folds for adapter in params.adapters]
    measured = frontier.read(frontier.POINTS)
    current = frontier.current(params, measured)
    folder = params.collection.folder
    versioned = [str(folder), str(PREPARED), "pocket", *(str(output("curate", *pair)) for pair in pairs)]
    return ReportInputs(
        params=params,
        verdict=verdict,
        outcomes=outcomes,
        training_counts={
            task.name: training_counts(photographs, params.folds, task.name) for task in photographs.tasks
        },
        names={task.name: _names(task) for task in photographs.tasks},
        alignment=tuple(alignments(photographs, pairs)),
        pools=tuple(pool_count(photographs, *pair) for pair in pairs),
        support=tuple(own for pair in pairs if (own := pool_support(*pair)) is not None),
        frontier=tuple(current),
        frontier_stale=len(measured) - len(current),
        samples=samples(photographs, *pairs[0]),
        photographs={part: photographs_of_part(params, photographs, part) for part in ("train", "val", "test")},
        card=card.load(PREPARED / "card.json"),
        curve=tuple(curve_points(params, photographs, verdict, outcomes)),
        searches=tuple(search for fold in params.folds for search in searches(fold)),
        tunings=tuple(each for pair in pairs if (each := tuning(*pair, pair == pairs[0])) is not None),
        trained=trained_networks([path for fold in params.folds for path in trainings(params, fold)]),
        label_rules=0
        if params.generator.pool is not None
        else len(rules_file.read(params.collection, photographs.tasks).rules),
        looks=comparison.looks,
        sequential=comparison.sequential,
        digests={name: digest for name in versioned if (digest := dvc_digest(name))},
        versions={name: version(name) for name in SOFTWARE},
        rendered=rendered(folder),
        commands=commands(folder, commit(), uncommitted()),
        machine=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
    )


def _names(task: Task) -> dict[str, ClassName]:
    return {name: ClassName(en=task.words[name], zh=task.native.get(name, "")) for name in task.classes}

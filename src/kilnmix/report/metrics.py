"""The study as flat numbers: all of them for MLflow, a screen's width for `dvc metrics diff` and `dvc exp show`."""

from __future__ import annotations

from kilnmix.report.exploratory import focus_pair, testable_pairs
from kilnmix.report.inputs import ReportInputs

HEADLINES = 10


def metrics(inputs: ReportInputs) -> dict[str, float | int | str]:
    """`TASK.ARM.f1`, `.delta`, `.low`, `.high` (fractions), `.p`, `.detectable`, `.verdict`, and `looks`; what is not
    known is left out."""
    flat: dict[str, float | int | str] = {}
    for task in inputs.verdict.tasks:
        for arm, f1 in task.f1.items():
            place = f"{task.task}.{arm}"
            if f1 is not None:
                flat[f"{place}.f1"] = round(f1, 6)
            verdict = task.arms.get(arm)
            if verdict is None:
                continue
            if verdict.vs_real is not None:
                for name in ("delta", "low", "high", "p"):
                    flat[f"{place}.{name}"] = round(float(getattr(verdict.vs_real, name)), 6)
            if verdict.detectable is not None:
                flat[f"{place}.detectable"] = round(float(verdict.detectable), 6)
            flat[f"{place}.verdict"] = verdict.verdict
    if inputs.looks is not None:
        flat["looks"] = inputs.looks
    return flat


def headline(inputs: ReportInputs) -> dict[str, float | int | str]:
    """At most `HEADLINES` of `metrics`, by the same names: for every task how `real` scores and what the fixed arm with
    the highest share gains, as far as there is room; `looks`. Which they are does not depend on results."""
    known, focus = metrics(inputs), focus_pair(inputs, testable_pairs(inputs)[1])
    arm = focus[0] if focus else "searched"
    tasks = [task.task for task in inputs.verdict.tasks]
    wanted = [f"{task}.{arm}.delta" for task in tasks] + [f"{task}.real.f1" for task in tasks]
    chosen = [name for name in wanted if name in known][: HEADLINES - 1]
    return {name: known[name] for name in known if name in chosen or name == "looks"}

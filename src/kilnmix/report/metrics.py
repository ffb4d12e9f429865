"""The study as flat numbers, for `dvc metrics diff`."""

from __future__ import annotations

from kilnmix.report.inputs import ReportInputs


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

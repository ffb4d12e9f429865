"""The data card in words."""

from __future__ import annotations

from markupsafe import Markup

from kilnmix.collection.card.card import Caution
from kilnmix.common.pages.wording import Wording


def caution_sentence(caution: Caution, t: Wording) -> Markup:
    """A caution as a sentence, names escaped.

    Args:
        t: the words of `kilnmix.collection.card`.
    """
    values = {name: _shown(name, value, t) for name, value in caution.values.items()}
    if caution.kind in ("decides", "together"):
        # Two tasks may be learnt one through the other; a source or a file format is learnt instead.
        values["danger"] = t("caution.danger", other=values["other"], task=task_name(caution.task, t))
    many = caution.values.get("pictures", len(caution.values.get("classes", ())))
    return t(f"caution.{caution.kind}", task=task_name(caution.task, t), n=many, **values)


def _shown(name: str, value: object, t: Wording) -> object:
    if isinstance(value, list):
        return t.joined([Markup.escape(each) for each in value])
    if name == "cramers_v":
        return f"{value:.2f}"
    if isinstance(value, float):
        return t.percent(value)
    return task_name(str(value), t) if name == "other" else value


def task_name(task: str, t: Wording) -> str:
    """A task, or a thing beside the labels, in words; a name that the texts do not know is shown as it is."""
    for key in (f"task.{task}", f"other.{task}"):
        if key in t:
            return t.plain(key)
    return task


def reason(name: str, t: Wording) -> str:
    """Why a row was left out, in words."""
    return t.plain(f"reason.{name}") if f"reason.{name}" in t else name.replace("-", " ")

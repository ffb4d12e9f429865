"""The words of a page in one language, and how numbers are written in it.

Each room that makes pages holds its texts in languages/LANGUAGE.yaml; what all pages share is in
common/pages/languages. The texts are the project's own and may carry markup. Values are escaped when they are put in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import yaml
from markupsafe import Markup

from kilnmix.common.errors import UserError
from kilnmix.common.nested import flatten
from kilnmix.common.pages.spacing import spaced

LANGUAGES = ("en", "zh")
MINUS, NO_BREAK = "\u2212", "\u00a0"


class Wording:
    """Texts by key; `wording(key, **values)` is safe markup, `wording.plain` bare text for plots.

    A text whose value `n` is 1 is taken from the key with `_one` behind it, if there is one.
    """

    def __init__(self, language: str, texts: dict[str, str]) -> None:
        self.language = language
        self.texts = texts

    def __contains__(self, key: str) -> bool:
        return key in self.texts

    def _text(self, key: str, values: dict[str, Any]) -> str:
        if values.get("n") == 1 and f"{key}_one" in self.texts:
            return self.texts[f"{key}_one"]
        return spaced(self.texts[key], values) if self.language == "zh" else self.texts[key]

    def __call__(self, key: str, **values: Any) -> Markup:
        return Markup(self._text(key, values)).format(**values)

    def plain(self, key: str, **values: Any) -> str:
        return Markup(self._text(key, values)).striptags().format(**values)

    def joined(self, parts: Sequence[Any], last: str = "and") -> Markup:
        """`a, b and c`; `last` may be `or`."""
        if len(parts) < 2:
            return Markup("").join(parts)
        return Markup(self.texts["list.comma"]).join(parts[:-1]) + Markup(self.texts[f"list.{last}"]) + parts[-1]

    def points(self, difference: float | None, sign: bool = True) -> str:
        """A difference of scores (a fraction) in points: +3.1."""
        if difference is None or not math.isfinite(difference):
            return "–"
        value = round(100 * difference, 1)
        before = MINUS if value < 0 else "+" if sign and value > 0 else ""
        return f"{before}{abs(value):.1f}"

    def plainly(self, difference: float) -> str:
        """A stated number of points (a fraction) with as many digits as it needs: 2, 2.5."""
        return f"{round(100 * difference, 1):g}"

    def signed(self, value: float) -> str:
        """A plain number with its sign: +0.42."""
        before = MINUS if round(value, 2) < 0 else "+" if round(value, 2) > 0 else ""
        return f"{before}{abs(value):.2f}"

    def figure(self, value: float | None) -> str:
        """A measured number without a unit, with three digits: 0.107."""
        if value is None or not math.isfinite(value):
            return "–"
        return f"{value:.3g}".replace("-", MINUS)

    def interval(self, low: float | None, high: float | None) -> str:
        """Two differences as [+0.8, +5.2]; nothing where there is no interval."""
        if low is None or high is None:
            return ""
        return f"[{self.points(low)},{NO_BREAK}{self.points(high)}]"

    def score(self, fraction: float | None) -> str:
        """A score (a fraction) out of 100: 71.3."""
        return "–" if fraction is None or not math.isfinite(fraction) else f"{100 * fraction:.1f}"

    def percent(self, fraction: float | None, digits: int = 0) -> str:
        """A share: 10 %."""
        if fraction is None or not math.isfinite(fraction):
            return "–"
        number = f"{100 * fraction:.{digits}f}"
        return f"{number}{self.texts['percent']}"

    def relative(self, change: float) -> str:
        """A relative change with its sign: +1.1 %."""
        value = round(100 * change, 1)
        before = MINUS if value < 0 else "+" if value > 0 else ""
        return f"{before}{abs(value):.1f}{self.texts['percent']}"

    def share(self, fraction: float) -> str:
        """A share with as many digits as it needs, up to one: 5 %, 12.5 %."""
        return f"{round(100 * fraction, 1):g}{self.texts['percent']}"

    def probability(self, p: float) -> str:
        """p < 0.001, or p = 0.02."""
        if p < 0.001:
            return f"p{NO_BREAK}<{NO_BREAK}0.001"
        return f"p{NO_BREAK}={NO_BREAK}{p:.3f}" if p < 0.1 else f"p{NO_BREAK}={NO_BREAK}{p:.2f}"


@cache
def languages(package: str) -> list[str]:
    """The languages that a package has texts in."""
    folder = resources.files(package) / "languages"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def load(package: str, language: str) -> Wording:
    """The texts of a package and those that all share, in `en` or `zh`.

    Raises:
        UserError: there is no such language.
    """
    known = languages(package)
    if language not in known:
        raise UserError(
            f"There is no report in the language {language!r}; set report.language to {' or '.join(known)}."
        )
    own = _texts(resources.files(package) / "languages" / f"{language}.yaml")
    return Wording(language, {**_shared(language), **own})


@dataclass(frozen=True)
class Edition:
    """A page in one language: its words, and the name of its file."""

    t: Wording
    file: str


def editions(package: str, stem: str) -> list[Edition]:
    """A page in every language. Stages write all, so that a change of language makes none of them anew."""
    return [Edition(load(package, language), page_file(stem, language)) for language in LANGUAGES]


def page_file(stem: str, language: str) -> str:
    """datacard.html in English, datacard.zh.html in Chinese."""
    return f"{stem}.html" if language == LANGUAGES[0] else f"{stem}.{language}.html"


def _shared(language: str) -> dict[str, str]:
    return _texts(resources.files("kilnmix.common.pages") / "languages" / f"{language}.yaml")


def _texts(file: Traversable) -> dict[str, str]:
    texts = flatten(yaml.safe_load(file.read_text(encoding="utf-8")))
    return {name: str(text) for name, text in texts.items()}

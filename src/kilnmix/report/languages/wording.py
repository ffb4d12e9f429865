"""The report's words."""

from __future__ import annotations

from kilnmix.common.pages.wording import Wording, load


def wording(language: str) -> Wording:
    """The texts of `en` or `zh`.

    Raises:
        UserError: there is no such language.
    """
    return load("kilnmix.report", language)

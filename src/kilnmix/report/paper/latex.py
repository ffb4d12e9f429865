"""Text and tables for LaTeX (packages booktabs and, for Chinese, xeCJK)."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CONTROL = dict.fromkeys((*range(32), 127), " ")
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "\u2212": "$-$",
    "\u00a0": "~",
    "–": "--",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "é": r"\'e",
}


def escaped(text: str) -> str:
    """Text that LaTeX sets as it reads."""
    return "".join(_SPECIAL.get(letter, letter) for letter in text.translate(_CONTROL))


def label(text: str) -> str:
    """Text as part of a label: letters, digits and hyphens."""
    return re.sub(r"[^\w-]|_", "-", text)


def cited(text: str) -> str:
    """Escaped text in which `[@a; @b]` has become a citation that does not leave its line."""
    parts = re.split(r" ?\[((?:@\w+)(?:; @\w+)*)\]", text)
    return "".join(
        rf"~\cite{{{part.replace('@', '').replace('; ', ',')}}}" if number % 2 else escaped(part)
        for number, part in enumerate(parts)
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str, label: str) -> str:
    """A table float with rules of booktabs; cells are escaped already, the first column is set flush left."""
    lines = [
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{caption}}}",
        rf"  \label{{{label}}}",
        rf"  \begin{{tabular}}{{l{'c' * (len(heads) - 1)}}}",
        r"    \toprule",
        f"    {' & '.join(heads)} \\\\",
        r"    \midrule",
        *(f"    {' & '.join(row)} \\\\" for row in rows),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"

"""Text and tables for LaTeX."""

from __future__ import annotations

from kilnmix.report.paper import latex


def test_escaping() -> None:
    assert latex.escaped("50 % of {a_b} & \\c") == r"50 \% of \{a\_b\} \& \textbackslash{}c"
    assert latex.cited("tuned [@a; @b] by 5 %") == r"tuned~\cite{a,b} by 5 \%"


def test_signs_and_controls() -> None:
    assert latex.escaped("−2.5 ± 1\u00a0% – é\x00") == r"$-$2.5 $\pm$ 1~\% -- \'e "
    assert latex.label("glaze_body 釉/2") == "glaze-body-釉-2"
    assert latex.cited("no [citation] here") == "no [citation] here"


def test_a_table_line_by_line() -> None:
    assert latex.table(("Arm", "F1"), [("real", "71.3")], "Scores", "tab:scores").splitlines() == [
        r"\begin{table}",
        r"  \centering",
        r"  \caption{Scores}",
        r"  \label{tab:scores}",
        r"  \begin{tabular}{lc}",
        r"    \toprule",
        r"    Arm & F1 \\",
        r"    \midrule",
        r"    real & 71.3 \\",
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]

"""`python -m bench.other_seeds` draws docs/other-seeds.svg: what `bench.rerendered` and `bench.true_differences` found.

A panel a task, a line a collection: the simultaneous interval of the mixture, coloured by its verdict, and a diamond at
the true difference of that collection's pool where it is known. Printed: how many claims and intervals of all arms the
truths bear out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt

from bench import rerendered, true_differences
from kilnmix.common import files
from kilnmix.report.plots.plot import BAND, COLOURS, INK, ZERO, plot, rows_of
from kilnmix.statistics.proportion import Proportion

OUT = Path("docs/other-seeds.svg")
TRUTHS = [true_differences.OUT.with_name(f"true-differences{name}.json") for name in ("", "-all", "-30")]
"""Of 60 %, of every mixture of further collections, and of these with thirty seeds an arm."""
PANEL = 190
"""Width of a panel, in pixels."""


def rows(studies: dict[str, Any], truths: dict[str, Any], arm: str) -> list[dict[str, Any]]:
    """Task, collection, interval and truth in points of an arm's comparisons that could be tested."""
    found = []
    for seed, study in studies.items():
        for (task, name), entry in rerendered.primary(study).items():
            if name == arm and entry["vs_real"]:
                true = truths.get(seed, {}).get(f"{task} {arm}", {}).get("true")
                points = {key: 100 * entry["vs_real"][key] for key in ("delta", "low", "high")}
                found.append(
                    {
                        "task": task,
                        "collection": int(seed),
                        "verdict": entry["verdict"],
                        **points,
                        **({} if true is None else {"true": 100 * true}),
                    }
                )
    return found


def chart(found: list[dict[str, Any]], margin: float) -> Any:
    """Panels side by side in the order of the tasks' mean differences, the largest first."""

    def mean(task: str) -> float:
        own = [row["delta"] for row in found if row["task"] == task]
        return sum(own) / len(own)

    kinds = [kind for kind in COLOURS if any(row["verdict"] == kind for row in found)]
    colour = alt.Color(
        "verdict:N",
        scale=alt.Scale(domain=kinds, range=[COLOURS[kind] for kind in kinds]),
        legend=alt.Legend(orient="top", title=None),
    )
    domain = [min(row["low"] for row in found) - 1, max(row["high"] for row in found) + 1]
    x = alt.X("low:Q", title="points macro-F1", scale=alt.Scale(domain=domain, nice=False))
    order = alt.Scale(domain=sorted({row["collection"] for row in found}))
    panels = []
    for place, task in enumerate(sorted({row["task"] for row in found}, key=mean, reverse=True)):
        own = [row for row in found if row["task"] == task]
        axis = alt.Axis(
            title="collection" if not place else None, labels=not place, ticks=False, domain=False, grid=False
        )
        y = alt.Y("collection:O", axis=axis, scale=order)
        base = alt.Chart(rows_of(own)).encode(y=y)
        truths = alt.Chart(rows_of([row for row in own if "true" in row])).encode(y=y)
        panels.append(
            alt.layer(
                alt.Chart(rows_of([{"low": -margin, "high": margin}])).mark_rect(color=BAND).encode(x=x, x2="high:Q"),
                alt.Chart(rows_of([{"low": 0}])).mark_rule(color=ZERO).encode(x=x),
                base.mark_rule(strokeWidth=2).encode(x=x, x2="high:Q", color=colour),
                base.mark_point(filled=True, size=45, opacity=1).encode(x="delta:Q", color=colour),
                truths.mark_point(size=90, strokeWidth=2, color=INK, shape="diamond").encode(x="true:Q"),
            ).properties(title=task, width=PANEL, height=alt.Step(16))
        )
    return alt.hconcat(*panels, spacing=14)


def known(studies: dict[str, Any], truths: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Collection -> its true differences; truths of other settings are no truths of these studies."""
    found: dict[str, Any] = {}
    for truth in truths:
        found |= truth["collections"] if truth["settings"] == studies["settings"] else {}
    return found


def borne_out(truths: dict[str, Any]) -> list[str]:
    """How many claims are not wrong and how many intervals hold; the comparisons of a collection are a group."""

    def line(name: str, each: Sequence[Sequence[bool]]) -> str:
        counted = Proportion.grouped([sum(right) for right in each], [len(right) for right in each])
        low, high = counted.interval
        groups = sum(bool(right) for right in each)
        share = f"{100 * low:.0f} to {100 * high:.0f} %; collections: {groups}"
        return f"{name}: {counted.hits} of {counted.total} ({share})"

    own = [list(entries.values()) for entries in truths.values()]
    claims = [[one["claim"] != "wrong" for one in entries if one["claim"] != "none"] for entries in own]
    return [
        line("claims that are not wrong", claims),
        line("intervals that hold", [[one["holds"] for one in entries] for entries in own]),
    ]


def drawn(studies: dict[str, Any], truths: dict[str, Any], arm: str) -> str:
    """The SVG; empty where no study could test the arm."""
    found = rows(studies["collections"], truths, arm)
    if not found:
        return ""
    margin = 100 * next(iter(studies["collections"].values()))["rules"]["margin"]
    picture = plot("other-seeds", chart(found, margin), "").still
    # Dark letters need their paper where the page is dark.
    return picture.replace("<g ", '<rect width="100%" height="100%" fill="#ffffff"/><g ', 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=Path, default=rerendered.OUT)
    parser.add_argument("--truths", type=Path, nargs="*", default=TRUTHS)
    parser.add_argument("--arm", default="mix-40-60")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    if not given.studies.exists():
        raise SystemExit(f"bench: {given.studies} is not there: python -m bench.rerendered makes it.")
    studies = json.loads(given.studies.read_text(encoding="utf-8"))
    truths = [json.loads(path.read_text(encoding="utf-8")) for path in given.truths if path.exists()]
    true = known(studies, truths)
    picture = drawn(studies, true, given.arm)
    if not picture:
        raise SystemExit(f"bench: no study of {given.studies} could test {given.arm}: choose another --arm.")
    files.write(given.out, picture)
    print("\n".join(borne_out(true)))


if __name__ == "__main__":
    main()

"""`python -m bench [GROUP ...]`: takes the figures that this machine can and writes bench/results/MACHINE.json.

A group is a module of this package with `measure() -> list[Row]`: prepare, classifier, tracking, compare, pipeline, ...
Figures of groups that are not run now stay in the file as they were.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import platform
import sys
from pathlib import Path

import bench
from bench.rows import Row, commit
from kilnmix.common import environment as quiet

RESULTS = Path(__file__).parent / "results"
_NO_GROUPS = {"rows", "__main__"}


def hardware() -> str:
    """Cores, architecture and accelerator in a line."""
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    accelerator = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return f"{cores} cores {platform.machine()}{accelerator}"


def main() -> None:
    # Before a group imports torch.
    quiet.settle()
    names = sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if module.name not in _NO_GROUPS)
    groups = [name for name in names if hasattr(importlib.import_module(f"bench.{name}"), "measure")]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("groups", nargs="*", help=f"of {', '.join(groups)}; all without any")
    chosen = parser.parse_args().groups or groups
    unknown = sorted(set(chosen) - set(groups))
    if unknown:
        sys.exit(f"bench: there is no group {', '.join(unknown)}; there are {', '.join(groups)}.")
    machine = hardware()
    rows: list[Row] = []
    for name in chosen:
        print(f"{name} ...", file=sys.stderr)
        rows += importlib.import_module(f"bench.{name}").measure()
    path = RESULTS / f"{machine.replace(',', '').replace(' ', '-').lower()}.json"
    path.parent.mkdir(exist_ok=True)
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    entries = {entry["name"]: entry for entry in before}
    entries |= {row.name: row.entry(machine, commit()) for row in rows}
    path.write_text(json.dumps(list(entries.values()), indent=1) + "\n", encoding="utf-8")
    for row in rows:
        entry = row.entry(machine, "")
        ratio = f"{entry['ratio']:.3g}" if entry["ratio"] is not None else "-"
        value = f"{row.value:.3g} {row.unit}" if row.value is not None else f"not taken: {row.why}"
        print(f"{row.name:36} {value:>24}  ratio {ratio:>7}  target {row.target}")


if __name__ == "__main__":
    main()

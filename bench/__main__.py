"""`python -m bench [GROUP ...]`: takes the figures that this machine can and writes bench/results/MACHINE.json.

A group is a module of this package with `measure() -> Iterable[Row]`: prepare, classifier, generator, compare, ...
Each row is printed and saved as it is taken.
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
_NO_GROUPS = {"rows", "__main__", "plain_loop", "samples"}


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
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("groups", nargs="*", help=f"of {', '.join(names)}; all without any")
    chosen = parser.parse_args().groups
    unknown = sorted(set(chosen) - set(names))
    if unknown:
        sys.exit(f"bench: there is no group {', '.join(unknown)}; there are {', '.join(names)}.")
    machine = hardware()
    # Only what is asked for is imported: a machine may lack what another group needs.
    for name in chosen or names:
        group = importlib.import_module(f"bench.{name}")
        if not hasattr(group, "measure"):
            print(f"{name} is a command of its own: python -m bench.{name}", file=sys.stderr)
            continue
        print(f"{name} ...", file=sys.stderr)
        for row in group.measure():
            keep(row, machine)
            tell(row, machine)


def keep(row: Row, machine: str) -> None:
    """Writes a row into this machine's file, in the place of an older one of its name."""
    path = RESULTS / f"{machine.replace(',', '').replace(' ', '-').lower()}.json"
    path.parent.mkdir(exist_ok=True)
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    entries = {entry["name"]: entry for entry in before} | {row.name: row.entry(machine, commit())}
    path.write_text(json.dumps(list(entries.values()), indent=1) + "\n", encoding="utf-8")


def tell(row: Row, machine: str) -> None:
    """Prints a row."""
    ratio = row.entry(machine, "")["ratio"]
    value = f"{row.value:.3g} {row.unit}" if row.value is not None else f"not taken: {row.why}"
    shown = f"{ratio:.3g}" if ratio is not None else "-"
    print(f"{row.name:36} {value:>24}  ratio {shown:>7}  target {row.target}", flush=True)


if __name__ == "__main__":
    main()

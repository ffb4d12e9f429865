"""A process that has imported everything and forks a command of kilnmix whenever it is told to.

Importing torch and diffusers takes longer than a tiny stage; thirty kills would do it sixty times.

Reads lines of JSON from standard input and answers each with a line:

    {"run": [...], "folder": "...", "mark": "...", "errors": "..."}     the process's id
    {"wait": PID, "hang": bool}                                         its status, or null while it lives
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

MARK = "KILNMIX_TEST_MARK"


def main() -> None:
    from kilnmix import cli
    from kilnmix.common import environment
    from kilnmix.stages import SCOPES

    environment.settle()
    for name in ("kilnmix.stages.runner", *(f"kilnmix.stages.{stage}" for stage in SCOPES)):
        importlib.import_module(name)
    from diffusers import StableDiffusionPipeline  # noqa: F401

    for line in sys.stdin:
        told = json.loads(line)
        if "wait" in told:
            pid, status = os.waitpid(told["wait"], 0 if told["hang"] else os.WNOHANG)
            print(json.dumps(os.waitstatus_to_exitcode(status) if pid else None), flush=True)
            continue
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        os.setsid()
        os.chdir(told["folder"])
        os.environ[MARK] = told["mark"]
        errors = os.open(told["errors"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        os.dup2(errors, 2)
        sys.argv = ["kilnmix", *told["run"]]
        status = 1
        try:
            cli.main()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 1
        finally:
            sys.stderr.flush()
            os._exit(status)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2] / "src"))
    main()

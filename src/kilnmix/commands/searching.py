"""`kilnmix search` with several processes: the stage's own, and workers that only train trials."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from kilnmix.common import environment
from kilnmix.common.devices import cores, resolved
from kilnmix.common.errors import UserError
from kilnmix.common.processes import begun_by_dvc, end_with_parent, stage_lock, stage_runs
from kilnmix.config import Params, load
from kilnmix.experiment.studies import join
from kilnmix.experiment.training import arm_builder
from kilnmix.stages import Outcome
from kilnmix.stages.runner import execute, known_fold
from kilnmix.tracking.live import Live

_LEAVING_SECONDS = 60.0


def run_search(fold: str, workers: int, only_join: bool) -> str:
    """Runs the stage, or joins the one that runs; returns the line to print.

    Raises:
        UserError: params.yaml names no such fold, or it has no validation part.
    """
    params = load()
    number = known_fold(params, fold)
    if not isinstance(number, int):
        raise UserError("A search takes a fold with a validation part, which `all` has not.")
    if workers > 1:
        params = sharing(params, workers)
    # DVC waits for an output, which whoever joins does not write.
    if only_join or (not begun_by_dvc() and stage_runs("search", number)):
        with _joining(number):
            done = join(arm_builder(params, number, test=False))
        return (
            f"search (fold {number}): joined, and trained {done} trials; the process that began it writes the output."
        )
    with _beside(fold, workers):
        return execute(params, "search", fold, after=partial(show, params, number))


@contextlib.contextmanager
def _joining(fold: int) -> Iterator[None]:
    """A lock for each process that joins, which takes no other's trials: `kilnmix clean` waits for all of them."""
    with contextlib.ExitStack() as held:
        for place in itertools.count(1):
            with contextlib.suppress(UserError):
                held.enter_context(stage_lock("search", fold, "join", place))
                break
        yield


def show(params: Params, fold: int, outcome: Outcome, telling: Live) -> None:
    """Gives the search's run in MLflow the plots of its studies. The search has ended well, whatever they come to."""
    try:
        _plot(params, fold, outcome, telling)
    except Exception as error:
        print(f"kilnmix: the plots of the search could not be drawn: {error or type(error).__name__}", file=sys.stderr)


def _plot(params: Params, fold: int, outcome: Outcome, telling: Live) -> None:
    from kilnmix.experiment.attempts import attempts
    from kilnmix.report.collect.searches import searches
    from kilnmix.report.search_plots import drawn
    from kilnmix.tracking.records import STORED

    names = {str(record.params[STORED]): record.tags["study"] for record in outcome.records if STORED in record.params}
    pictures = drawn(params, searches(fold), attempts(params.search.storage, names))
    with tempfile.TemporaryDirectory() as folder:
        for name, picture in pictures.items():
            path = Path(folder) / f"{name}.svg"
            path.write_text(picture, encoding="utf-8")
            telling.picture(path, "plots")


def sharing(params: Params, workers: int) -> Params:
    """The settings with one worker's part of the trainings at once; no result follows from that number.

    Under `auto` all workers together have one a core; on a GPU, whose memory none of them knows to be free, one each.
    """
    together, device = params.classifier.runs_at_once, params.classifier.device
    if together == "auto":
        together = cores() if resolved(device) == "cpu" else workers
    own = params.classifier.model_copy(update={"runs_at_once": max(together // workers, 1)})
    return params.model_copy(update={"classifier": own})


@contextlib.contextmanager
def _beside(fold: str, workers: int) -> Iterator[None]:
    """Processes beside this one that join the search. They end when it has no trials left, or with this process."""
    command = [sys.executable, "-m", "kilnmix.commands.searching", fold, str(workers)]
    others = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(workers - 1)]
    try:
        yield
        for each in others:
            with contextlib.suppress(subprocess.TimeoutExpired):
                each.wait(_LEAVING_SECONDS)
    finally:
        for each in others:
            each.terminate()
            each.wait()


def work(fold: str, workers: int) -> int:
    """What such a process does; returns its exit status."""
    end_with_parent()
    try:
        run_search(fold, workers, only_join=True)
    except UserError as error:
        print(f"kilnmix: a worker of the search has ended: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    environment.settle()
    sys.exit(work(sys.argv[1], int(sys.argv[2])))

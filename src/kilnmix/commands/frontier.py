"""`kilnmix frontier`: authenticity against diversity, measured on small pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from kilnmix.collection.prepared import Prepared
    from kilnmix.config import Params
    from kilnmix.curation.frontier import Point
    from kilnmix.generator.order import Order


# Eight options: the point's three coordinates, the pool, and what is done with it.
def frontier(
    fold: Annotated[int, typer.Option(min=0, help="Whose adapter draws.")] = 0,
    adapter: Annotated[int, typer.Option(min=0)] = 0,
    guidance: Annotated[str, typer.Option(help="Values of generator.draw.guidance.")] = "1,2,4",
    scale: Annotated[str, typer.Option(help="How strongly the adapter acts; 1: as it was tuned.")] = "0.5,1",
    strictness: Annotated[
        str, typer.Option(help="Shares of a pool that are left out: where judges see least of what was asked.")
    ] = "0,0.5",
    images: Annotated[int, typer.Option(min=8, help="Of a pool.")] = 96,
    train: Annotated[bool, typer.Option("--train", help="Also measure what each point adds to a classifier.")] = False,
    seeds: Annotated[int, typer.Option(min=2, help="Classifiers a point, with --train.")] = 3,
) -> None:
    """Draw small pools over guidance, adapter scale and strictness; plot fidelity, copies and coverage.

    Everything is judged on training and validation photographs. One MLflow run a point; the page is
    reports/frontier.html, and the report has a section when `compare` runs next. Points of earlier calls stay.
    """
    import sys

    from kilnmix.collection import prepared
    from kilnmix.common.pages.wording import page_file
    from kilnmix.common.paths import PREPARED, REPORTS
    from kilnmix.common.processes import stage_lock
    from kilnmix.config import load
    from kilnmix.curation import frontier as points
    from kilnmix.curation import small_pools
    from kilnmix.report.page import frontier as page
    from kilnmix.stages.runner import known_adapter, known_fold
    from kilnmix.tracking.publishing import publish

    params = load()
    known_fold(params, str(fold))
    known_adapter(params, adapter)
    grid = [(g, s) for s in _numbers("scale", scale) for g in _numbers("guidance", guidance)]
    shares = _numbers("strictness", strictness)
    with stage_lock("frontier", fold, adapter):
        photographs = prepared.load(PREPARED)
        order = small_pools.asked(small_pools.settings_of(params, grid[0][0], images), photographs, fold, adapter)
        found, folders = _drawn(params, photographs, (fold, adapter), order, grid, shares)
        # Before any training, which may fail.
        known = points.merged(points.POINTS, found)
        if train and any(point.kept for point in found):
            known = points.merged(points.POINTS, _trained(params, photographs, fold, found, folders, seeds))
        elif train:
            print("kilnmix: no point keeps an image, so there is nothing to train with.", file=sys.stderr)
        state = found[0].state
        shown = points.comparable([point for point in known if point.state == state])
        page.write(REPORTS, shown)
        logged = publish(params, page.records(known[: len(found)]))
        broken = order.clause_of_left_out(params.generator.draw.combinations, params.collection.rules)
    print(
        f"frontier: {len(found)} points of {len(grid)} pools of {images} images in {points.POINTS}, "
        f"{REPORTS / page_file(page.STEM, params.report.language)}, which shows {len(shown)}; "
        f"{logged} new runs in MLflow{broken}."
    )


def _numbers(option: str, text: str) -> list[float]:
    """The numbers of an option, each once.

    Raises:
        UserError: one is none, or lies outside of what the option can mean.
    """
    from kilnmix.common.errors import UserError

    most = {"guidance": 100.0, "scale": 10.0, "strictness": 0.95}[option]
    try:
        found = list(dict.fromkeys(float(part) for part in text.split(",")))
    except ValueError as error:
        raise UserError(f"--{option} {text!r} is no list of numbers: write --{option} 0.5,1.") from error
    if not all(0 <= number <= most for number in found):
        raise UserError(f"--{option} takes numbers from 0 to {most:g}, not {text!r}.")
    return found


def _drawn(
    params: Params,
    photographs: Prepared,
    where: tuple[int, int],
    order: Order,
    grid: list[tuple[float, float]],
    strictness: list[float],
) -> tuple[list[Point], list[Path]]:
    """The points, and for each the folder in which its images lie as `curate` leaves them."""
    from kilnmix.common.paths import output
    from kilnmix.common.progress import bar
    from kilnmix.curation import accepted, small_pools
    from kilnmix.curation.curate import write_pixels
    from kilnmix.curation.frontier import Point, state_of
    from kilnmix.curation.judges import Judges

    fold, adapter = where
    images = len(order.requests)
    state = state_of(params, fold, adapter)
    judges = Judges.load(output("judge", fold))
    found, folders = [], []
    with bar(images * len(grid), f"frontier fold {fold} adapter {adapter}", "image") as progress:
        for guidance, scale in grid:
            own = small_pools.settings_of(params, guidance, images)
            pool = small_pools.draw(own, photographs, fold, adapter, order, scale, progress.update)
            seen = small_pools.observed(own, photographs, fold, pool, judges)
            for strict in strictness:
                place = Point(fold, adapter, guidance, scale, strict, 0, 0, {}, state)
                point, curated = small_pools.point(own, photographs, place, pool, seen)
                folder = pool.folder.parent / f"kept-{strict:g}"
                folder.mkdir(exist_ok=True)
                accepted.write_table(folder, photographs.tasks, curated.table)
                write_pixels(folder, pool, curated.table.accepted, photographs.pixels.shape[1])
                found.append(point)
                folders.append(folder)
    return found, folders


def _trained(
    params: Params, photographs: Prepared, fold: int, found: list[Point], folders: list[Path], seeds: int
) -> list[Point]:
    """The points with their gains, those of which no image is left without one; one at least has images."""
    from kilnmix.experiment.frontier_gain import gains

    named = {str(place): folders[place] for place, point in enumerate(found) if point.kept}
    least = min(point.kept for point in found if point.kept)
    gained = gains(params, photographs, fold, named, least, range(seeds))
    return [
        point.gained(gained[str(place)], least) if str(place) in gained else point for place, point in enumerate(found)
    ]

"""`kilnmix runs`: what MLflow lacks, from the outputs."""

from __future__ import annotations


def runs() -> None:
    """Log to MLflow the runs that the outputs tell of and MLflow lacks, as after a restore from DVC's cache."""
    from kilnmix.config import load
    from kilnmix.tracking.location import store_uri
    from kilnmix.tracking.publishing import publish
    from kilnmix.tracking.records import read_all

    params = load()
    records = read_all()
    logged = publish(params, records)
    print(f"{logged} of {len(records)} runs were missing and are now in {store_uri(params)}.")

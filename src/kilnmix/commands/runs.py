"""`kilnmix runs`: what MLflow lacks, from the outputs."""

from __future__ import annotations


def runs() -> None:
    """Log to MLflow the runs that the outputs tell of and MLflow lacks, as after a restore from DVC's cache.

    They are logged with the settings of params.yaml: where dvc.lock says that a stage ran with others, nothing is.
    """
    from kilnmix.config import load
    from kilnmix.tracking import faults, made_with
    from kilnmix.tracking.location import shown, store_uri
    from kilnmix.tracking.publishing import lacking, publish
    from kilnmix.tracking.records import read_all
    from kilnmix.tracking.sender import send_left

    params = load()
    records = read_all()
    try:
        waited = send_left()
    except Exception as error:
        raise faults.told(params, error) from error
    made_with.check(lacking(params, records))
    logged = publish(params, records)
    told = f"; {waited} stages that MLflow had not heard the end of are complete" if waited else ""
    print(f"{logged} of {len(records)} runs were missing and are now in {shown(store_uri(params))}{told}.")

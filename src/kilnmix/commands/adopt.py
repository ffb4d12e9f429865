"""`kilnmix adopt`: what the search found, as an arm in conf/."""

from __future__ import annotations


def adopt() -> None:
    """Write what the search found over all folds into conf/arms/adopted.yaml."""
    from kilnmix.config import load
    from kilnmix.experiment import adoption
    from kilnmix.experiment.outputs import found

    params = load()
    arms = [found(fold)["searched"] for fold in params.folds]
    mixed = sum(arm.source == "synthetic" for arm in arms)
    if not mixed:
        print(
            "adopt: no search beat the photographs' own recipe by more than one standard error, so there is nothing to "
            "adopt, and conf/ stays."
        )
        return
    arm = adoption.pooled(arms, params.collection.tasks)
    path = adoption.write(arm, len(arms))
    shares = (
        ", ".join(f"{task} {share:.0%}" for task, share in arm.share.items()) if isinstance(arm.share, dict) else ""
    )
    print(
        f"adopt: {path} has the arm adopted ({shares}), from {mixed} of {len(arms)} folds with images. "
        "`kilnmix compose arms=adopted +experiment.control.adopted=repeat-adopted` takes it into the comparison, as a "
        "secondary arm: experiment.primary names the primary comparisons, and it is for you to add to, before the test "
        "parts are read."
    )

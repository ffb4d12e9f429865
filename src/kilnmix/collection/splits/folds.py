"""Objects -> training, validation and test parts: grouped, stratified over all tasks, seeded, and stable.

The unit is a group (an object with its views and near-duplicates). Each group has a number in [0, 1) from a hash of the
seed and its key. Labels are dealt with from the rarest to the commonest, as in iterative stratification (Sechidis,
Tsoumakas and Vlahavas 2011): of a label's groups that have no part yet, those with the smallest numbers go to the parts
that still want that label. In place of random draws the hash decides, so a group mostly stays where it is when others
come: only those at a boundary move. Groups without a label are dealt out last, in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kilnmix.common import seeds

NONE = -1
FAR = 1000.0
"""What a class that a part lacks weighs against squared distances from quotas."""


def number(seed: int, purpose: str, key: str) -> float:
    """The group's own number in [0, 1)."""
    return seeds.derive(seed, purpose, key) / 2**63


def deal(
    keys: Sequence[str],
    labels: np.ndarray,
    shares: Sequence[float],
    seed: int,
    purpose: str,
    least: int = 1,
    leave: Sequence[int] | None = None,
) -> np.ndarray:
    """(G,) int64: the part, 0..P-1, of each group.

    Args:
        keys: the groups' stable names.
        labels: (G, T) int64, each task's class of the group, -1 where not known.
        shares: (P,) wanted shares of the groups, summing to 1.
        least: how many groups of a class every part gets where the class has enough groups for all parts.
        leave: (P,) how many groups of such a class each part leaves to the others; none: no more than follows.
    """
    places = np.argsort([number(seed, purpose, key) for key in keys], kind="stable")
    result = np.empty(len(keys), np.int64)
    result[places] = _deal(labels[places], np.asarray(shares, float), least, np.asarray(leave or [0] * len(shares)))
    return result


def _deal(labels: np.ndarray, shares: np.ndarray, least: int, leave: np.ndarray) -> np.ndarray:
    """`deal` for groups in the order of their numbers."""
    part = np.full(len(labels), NONE, np.int64)
    classes = _by_rarity(labels)
    for turn, members in enumerate(classes):
        have = np.bincount(part[members][part[members] >= 0], minlength=len(shares))
        _fill(part, members[part[members] == NONE], quotas(len(members), shares, least, turn) - have)
    have = np.bincount(part[part >= 0], minlength=len(shares))
    _fill(part, np.flatnonzero(part == NONE), quotas(len(part), shares, 0) - have)
    if len(part):
        _mend(part, classes, shares, least, leave)
    return part


def _by_rarity(labels: np.ndarray) -> list[np.ndarray]:
    """The groups of every class of every task, rarest class first."""
    classes = [
        (np.flatnonzero(labels[:, task] == value), task, value)
        for task in range(labels.shape[1])
        for value in np.unique(labels[:, task])
        if value != NONE
    ]
    return [members for members, *_ in sorted(classes, key=lambda entry: (len(entry[0]), entry[1], entry[2]))]


def quotas(count: int, shares: np.ndarray, least: int, turn: int = 0) -> np.ndarray:
    """(P,) int64 summing to `count`: largest remainders, then at least `least` a part where `count` allows it.

    Equal remainders go to the parts in a circle that begins at part `turn`, so that no part gains by coming first.
    """
    exact = count * shares
    whole = np.floor(exact + 1e-9).astype(np.int64)
    circle = (np.arange(len(shares)) - turn) % len(shares)
    for place in np.lexsort((circle, np.round(whole - exact, 9)))[: count - whole.sum()]:
        whole[place] += 1
    if count >= least * len(shares):
        while whole.min() < least:
            whole[np.argmax(whole)] -= 1
            whole[np.argmin(whole)] += 1
    return whole


def _fill(part: np.ndarray, free: np.ndarray, wanted: np.ndarray) -> None:
    """Gives the free groups, in order, to the parts in turn; wants that cannot all be met shrink evenly."""
    if not len(free):
        return
    wanted = np.maximum(wanted, 0)
    if wanted.sum() != len(free):
        total = wanted.sum()
        wanted = quotas(len(free), wanted / total if total else np.full(len(wanted), 1 / len(wanted)), 0)
    part[free] = np.repeat(np.arange(len(wanted)), wanted)


def _mend(part: np.ndarray, classes: Sequence[np.ndarray], shares: np.ndarray, least: int, leave: np.ndarray) -> None:
    """Moves single groups: into parts that lack a class first, then while a class is far from its quota.

    What is brought down is the sum over classes and parts of the squared distance from the quota, to which a class
    below `least` in a part, or with less than `leave` outside it, adds far more. Classes within one group of their
    quota are let be, so that few groups move.
    """
    member = np.zeros((len(part), len(classes) + 1))
    for column, rows in enumerate(classes):
        member[rows, column] = 1
    member[:, -1] = 1
    sizes = member.sum(axis=0).astype(int)
    wanted = np.stack([quotas(size, shares, least, c) for c, size in enumerate(sizes.tolist())], axis=1)
    enough = sizes >= max(least * len(shares), leave.sum() / (len(shares) - 1))
    floor = np.where(enough, least, 0)
    ceiling = np.where(enough, sizes - leave[:, None], sizes)
    placed = np.eye(len(shares))
    forced = np.zeros(len(part), bool)
    mendable = np.ones(len(sizes), bool)
    for _ in range(2 * len(part)):
        have = placed[part].T @ member
        off = have - wanted
        amiss = _amiss(have, floor, ceiling)
        worst = int(np.argmax(mendable * (amiss.max(axis=0) * 1e6 + np.abs(off).max(axis=0))))
        if not mendable.any() or (amiss[:, worst].max() == 0 and np.abs(off[:, worst]).max() <= 1):
            return
        # For every class, what a group more (gain) or fewer (loss) in a part adds to the sum.
        gain = 2 * off + 1 + FAR * (_amiss(have + 1, floor, ceiling) - amiss)
        loss = 1 - 2 * off + FAR * (_amiss(have - 1, floor, ceiling) - amiss)
        change = member @ gain.T + (member * loss[part]).sum(axis=1)[:, None]
        change[np.arange(len(part)), part] = 0
        change[(member[:, worst] == 0) | forced] = 0
        group, to = (int(place) for place in np.unravel_index(int(np.argmin(change)), change.shape))
        if change[group, to] >= 0:
            # No single move helps. Where a class is amiss one is made all the same, once a group; the rest follows.
            to = int(np.argmin(off[:, worst]))
            able = (member[:, worst] == 1) & (part != to) & ~forced
            if not amiss[:, worst].any() or not able.any():
                mendable[worst] = False
                continue
            group = int(np.flatnonzero(able)[np.argmin(change[able, to])])
            forced[group] = True
        part[group] = to


def _amiss(have: np.ndarray, floor: np.ndarray, ceiling: np.ndarray) -> np.ndarray:
    """(P, C) how many groups too few or too many of a class are in a part."""
    return np.maximum(floor - have, 0) + np.maximum(have - ceiling, 0)


def split(
    keys: Sequence[str],
    labels: np.ndarray,
    only_train: np.ndarray,
    folds: int,
    test: float,
    val: float,
    seed: int,
) -> np.ndarray:
    """(F, G) str: every group's part in every fold: `train`, `val` or `test`.

    With one fold the test part has the share `test` of the groups; with more, every group but those of `only_train` is
    in one fold's test part. The validation part has the share `val` of all groups.

    Args:
        only_train: (G,) bool, groups that are in the training part of every fold.
    """
    free = np.flatnonzero(~only_train)
    parts = np.full((folds, len(keys)), "train", dtype="<U5")
    names = [keys[row] for row in free.tolist()]
    shares = [test, 1 - test] if folds == 1 else [1 / folds] * folds
    leave = [2, 1] if folds == 1 else [2] * folds
    tested = deal(names, labels[free], shares, seed, "split/test", leave=leave)
    for fold in range(folds):
        inside = free[tested == fold]
        parts[fold, inside] = "test"
        left = free[tested != fold]
        share = min(val * len(free) / max(1, len(left)), 0.9)
        chosen = deal([keys[row] for row in left.tolist()], labels[left], [share, 1 - share], seed, f"split/val/{fold}")
        parts[fold, left[chosen == 0]] = "val"
    return parts


def by_source(sources: Sequence[frozenset[str]], held: Sequence[frozenset[str]]) -> np.ndarray:
    """(F, G) int8: 1 where a group is wholly in the fold's held-out sources, 0 where not at all, -1 where partly."""
    result = np.zeros((len(held), len(sources)), np.int8)
    for fold, names in enumerate(held):
        for group, own in enumerate(sources):
            if own & names:
                result[fold, group] = 1 if own <= names else -1
    return result


def held_out(counts: dict[str, int], folds: int, test: float) -> list[frozenset[str]]:
    """Which sources each fold tests: dealt by size over several folds; with one, those nearest to the share `test`.

    Raises:
        ValueError: there are fewer sources than folds, or only one.
    """
    if len(counts) < max(2, folds):
        raise ValueError(f"{len(counts)} sources for {folds} folds")
    names = sorted(counts, key=lambda name: (-counts[name], name))
    if folds > 1:
        held: list[set[str]] = [set() for _ in range(folds)]
        for name in names:
            min(held, key=lambda group: sum(counts[n] for n in group)).add(name)
        return [frozenset(group) for group in held]
    total = sum(counts.values())
    chosen: set[str] = set()
    for name in names:
        now = sum(counts[n] for n in chosen)
        if len(chosen) + 1 < len(names) and abs(now + counts[name] - test * total) < abs(now - test * total):
            chosen.add(name)
    return [frozenset(chosen or {names[-1]})]

"""What an adapter is asked to draw: the combinations that its fold's training photographs attest, in its own words."""

from __future__ import annotations

from kilnmix.collection import rules_file
from kilnmix.collection.prepared import Prepared
from kilnmix.common.paths import Fold, output
from kilnmix.config import Params
from kilnmix.generator import own_tokens
from kilnmix.generator.order import Order
from kilnmix.generator.requests import ask


def adapter_order(params: Params, photographs: Prepared, fold: Fold, adapter: int, seed: int) -> Order:
    """The order of a pool, whose random choices follow from `seed`.

    Raises:
        UserError: as `ask`, or the rules or the adapter cannot be read.
    """
    allowed = rules_file.read(params.collection, photographs.tasks)
    order = ask(photographs, photographs.members(fold, "train"), params.generator, seed, allowed)
    return own_tokens.in_order(order, own_tokens.terms_of(output("finetune", fold, adapter)))

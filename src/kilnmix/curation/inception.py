"""Inception's features, by which FID and KID are usually taken: the network of 2015 in torchvision's blocks.

The weights are those that pytorch-fid and torch-fidelity (and with it torchmetrics) load: a file of about 90 MB that
holds TensorFlow's network under torchvision's names. That network differs from torchvision's in three things: average
pools do not count the padding, the last block pools by the maximum, and there are 1008 classes.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kilnmix.common.devices import resolved
from kilnmix.common.errors import UserError

FILES = ("pt_inception-2015-12-05-6726825d.pth", "weights-inception-2015-12-05-6726825d.pth")
"""Names under which torch's hub cache has the weights."""
SIDE, BATCH, WIDTH = 299, 32, 2048


def weights(file: Path | None) -> Path | None:
    """The file of the setting, else one in the hub's cache, else none.

    Raises:
        UserError: the setting names what is not there.
    """
    if file is not None and not file.exists():
        raise UserError(f"There is no file {file}, which curation.inception names. Name {FILES[0]}, or set it to null.")
    return next((path for path in ([file] if file is not None else _cached()) if path.exists()), None)


def _cached() -> list[Path]:
    return [Path(torch.hub.get_dir()) / "checkpoints" / name for name in FILES]


def _remedy(file: Path) -> str:
    """What helps where a file does not hold the weights, which the setting may not even name."""
    if file not in _cached():
        return f"curation.inception names it: name {FILES[0]}, or set it to null."
    return (
        f"It lies in torch's cache. `rm {shlex.quote(str(file))}` takes it away, and FID with it; or name a whole "
        f"{FILES[0]} in curation.inception."
    )


def load(file: Path) -> nn.Module:
    """The network up to its last pool, in evaluation.

    Raises:
        UserError: the file does not hold these weights, or numbers that are not finite.
    """
    from torchvision.models import inception

    network = inception.inception_v3(weights=None, num_classes=1008, aux_logits=False, init_weights=False)
    network.transform_input = False
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
        found = network.load_state_dict(state, strict=False)
    except Exception as error:  # whatever a damaged file makes torch stumble over
        raise UserError(
            f"Inception's weights {file} cannot be read: {_first_line(error).rstrip('.')}. {_remedy(file)}"
        ) from error
    lacking = [name for name in found.missing_keys if not name.startswith("fc.") and "num_batches" not in name]
    if lacking:
        raise UserError(
            f"Inception's weights {file} lack {lacking[0]} and {len(lacking) - 1} more of the network's. "
            f"{_remedy(file)}"
        )
    odd = [name for name, value in network.state_dict().items() if not value.isfinite().all()]
    if odd:
        raise UserError(f"Inception's weights {file} are damaged: {odd[0]} is not finite. {_remedy(file)}")
    network.fc = network.dropout = nn.Identity()
    for name in ("Mixed_5b", "Mixed_5c", "Mixed_5d", "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e", "Mixed_7b"):
        setattr(network, name, Repooled(getattr(network, name), _average))
    network.Mixed_7c = Repooled(network.Mixed_7c, _largest)
    return network.to(resolved("auto")).eval()


def _average(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, kernel_size=3, stride=1, padding=1, count_include_pad=False)


def _largest(x: Tensor) -> Tensor:
    return F.max_pool2d(x, kernel_size=3, stride=1, padding=1)


class Repooled(nn.Module):
    """A block of torchvision's Inception with another pool before its last branch."""

    def __init__(self, block: Any, pool: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.block, self.pool = block, pool

    def forward(self, x: Tensor) -> Tensor:
        *branches, _ = self.block._forward(x)
        return torch.cat([*branches, self.block.branch_pool(self.pool(x))], 1)


@torch.inference_mode()
def features(network: nn.Module, pixels: np.ndarray) -> np.ndarray:
    """(m, 2048) float32 of pictures (m, S, S, 3) uint8, resized bilinearly and scaled to -1..1 as pytorch-fid does.

    Raises:
        UserError: some are not finite, which damaged weights make them.
    """
    where = next(network.parameters()).device
    found = [np.empty((0, WIDTH), np.float32)]
    for start in range(0, len(pixels), BATCH):
        batch = torch.from_numpy(np.ascontiguousarray(pixels[start : start + BATCH])).to(where)
        scaled = F.interpolate(batch.permute(0, 3, 1, 2).float() / 255, (SIDE, SIDE), mode="bilinear")
        found.append(network(2 * scaled - 1).float().cpu().numpy())
    together = np.concatenate(found)
    if not np.isfinite(together).all():
        raise UserError(
            "Inception's features are not finite, so its weights are damaged: those that curation.inception names, or "
            f"of {' and '.join(map(str, _cached()))} the first that is there. Name a whole {FILES[0]}."
        )
    return together


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)

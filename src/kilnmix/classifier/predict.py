"""A trained network applied to pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.special import log_softmax

from kilnmix.classifier import model_card
from kilnmix.classifier.data.resize import resized
from kilnmix.classifier.metrics.calibration import calibrated
from kilnmix.classifier.model_card import ModelCard
from kilnmix.classifier.network.backbones import architecture
from kilnmix.classifier.network.multitask import MultiTaskNetwork, Pooling
from kilnmix.common.errors import UserError

WEIGHTS = "model.safetensors"
BATCH = 128
_PROBE = "probe."


@dataclass(frozen=True)
class Model:
    """A network with what it needs to answer for a picture.

    Attributes:
        probe: a second network that answers too, with the weight that the card gives it.
    """

    network: MultiTaskNetwork
    card: ModelCard
    probe: MultiTaskNetwork | None = None

    def write(self, folder: Path) -> None:
        """Writes model.safetensors and model.json into `folder`."""
        from safetensors.torch import save_file

        state = dict(self.network.state_dict())
        if self.probe is not None:
            state |= {_PROBE + name: value for name, value in self.probe.state_dict().items()}
        save_file({name: value.cpu().contiguous() for name, value in state.items()}, folder / WEIGHTS)
        self.card.write(folder)


def load(folder: Path) -> Model:
    """What `Model.write` wrote, on the CPU, ready to predict.

    Raises:
        UserError: the folder holds no model, a model of another version, or a damaged one.
    """
    card = model_card.read(folder)
    state = _state(folder)
    own = {name: value for name, value in state.items() if not name.startswith(_PROBE)}
    probe = {name.removeprefix(_PROBE): value for name, value in state.items() if name.startswith(_PROBE)}
    try:
        network = _network(card, own, card.neck, card.pooling)
        second = _network(card, probe, (), "covariance") if card.probe else None
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise UserError(
            f"The weights in {folder} do not fit its {model_card.NAME} ({reason}). {model_card.remedy(folder)}"
        ) from error
    return Model(network, card, second)


def _state(folder: Path) -> dict[str, torch.Tensor]:
    """
    Raises:
        UserError: the weights are missing, damaged, or hold a value that is not finite.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = folder / WEIGHTS
    try:
        if not path.is_file():
            raise FileNotFoundError("there is no such file")
        state = load_file(path)
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path} cannot be read: {error}. {model_card.remedy(folder)}") from error
    for name, value in state.items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise UserError(f"{path} holds a value in {name} that is no finite number. {model_card.remedy(folder)}")
    return state


def _network(
    card: ModelCard, state: Mapping[str, torch.Tensor], neck: Sequence[int], pooling: Pooling
) -> MultiTaskNetwork:
    classes = {task.name: len(task.classes) for task in card.tasks}
    network = MultiTaskNetwork(architecture(card.backbone), classes, neck, dropout=0.0, pooling=pooling)
    network.mean.copy_(torch.tensor(card.mean).view(1, -1, 1, 1))
    network.std.copy_(torch.tensor(card.std).view(1, -1, 1, 1))
    network.load_state_dict(dict(state))
    return network.eval()


def apply(model: Model, pixels: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Answers for square pictures.

    Args:
        pixels: (n, S, S, 3) uint8 of any side S.

    Returns:
        task -> (n, C_t) float32 calibrated probabilities, and (n, F) float32 penultimate features.
    """
    answers, features, _ = answer(model, pixels)
    return answers, features


def answer(model: Model, pixels: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """As `apply`, and the (n, F') float32 features by which pictures are compared with the collection: the probe's,
    which are an untouched backbone's, or without a probe the penultimate ones."""
    card, pixels = model.card, resized(pixels, model.card.size)
    logits, features = outputs(model.network, pixels, card.flips)
    compared = features
    if model.probe is not None:
        others, compared = outputs(model.probe, pixels, flips=True)
        logits = ensemble(logits, others, card.probe, card.seen)
    return probabilities(logits, card.temperatures, card.seen), features, compared


@torch.inference_mode()
def outputs(
    network: MultiTaskNetwork, pixels: np.ndarray, flips: bool = False
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Logits (n, C_t) float32 a task and features (n, F) float32 of (n, S, S, 3) uint8 at the network's size.

    Args:
        flips: both are means over the picture and its mirror image.
    """
    network.eval()
    device = network.mean.device
    logits: dict[str, list[np.ndarray]] = {
        task: [np.empty((0, count), np.float32)] for task, count in network.tasks.items()
    }
    features = [np.empty((0, network.width), np.float32)]
    for start in range(0, len(pixels), BATCH):
        x = network.normalised(torch.from_numpy(np.array(pixels[start : start + BATCH])).to(device))
        read = network.features(x)
        if flips:
            read = torch.stack([read, network.features(x.flip(3))])
        for task, values in network.classify(read).items():
            logits[task].append((values.mean(0) if flips else values).float().cpu().numpy())
        features.append((read.mean(0) if flips else read).float().cpu().numpy())
    return {task: np.concatenate(parts) for task, parts in logits.items()}, np.concatenate(features)


def masked(logits: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(n, C) logits with -inf for the classes that training never saw, unless it saw none at all."""
    return np.where(seen, logits, -np.inf).astype(np.float32) if seen.any() else logits


def ensemble(
    logits: Mapping[str, np.ndarray],
    others: Mapping[str, np.ndarray],
    weight: float,
    seen: Mapping[str, np.ndarray],
) -> dict[str, np.ndarray]:
    """Answers of two networks averaged: task -> (n, C_t) float32 weighted means of their log-probabilities.

    Args:
        logits, others: task -> (n, C_t).
        weight: of `others`, in [0, 1).
    """
    return {
        task: (
            (1 - weight) * log_softmax(masked(own, seen[task]), axis=1)
            + weight * log_softmax(masked(others[task], seen[task]), axis=1)
        ).astype(np.float32)
        for task, own in logits.items()
    }


def probabilities(
    logits: Mapping[str, np.ndarray], temperatures: Mapping[str, float], seen: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """task -> (n, C_t) float32 calibrated probabilities."""
    return {task: calibrated(masked(values, seen[task]), temperatures[task]) for task, values in logits.items()}


def most_likely(
    model: Model, answers: Mapping[str, np.ndarray], count: int = 3
) -> list[dict[str, list[tuple[str, float]]]]:
    """For every picture and task the `count` likeliest class ids with their probabilities, likeliest first."""
    listed = []
    for row in range(len(next(iter(answers.values())))):
        picture = {}
        for task in model.card.tasks:
            values = answers[task.name][row]
            order = np.argsort(-values, kind="stable")[:count]
            picture[task.name] = [(task.classes[index], float(values[index])) for index in order]
        listed.append(picture)
    return listed

"""The probe: a logistic regression a task on covariances of the pretrained backbone's features, nothing else learnt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from kilnmix.classifier import predict
from kilnmix.classifier.data.resize import resized
from kilnmix.classifier.data.training_data import TrainingData
from kilnmix.classifier.network.backbones import Backbone, pretrained
from kilnmix.classifier.network.covariance import Covariance
from kilnmix.classifier.network.multitask import MultiTaskNetwork
from kilnmix.classifier.run import TrainingRun, weights_digest
from kilnmix.classifier.training import losses
from kilnmix.classifier.training.ema import reestimate_norms
from kilnmix.classifier.training.regression import logistic_regression
from kilnmix.common import seeds

# Weight of the coefficients' squares beside a mean cross-entropy, for features of mean square 1 a picture.
PENALTY = 1e-7
# Photographs that the principal axes are taken from.
AXES_IMAGES = 256
# Maps of several blocks of a batch are held at once.
_BATCH = 32


@dataclass(frozen=True)
class Probe:
    """A fitted probe and what it answers for a run's photographs.

    Attributes:
        network: reads a picture and its mirror image.
        validation, test: task -> (n, C_t) float32 logits of these parts.
    """

    network: MultiTaskNetwork
    validation: dict[str, np.ndarray]
    test: dict[str, np.ndarray]


# All seeds of an arm have the same probe: what was fitted last, and the digest of all that it follows from.
_last_probe: tuple[str, Probe] | None = None


def probe_of(run: TrainingRun, data: TrainingData, device: torch.device) -> Probe:
    """The probe of a run and its answers; those of the last run where nothing but the seed is another.

    Raises:
        UserError: the pretrained weights cannot be had or do not fit.
    """
    global _last_probe
    settings = run.settings
    key = f"{replace(run, seed=0, keep_model=False).digest()} {device}"
    if _last_probe is not None and _last_probe[0] == key:
        return _last_probe[1]
    # As for the network, so that without weights the probe's backbone is the one that the network begins with.
    torch.manual_seed(seeds.derive(run.seed, "initialisation"))
    network = fit_probe(run, data, pretrained(settings.backbone, settings.weights), device)
    validation, test = (
        predict.outputs(network, resized(data.pixels[rows], settings.size), flips=True)[0]
        for rows in (run.val, run.test)
    )
    probe = Probe(network, validation, test)
    # A random start differs from seed to seed.
    _last_probe = (key, probe) if settings.weights is not None else None
    return probe


def fit_probe(run: TrainingRun, data: TrainingData, backbone: Backbone, device: torch.device) -> MultiTaskNetwork:
    """A probe fitted to what a run trains on.

    A picture and its mirror image are one example, by the mean of their features. Images in extra slots count as much
    as they would in the steps: share and weight are the run's. The prior of `logit-adjustment` is added while fitting,
    as in the steps; class weights by effective number count as weights of examples.

    Args:
        backbone: with its pretrained weights; it becomes a part of the probe and learns nothing.
    """
    network = MultiTaskNetwork(backbone, data.classes, (), 0.0, "covariance").to(device).eval().requires_grad_(False)
    # With a GPU's rounded products the roots of small covariances would be others than a processor's later on.
    with torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
        return _fitted(run, data, network)


def _fitted(run: TrainingRun, data: TrainingData, network: MultiTaskNetwork) -> MultiTaskNetwork:
    settings, device = run.settings, network.mean.device
    read = _read(run, data, network)
    norm = {"standardise.running_mean": read.mean, "standardise.running_var": read.variance}
    network.load_state_dict({**network.state_dict(), **read.axes, **norm})
    features, labels, weights = _examples(run, data, network, read.features)
    # Every block counts alike, however many channels it has.
    scale = torch.cat([torch.full((width,), (width * len(network.widths)) ** -0.5) for width in network.widths])
    examples = (features - read.mean).mul_(scale / read.variance.sqrt().clamp(min=1e-12))
    del features
    for column, (task, head) in enumerate(zip(run.tasks, network.heads, strict=True)):
        known = labels[:, column] != losses.MISSING
        target, own = labels[known, column], weights[known]
        prior = losses.log_prior(torch.from_numpy(data.drawn_counts[column]))
        how = settings.imbalance_of(task)
        if how == "effective-number":
            own = own * losses.effective_number_weights(torch.from_numpy(data.counts[column]))[target]
        offset = prior if how == "logit-adjustment" else torch.where(prior.isfinite(), 0.0, prior)
        given = examples if known.all() else examples[known]
        slopes, intercepts = logistic_regression(given, target, own, offset, PENALTY, device)
        assert isinstance(head, torch.nn.Linear)
        head.weight.copy_(slopes * scale)
        head.bias.copy_(intercepts)
    return network


@dataclass(frozen=True)
class _Pixels:
    """(N, S, S, 3) uint8 pictures and the side in pixels at which they are read."""

    stored: np.ndarray
    size: int


@dataclass(frozen=True)
class _Read:
    """What a probe takes from the training photographs before it needs a label.

    Attributes:
        axes: the covariances' axes, as entries of the probe's state dict.
        features: (n, P) float32 of the photographs.
        mean, variance: (P,) float32 of the features.
    """

    axes: dict[str, torch.Tensor]
    features: torch.Tensor
    mean: torch.Tensor
    variance: torch.Tensor


# All arms and seeds of a fold read the same photographs: what was read last, and what it follows from.
_last: tuple[object, _Read] | None = None


def _read(run: TrainingRun, data: TrainingData, network: MultiTaskNetwork) -> _Read:
    global _last
    settings = run.settings
    weights = weights_digest(settings.weights)
    key = data.collection, run.train.tobytes(), settings.backbone, weights, settings.size, str(network.mean.device)
    if _last is not None and _last[0] == key:
        return _last[1]
    places = np.unique(np.linspace(0, len(run.train) - 1, AXES_IMAGES).round().astype(int))
    pixels, some = _Pixels(data.pixels, settings.size), np.sort(run.train)[places]
    if weights is None:
        reestimate_norms(network.backbone, list(_batches(network, pixels, some)))
    fit_axes(network, _batches(network, pixels, some))
    features = _features(network, pixels, run.train)
    variance = features.var(0, correction=0)
    # A number that hardly varies is noise; standardised it would count as much as any other.
    variance += 1e-6 * variance.mean()
    axes = {name: value.cpu() for name, value in network.state_dict().items() if name.startswith("covariances.")}
    read = _Read(axes, features, features.mean(0), variance)
    # A random start differs from seed to seed.
    _last = (key, read) if weights is not None else None
    return read


@torch.no_grad()
def fit_axes(network: MultiTaskNetwork, batches: Iterable[torch.Tensor]) -> None:
    """Takes the covariances' axes from some photographs, normalised and in batches."""
    counts: dict[str, int] = {}
    totals: dict[str, torch.Tensor] = {}
    products: dict[str, torch.Tensor] = {}
    for batch in batches:
        for name, flat in network.flattened(batch):
            vectors = flat.flatten(0, 1)
            total, product = vectors.sum(0).double(), (vectors.T @ vectors).double()
            counts[name] = counts.get(name, 0) + len(vectors)
            totals[name] = totals[name] + total if name in totals else total
            products[name] = products[name] + product if name in products else product
    for part, name in zip(network.covariances, counts, strict=True):
        assert isinstance(part, Covariance)
        part.fit(counts[name], totals[name], products[name])


def _examples(
    run: TrainingRun, data: TrainingData, network: MultiTaskNetwork, features: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Features (n, P) float32 not standardised, labels (n, T) int64 and weights (n,) float64: the photographs, whose
    `features` are given, then the extra images, each once however often it stands in the extra rows."""
    extra, labels = run.extra, data.labels[run.train]
    weights = np.ones(len(run.train)) if data.row_weights is None else data.row_weights
    if extra is None or not len(extra.rows) or not extra.share:
        return features, torch.from_numpy(labels), torch.from_numpy(weights)
    examples, times = np.unique(np.column_stack([extra.rows, extra.labels]), axis=0, return_counts=True)
    rows, places = np.unique(examples[:, 0], return_inverse=True)
    others = _features(network, _Pixels(data.extra_pixels, run.settings.size), rows)[places]
    each = extra.weight * len(run.train) * extra.share / (1 - extra.share) / len(extra.rows)
    labels, weights = np.concatenate([labels, examples[:, 1:]]), np.concatenate([weights, times * each])
    return torch.cat([features, others]), torch.from_numpy(labels), torch.from_numpy(weights)


@torch.no_grad()
def _features(network: MultiTaskNetwork, pixels: _Pixels, rows: np.ndarray) -> torch.Tensor:
    """(n, P) float32 of n rows: means over a picture and its mirror image."""
    features = torch.empty(len(rows), network.width)
    for number, x in enumerate(_batches(network, pixels, rows)):
        features[number * _BATCH :][: len(x)] = (network.pooled(x) + network.pooled(x.flip(3))) / 2
    return features


def _batches(network: MultiTaskNetwork, pixels: _Pixels, rows: np.ndarray) -> Iterator[torch.Tensor]:
    """(b, 3, size, size) normalised pictures, a batch at a time: the others stay where they are mapped from."""
    for start in range(0, len(rows), _BATCH):
        some = resized(pixels.stored[rows[start : start + _BATCH]], pixels.size)
        yield network.normalised(torch.from_numpy(some).to(network.mean.device))

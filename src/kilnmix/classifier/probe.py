"""The probe: a logistic regression a task on covariances of the pretrained backbone's features, nothing else learnt."""

from __future__ import annotations

import numpy as np
import torch

from kilnmix import seeds
from kilnmix.classifier import losses, predict
from kilnmix.classifier.backbones import Backbone
from kilnmix.classifier.covariance import Covariance
from kilnmix.classifier.feed import drawing_weights, images_per_class
from kilnmix.classifier.network import MultiTaskNetwork
from kilnmix.classifier.regression import logistic_regression
from kilnmix.classifier.resize import resized
from kilnmix.classifier.run import TrainingRun, opened

# Weight of the coefficients' squares beside a mean cross-entropy, for features of mean square 1 a picture.
PENALTY = 1e-7
# Photographs that the principal axes are taken from.
AXES_IMAGES = 256


def probe(run: TrainingRun, backbone: Backbone, device: torch.device) -> MultiTaskNetwork:
    """A probe fitted to what a run trains on.

    A picture and its mirror image are one example, by the mean of their features. Images in extra slots count as much
    as they would in the steps: share and weight are the run's. The prior of `logit-adjustment` is added while fitting,
    as in the steps; class weights by effective number count as weights of examples.

    Args:
        backbone: with its pretrained weights; it becomes a part of the probe and learns nothing.
    """
    collection, settings = opened(run.prepared), run.settings
    classes = {task: len(collection.task(task).classes) for task in run.tasks}
    network = MultiTaskNetwork(backbone, classes, (), 0.0, "covariance").to(device).eval().requires_grad_(False)
    chosen = np.sort(seeds.generator(run.seed, "axes").permutation(run.train)[:AXES_IMAGES])
    _settle(network, resized(collection.pixels[chosen], settings.size))
    features, labels, weights = _examples(run, network)
    photographs = features[: len(run.train)]
    norm = network.standardise
    assert isinstance(norm, torch.nn.BatchNorm1d)
    variance = photographs.var(0, correction=0)
    # A number that hardly varies is noise; standardised it would count as much as any other.
    norm.load_state_dict(
        {
            "running_mean": photographs.mean(0),
            "running_var": variance + 1e-6 * variance.mean(),
            "num_batches_tracked": torch.tensor(1),
        }
    )
    # Every block counts alike, however many channels it has.
    scale = torch.cat([torch.full((width,), (width * len(network.widths)) ** -0.5) for width in network.widths])
    examples = norm(features.to(device)).cpu() * scale
    counts = images_per_class(run, drawn=True)
    for column, (task, head) in enumerate(zip(run.tasks, network.heads, strict=True)):
        known = labels[:, column] >= 0
        target, own = labels[known, column], weights[known]
        prior = losses.log_prior(torch.from_numpy(counts[column]))
        how = settings.imbalance if isinstance(settings.imbalance, str) else settings.imbalance.get(task, "none")
        if how == "effective-number":
            own = own * losses.effective_number_weights(torch.from_numpy(counts[column]))[target]
        offset = prior if how == "logit-adjustment" else torch.where(prior.isfinite(), 0.0, prior)
        slopes, intercepts = logistic_regression(examples[known], target, own, offset, PENALTY)
        assert isinstance(head, torch.nn.Linear)
        head.weight.copy_(slopes * scale)
        head.bias.copy_(intercepts)
    return network


@torch.no_grad()
def _settle(network: MultiTaskNetwork, pixels: np.ndarray) -> None:
    """Takes the covariances' axes from (n, S, S, 3) uint8 photographs."""
    counts: dict[str, int] = {}
    totals: dict[str, torch.Tensor] = {}
    products: dict[str, torch.Tensor] = {}
    for start in range(0, len(pixels), predict.BATCH):
        batch = torch.from_numpy(pixels[start : start + predict.BATCH]).to(network.mean.device)
        for name, flat in network.flattened(network.normalised(batch)):
            vectors = flat.flatten(0, 1)
            total, product = vectors.sum(0).double(), (vectors.T @ vectors).double()
            counts[name] = counts.get(name, 0) + len(vectors)
            totals[name] = totals[name] + total if name in totals else total
            products[name] = products[name] + product if name in products else product
    for part, name in zip(network.covariances, counts, strict=True):
        assert isinstance(part, Covariance)
        part.settle(counts[name], totals[name], products[name])


def _examples(run: TrainingRun, network: MultiTaskNetwork) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Features (n, P) float32 not standardised, labels (n, T) int64 and weights (n,) float64: the photographs, then the
    extra images, each once however often it stands in the extra rows."""
    collection, extra, size = opened(run.prepared), run.extra, run.settings.size
    features = _features(network, resized(collection.pixels[run.train], size))
    labels = np.stack([collection.labels[task][run.train] for task in run.tasks], axis=1)
    weights = drawing_weights(run)
    weights = np.ones(len(run.train)) if weights is None else weights
    if extra is None or not len(extra.rows) or not extra.share:
        return features, torch.from_numpy(labels), torch.from_numpy(weights)
    examples, times = np.unique(np.column_stack([extra.rows, extra.labels]), axis=0, return_counts=True)
    rows, places = np.unique(examples[:, 0], return_inverse=True)
    pixels = np.load(extra.pixels, mmap_mode="r")
    others = _features(network, resized(pixels[rows], size))[places]
    each = extra.weight * len(run.train) * extra.share / (1 - extra.share) / len(extra.rows)
    labels, weights = np.concatenate([labels, examples[:, 1:]]), np.concatenate([weights, times * each])
    return torch.cat([features, others]), torch.from_numpy(labels), torch.from_numpy(weights)


@torch.no_grad()
def _features(network: MultiTaskNetwork, pixels: np.ndarray) -> torch.Tensor:
    """(n, P) float32 of (n, S, S, 3) uint8: means over a picture and its mirror image."""
    found = []
    for start in range(0, len(pixels), predict.BATCH):
        x = network.normalised(torch.from_numpy(pixels[start : start + predict.BATCH]).to(network.mean.device))
        found.append(((network.pooled(x) + network.pooled(x.flip(3))) / 2).cpu())
    return torch.cat(found)

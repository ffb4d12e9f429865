"""What the settings of generator, curation and classifier add to the methods section, clause by clause. Pure.

A setting at the value at which it does nothing has no clause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kilnmix.config import ClassifierSettings, CurationSettings, Draw, GeneratorSettings, Lora

_KINDS = {
    "lora": "low-rank adaptation [@hu2022lora]",
    "rslora": "rank-stabilised low-rank adaptation (arXiv 2312.03732) [@hu2022lora]",
    "dora": "weight-decomposed low-rank adaptation (arXiv 2402.09353) [@hu2022lora]",
}
_OPTIMIZERS = {"adamw": "AdamW [@loshchilov2019decoupled]", "prodigy": "Prodigy (arXiv 2306.06101)"}
_SCHEDULERS = {
    "dpm++": "DPM-Solver++ [@lu2022dpm]",
    "ddim": "DDIM [@song2021denoising]",
    "unipc": "UniPC (arXiv 2302.04867)",
    "lcm": "a latent consistency adapter (arXiv 2311.05556)",
    "base": "the base model's own scheduler",
}
_IMBALANCE = {
    "none": "no correction for rare classes",
    "effective-number": "class weights by the effective number of samples [@cui2019class]",
    "logit-adjustment": "logit adjustment for rare classes [@menon2021long]",
    "focal": "focal loss (arXiv 1708.02002)",
}
_WEIGHTING = {
    "uncertainty": "the tasks' uncertainty (arXiv 1705.07115)",
    "dwa": "dynamic weight averaging (arXiv 1803.10704)",
    "famo": "FAMO (arXiv 2306.03792)",
}
_BRACKETS = str.maketrans("{}", "[]")
_FAULTS = {
    "blurred": "blurred",
    "exposure": "under- or overexposed",
    "empty": "empty",
    "doubled": "with several vessels",
    "cut-off": "cut off",
}


def base(settings: GeneratorSettings) -> str:
    """The base model in parentheses."""
    parts = [settings.base]
    parts += [f"revision {settings.revision}"] if settings.revision else []
    parts += [f"predicting {settings.prediction}"] if settings.prediction else []
    parts += [f"in {settings.precision}"] if settings.precision != "float32" else []
    return ", ".join(parts)


def kind(lora: Lora) -> str:
    return _KINDS[lora.kind]


def captions(settings: GeneratorSettings) -> str:
    """What the generator was told of a photograph."""
    form = f'captions of the form "{settings.caption.translate(_BRACKETS)}"'
    if settings.free_captions == "alone":
        form = "the photographs' own descriptions"
    elif settings.free_captions == "beside":
        form += " with the photographs' own descriptions behind them"
    if settings.nuisance:
        form += f", which also told {joined(settings.nuisance)} and, in drawing, all values of it (arXiv 2510.24078)"
    if settings.own_tokens:
        form += f"; the words of {joined(settings.own_tokens)} had a token of their own each, learned with the adapter"
    return form


def tuning(lora: Lora, size: int) -> str:
    """Rank, budget, optimiser and what else the tuning was, by semicolons."""
    batch = f"{lora.batch_size}" + (f" times {lora.accumulate}" if lora.accumulate > 1 else "")
    rise = f" after a linear rise over {lora.warmup_steps} steps" if lora.warmup_steps else ""
    falling = "falling along a half cosine" if lora.schedule == "cosine" else "constant"
    parts = [
        f"rank {lora.rank}, alpha {lora.alpha:g}",
        f"{lora.steps:,} steps of {batch} at {size} pixels",
        f"{_OPTIMIZERS[lora.optimizer]} with rate {lora.learning_rate:g}, {falling}{rise}, weight decay "
        f"{lora.weight_decay:g} and gradients clipped to norm {lora.max_grad_norm:g}",
    ]
    if lora.snr_gamma:
        parts.append(f"min-SNR weights with gamma {lora.snr_gamma:g} [@hang2023efficient]")
    if lora.noise_offset:
        parts.append(f"noise offset {lora.noise_offset:g}")
    parts.append(
        f"captions left out with probability {lora.caption_dropout:g}, single labels with {lora.term_dropout:g}"
    )
    if lora.sampling == "balanced":
        parts.append("rare label combinations shown more often")
    if lora.ema:
        parts.append(f"a moving average of the adapter with decay {lora.ema:g} kept")
    return "; ".join([*parts, *_prior(lora), *_validation(lora)])


def _prior(lora: Lora) -> list[str]:
    prior = lora.prior
    if not prior.images:
        return []
    return [
        f'{prior.images:,} images that the bare base drew of "{prior.caption}" ({prior.steps} steps, guidance '
        f"{prior.guidance:g}) learned beside the photographs with weight {prior.weight:g} (arXiv 2208.12242)"
    ]


def _validation(lora: Lora) -> list[str]:
    own = lora.validation
    if not own.share:
        return []
    kept = "that of the lowest loss on them" if own.keep == "best" else "the last"
    stop = f", tuning stopped after {own.patience} measurements without a lower one" if own.patience else ""
    return [
        f"{percent(own.share)} of the training objects kept back and measured on every {own.every} steps; of the "
        f"adapters {kept} kept{stop}"
    ]


def drawing(draw: Draw) -> str:
    """Sampler, steps, guidance, and from what was drawn."""
    text = f"{_SCHEDULERS[draw.scheduler]} in {draw.steps} steps"
    if draw.spacing != 1:
        text += f", closer together towards the finished image (exponent {draw.spacing:g}),"
    if draw.fast is not None:
        text += f", made few by the adapter {draw.fast},"
    text += f" {_guidance(draw)}"
    if draw.mode == "image":
        text += f", each from a training photograph of its labels with strength {draw.strength:g} (arXiv 2302.07944)"
    elif draw.mode == "mix":
        text += (
            f", each from a training photograph with strength {draw.strength:g}, {percent(draw.mix_share)} of them "
            "from one of another class and with labels mixed of both (arXiv 2403.19600)"
        )
    return text


def _guidance(draw: Draw) -> str:
    if not draw.guided:
        return "without guidance"
    away = []
    if draw.unconditional == "base":
        away.append("the untuned base (arXiv 2503.20240)")
    if draw.negative:
        away.append(f'the caption "{draw.negative}"')
    text = f"with guidance {draw.guidance:g} [@ho2022classifier]"
    if away:
        text += f" away from {' with '.join(away)}"
    if draw.interval is not None:
        low, high = draw.interval
        text += f" at noise levels from {low:g} to {high:g} alone (arXiv 2404.07724)"
    return text


def copies(curation: CurationSettings, draw: Draw) -> str:
    """When an image was a copy, behind the error rate."""
    rule = curation.copies
    text = f", and with a score of at least {rule.least:g}. Photographs of different objects that reached "
    text += f"{rule.source:g} were taken for one picture in this"
    if draw.mode != "text":
        text += ", and only from that score on an image for a copy of the photograph that it was drawn from"
    return text


def faults(curation: CurationSettings) -> str:
    """Which faults of an image led to its rejection; empty: none."""
    if not curation.quality.reject:
        return ""
    named = joined([_FAULTS[fault] for fault in curation.quality.reject], "or")
    return (
        f"Images were rejected, too, that are {named} as are fewer than {percent(curation.quality.error_rate)} of the "
        "training photographs."
    )


def size(settings: ClassifierSettings) -> str:
    """The side of its pictures."""
    if settings.first_size is None or settings.first_size >= settings.size or not settings.first_share:
        return f"{settings.size} pixels"
    return f"{settings.size} pixels ({settings.first_size} in the first {percent(settings.first_share)} of the steps)"


def pooling(settings: ClassifierSettings) -> str:
    if settings.pooling == "average":
        return "the channel means of its last block"
    return "the channel means and deviations of several of its blocks"


def rates(settings: ClassifierSettings) -> str:
    """What AdamW was set to."""
    text = f"rate {settings.backbone_rate:g} for the backbone and {settings.learning_rate:g} for the rest"
    if settings.layer_decay != 1:
        text += f", {settings.layer_decay:g} times less from each block to the one before"
    if settings.warmup:
        text += f", rising linearly over the first {percent(settings.warmup)} of the steps"
    floor = f" to {settings.least_rate:g}" if settings.least_rate else ""
    return (
        f"{text}, then falling along a half cosine{floor}; weight decay {settings.weight_decay:g}; gradients clipped "
        f"to norm {settings.max_grad_norm:g}"
    )


def imbalance(settings: ClassifierSettings) -> str:
    chosen = settings.imbalance
    if isinstance(chosen, Mapping):
        return f"corrections for rare classes by task ({', '.join(f'{task}: {name}' for task, name in chosen.items())})"
    return _IMBALANCE[chosen]


def learning(settings: ClassifierSettings) -> str:
    """What else set the training apart, as sentences; empty: nothing."""
    told = []
    if settings.freeze:
        told.append(f"The backbone was frozen in the first {percent(settings.freeze)} of the steps")
    if settings.mix != "none":
        name = {"mixup": "mixup (arXiv 1710.09412)", "cutmix": "CutMix (arXiv 1905.04899)"}[settings.mix]
        told.append(f"Pairs of pictures were blended by {name} with both parameters {settings.mix_alpha:g}")
    if settings.sampling:
        told.append(f"Rare classes were drawn more often ({pairs(settings.sampling)})")
    if settings.task_weights:
        told.append(f"The tasks' losses had weights ({pairs(settings.task_weights)})")
    if settings.task_weighting != "static":
        told.append(f"The tasks' losses were weighted by {_WEIGHTING[settings.task_weighting]}")
    if settings.synthetic_weight != 1:
        told.append(f"The loss of an image had weight {settings.synthetic_weight:g} beside a photograph's")
    if settings.finish_on_real:
        told.append(f"In the last {percent(settings.finish_on_real)} of the steps the extra slots stayed empty")
    if settings.precision != "float32":
        told.append(
            "Steps were computed in bfloat16" + (" where that is faster" if settings.precision == "auto" else "")
        )
    return "".join(f"{sentence}. " for sentence in told)


def kept(settings: ClassifierSettings) -> str:
    """Which weights were kept, and who else answered."""
    weights = f"a moving average of the weights (decay {settings.ema:g})" if settings.ema else "the weights"
    if settings.keep == "last":
        text = f"Of {weights} the last was kept, whatever validation said of {settings.evaluations} checkpoints."
    else:
        text = f"Of {weights} the best of {settings.evaluations} checkpoints was chosen on validation"
        text += f", for good after {settings.patience} that were no better." if settings.patience else "."
    if settings.probe:
        text += (
            f" The network's log-probabilities were averaged, with weight {1 - settings.probe:g}, with those of a "
            f"probe, with weight {settings.probe:g}: a logistic regression a task on the signed roots of second "
            "moments of the untouched backbone's features, fitted to the same photographs and images."
        )
    if settings.flips:
        text += " The network answered with the mean of a picture's and its mirror image's logits."
    return text


def percent(share: float) -> str:
    """With as many digits as a setting has: 10%, 12.5%, 0.4%."""
    return f"{100 * share:g}%"


def pairs(values: Mapping[str, Any]) -> str:
    """Names and values."""
    return ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in values.items()
    )


def joined(words: Iterable[str], last: str = "and") -> str:
    """One, two and three."""
    listed: Sequence[str] = list(words)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} {last} {listed[-1]}"

"""params.yaml -> frozen, validated types. Read once, at the start of a command; nothing further in sees a dictionary.

Every field says in a sentence what it is; `conf/` holds the values and composes them into params.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from kilnmix.errors import UserError

Share = Annotated[float, Field(ge=0.0, lt=1.0)]
Fraction = Annotated[float, Field(gt=0.0, lt=1.0)]
Positive = Annotated[int, Field(gt=0)]
Rate = Annotated[float, Field(gt=0.0)]
Weight = Annotated[float, Field(ge=0.0)]


def _different(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) < len(values):
        raise ValueError("names something twice")
    return values


Numbers = Annotated[tuple[int, ...], Field(min_length=1), AfterValidator(_different)]


class Frozen(BaseModel):
    """A group of settings: unknown names are refused, values cannot change."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Columns(Frozen):
    """Which columns of the label table say what; where a name is not there, common ones in two languages are tried."""

    image: str = "image"
    object: str = "object_id"
    source: str | None = "source"
    confidence: str | None = "checked"
    """1 or a word like it: the row's labels are sure; 0: they are not."""
    title: str | None = "title"
    """The works' titles, which may name a label that a task's own column lacks."""
    tasks: dict[str, str] = Field(default_factory=dict)
    """Task -> its column, where that is not the task's name."""


class Duplicates(Frozen):
    """When two photographs are the same picture."""

    hash_distance: int = Field(12, ge=0, le=64)
    """Largest Hamming distance of two 64-bit perceptual hashes of near-duplicates' candidates."""
    similarity: float = Field(0.93, gt=0.0, le=1.0)
    """Least correlation of the two candidates' fine detail, the one laid on the other, for which they count as one."""
    certain: float = Field(0.96, gt=0.0, le=1.0)
    """The same, from which two photographs with different labels contradict each other and are set aside."""
    exact: Literal["one", "all"] = "one"
    """Of photographs that are the same byte for byte, keep one (labels joined) or all."""


class Split(Frozen):
    """How objects are divided into training, validation and test parts, by object, stratified over all tasks."""

    by: Literal["object", "source"] = "object"
    test: Fraction = 0.2
    """Share of objects in the test part when there is one fold; with k folds every object is tested once."""
    val: Fraction = 0.1
    """Share of objects in the validation part."""
    min_objects: Positive = 5
    """A class with fewer objects than this follows the `rare` rule."""
    rare: Literal["train", "other", "drop"] = "train"
    """`train`: kept in the training part only; `other`: merged into one class `other`; `drop`: label left out."""
    source: str | None = None
    """With `by: source` and one fold, the source that is held out; null: those nearest to the share `test`."""

    @model_validator(mode="after")
    def _leaves_a_training_part(self) -> Split:
        if self.test + self.val >= 0.95:
            raise ValueError("test and val together leave less than 5 % of the objects to train on")
        return self


class CollectionSettings(Frozen):
    """The photographs and their label table."""

    folder: Path = Path("data")
    labels: str = "labels.csv"
    """The table's name inside the folder."""
    tasks: tuple[str, ...] = ("dynasty", "glaze", "kiln", "type")
    columns: Columns = Columns()
    vocabulary: Path = Path("conf/vocabulary.yaml")
    allow_new: tuple[str, ...] = ()
    """Tasks for which a term that the vocabulary lacks becomes a class of its own."""
    unresolved: Literal["refuse", "leave-out"] = "refuse"
    """What happens to other terms that the vocabulary lacks: an error that lists them, or no label."""
    broader: tuple[str, ...] = ()
    """Tasks whose classes are replaced by the broader ones that the vocabulary names (meiping by vase)."""
    size: Positive = 96
    """Side in pixels of the square pictures that all later stages read."""
    fit: Literal["pad", "crop", "squash"] = "pad"
    """How a picture that is not square becomes square; `pad` continues its border colour."""
    max_pixels: Positive = 200_000_000
    """Pictures with more pixels are refused before they are decoded."""
    min_side: Positive = 32
    duplicates: Duplicates = Duplicates()
    split: Split = Split()

    @model_validator(mode="after")
    def _tasks_are_columns(self) -> CollectionSettings:
        if not self.tasks or len(set(self.tasks)) != len(self.tasks):
            raise ValueError("tasks must be one or more different column names")
        return self


class Lora(Frozen):
    """The adapter and its training."""

    rank: Positive = 16
    alpha: Positive = 16
    targets: tuple[str, ...] = ("to_q", "to_k", "to_v", "to_out.0")
    """Names of the UNet's modules that get an adapter (peft's suffix matching)."""
    learning_rate: Rate = 1e-4
    steps: Positive = 1000
    batch_size: Positive = 8
    warmup_steps: int = Field(50, ge=0)
    snr_gamma: float | None = 5.0
    """Min-SNR loss weighting (Hang et al. 2023); null: none."""
    caption_dropout: float = Field(0.1, ge=0.0, lt=1.0)
    """How often a whole caption is left out, which guidance needs."""
    term_dropout: float = Field(0.1, ge=0.0, lt=1.0)
    """How often one label's words are left out of a caption."""
    noise_offset: Weight = 0.0
    max_grad_norm: Rate = 1.0
    weight_decay: Weight = 0.01


class Draw(Frozen):
    """How synthetic images are drawn."""

    images: Positive = 300
    """Size of one adapter's pool before curation."""
    steps: Positive = 20
    guidance: Weight = 2.0
    scheduler: Literal["dpm++", "ddim", "base"] = "dpm++"
    """`base`: the scheduler that comes with the base model."""
    batch_size: Positive = 8
    allocation: Literal["as-real", "rare-first"] = "rare-first"
    """How images are divided over the attested label combinations."""


class GeneratorSettings(Frozen):
    """The base diffusion model, its adapter and the drawing."""

    base: str = "pocket/base"
    """A local folder, a single .safetensors file, or a hub id."""
    revision: str | None = None
    offline: bool = True
    """Never ask the hub: a base that is not on this machine is an error."""
    size: Positive = 64
    """Side in pixels at which the base is tuned and draws."""
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    caption: str = "a photograph of a {type}, {glaze} glaze, {kiln} kiln, {dynasty} dynasty"
    """Comma-separated parts, each naming one task; a part whose label is not known is left out."""
    lora: Lora = Lora()
    draw: Draw = Draw()


class CurationSettings(Frozen):
    """Which synthetic images are accepted, and for which tasks their label counts."""

    judges: int = Field(3, ge=2)
    """Cross-fitting parts of the judge stage: each judge is trained on the objects of all parts but one."""
    floor: float = Field(0.2, ge=0.0, le=1.0)
    """A judge whose cross-fitted balanced accuracy above chance is lower than this masks nothing for that task."""
    mask_below: float = Field(0.1, ge=0.0, le=1.0)
    """A label is masked when the judges give it less than this probability and prefer another."""
    reject_when_all_masked: bool = True
    copy_quantile: float = Field(0.99, gt=0.0, le=1.0)
    """An image counts as a copy of a training photograph (memorised) when it is nearer to it than this share of the
    training photographs are to other objects, and as a leak when so near to a validation or test photograph."""
    copy_similarity: float = Field(0.95, gt=0.0, le=1.0)
    """Least similarity (correlation of small pictures) of a copy, whatever the quantile."""
    vetoes: Path | None = None
    """A text file with one synthetic image's id a line, which are left out."""


Imbalance = Literal["none", "effective-number", "logit-adjustment", "focal"]


class ClassifierSettings(Frozen):
    """The multi-task network and its training."""

    backbone: str = "mobilenet_v3_small"
    """A torchvision classification model by name."""
    weights: str | None = "pocket/backbone.safetensors"
    """A local safetensors file, `hub` for torchvision's ImageNet weights, or null for a random start."""
    size: Positive = 64
    first_size: Positive | None = None
    """Side in pixels in the first `first_share` of the steps, which is faster when smaller; null: `size` throughout."""
    first_share: float = Field(0.5, ge=0.0, le=1.0)
    pooling: Literal["average", "statistics"] = "average"
    """What the heads get of the backbone: the last block's channel means, or means and deviations of several blocks."""
    neck: tuple[Positive, ...] = (256,)
    """Widths of the layers that all tasks share behind the backbone."""
    dropout: float = Field(0.2, ge=0.0, lt=1.0)
    steps: Positive = 300
    """Optimiser steps of every run of every arm."""
    batch_size: Positive = 32
    """Real slots of a step."""
    learning_rate: Rate = 1e-3
    backbone_rate: Rate = 3e-4
    layer_decay: float = Field(1.0, gt=0.0, le=1.0)
    """Factor of the backbone's rate from a block to the one before it."""
    freeze: float = Field(0.0, ge=0.0, le=1.0)
    """Share of the steps, from the first, in which the backbone stands still; 1: a probe of frozen features."""
    weight_decay: Weight = 1e-2
    warmup: float = Field(0.1, ge=0.0, lt=1.0)
    """Share of the steps in which the rates rise from zero; then they fall along a cosine."""
    max_grad_norm: Rate = 1.0
    label_smoothing: float = Field(0.05, ge=0.0, lt=1.0)
    imbalance: Imbalance | dict[str, Imbalance] = "logit-adjustment"
    """What the loss does about rare classes; one for all tasks or one a task (`none` for those not named)."""
    sampling: dict[str, Literal["balanced", "square-root"]] = Field(default_factory=dict)
    """Tasks whose rare classes are drawn more often into the real slots: all classes equally often, or half way."""
    augment: Literal["none", "paper", "strong"] = "paper"
    mix: Literal["none", "mixup", "cutmix"] = "none"
    """Pairs of images in a batch blended (mixup), or a box of one pasted into the other (cutmix), labels likewise."""
    mix_alpha: Rate = 0.2
    """Both parameters of the beta distribution that blends are drawn from."""
    task_weights: dict[str, Weight] = Field(default_factory=dict)
    """Weights of the tasks' losses; a task that is not named has 1."""
    task_weighting: Literal["static", "uncertainty", "dwa", "famo"] = "static"
    """`static`: `task_weights` as they are; the others find factors for them during training."""
    synthetic_weight: Weight = 1.0
    """Weight of a synthetic image's loss, a real photograph's being 1."""
    finish_on_real: float = Field(0.0, ge=0.0, lt=1.0)
    """Share of the steps, to the last, in which the extra slots stay empty."""
    ema: float = Field(0.99, ge=0.0, lt=1.0)
    """Decay a step of the averaged weights that are evaluated and kept; 0: none."""
    evaluations: Positive = 6
    """How often, evenly spread, validation is looked at for the best checkpoint."""
    flips: bool = False
    """Answer with the mean of a picture's and its mirror image's logits."""
    runs_at_once: int | Literal["auto"] = "auto"
    """Processes that train side by side, each with one thread; `auto`: one a core."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["float32", "bfloat16"] = "float32"
    """Arithmetic of the training steps; parameters, losses and predictions are float32 either way."""


class Arm(Frozen):
    """One way of training: what fills the extra slots and, on demand, from which photographs, for which tasks and by
    which recipe."""

    source: Literal["none", "synthetic", "repeat", "retrieved"] = "none"
    """`repeat` and `retrieved` are controls with real photographs: the training part's own, or those of `pool`."""
    share: Share | dict[str, Share] = 0.0
    """extra / (real + extra): 95:5 is 0.05; one for all tasks or one a task."""
    mode: Literal["extra", "replace"] = "extra"
    allocation: Literal["as-real", "rare-first"] = "as-real"
    task_weights: dict[str, Weight] = Field(default_factory=dict)
    synthetic_weight: Weight = 1.0
    pool: Path | None = None
    """With the source `retrieved`: a folder in the form in which `curate` leaves its images."""
    photographs: float = Field(1.0, gt=0.0, le=1.0)
    """Share of the training objects, drawn anew for every run; a run's smaller shares lie within its larger ones."""
    tail: dict[str, Positive] = Field(default_factory=dict)
    """Task -> how many training objects each class of its tail (the rarest third) keeps."""
    tasks: tuple[str, ...] = ()
    """The tasks that are learnt; none named: all."""
    classifier: dict[str, Any] = Field(default_factory=dict)
    """Settings of the classifier that differ for this arm."""

    @model_validator(mode="after")
    def _share_matches_source(self) -> Arm:
        highest = max(self.share.values(), default=0.0) if isinstance(self.share, dict) else self.share
        if self.source == "none" and highest > 0:
            raise ValueError("an arm with source `none` has share 0")
        if self.source != "none" and highest == 0:
            raise ValueError(f"an arm with source `{self.source}` needs a share above 0")
        if (self.source == "retrieved") != (self.pool is not None):
            raise ValueError("the source `retrieved` and a `pool` go together")
        return self

    @property
    def whole(self) -> bool:
        """Whether it learns all tasks from all training photographs, so that it can be taken away."""
        return self.photographs == 1 and not self.tail and not self.tasks

    @property
    def plain(self) -> bool:
        """Whether its extra slots say all about it."""
        return self.whole and not self.classifier

    def recipe(self, settings: ClassifierSettings) -> ClassifierSettings:
        """The classifier's settings for this arm; raises pydantic's `ValidationError` for one that will not do."""
        if not self.classifier:
            return settings
        return ClassifierSettings.model_validate({**settings.model_dump(), **self.classifier})


class ExperimentSettings(Frozen):
    """The comparison and its rules of evidence."""

    name: str = "kilnmix"
    seeds: Numbers = (0, 1, 2)
    """Classifier seeds; each is trained once an arm and adapter."""
    primary: tuple[tuple[str, str], ...] = (
        ("mix-95-5", "real"),
        ("mix-90-10", "real"),
        ("searched", "real-searched"),
    )
    """Comparisons (arm, reference) of the one family that the verdicts answer for."""
    control: str = "repeat-90-10"
    """The arm that an arm must also beat to be said to help."""
    alpha: Fraction = 0.05
    power: Fraction = 0.8
    margin: Rate = 0.02
    """Differences of macro-F1 within this are called equivalent."""
    min_class_objects: Positive = 5
    """A class is scored when the test parts hold at least so many objects of it."""
    min_task_objects: Positive = 40
    """A task with fewer labelled test objects is `untestable`."""


class SearchSettings(Frozen):
    """The two studies of a fold: with synthetic images, and with the same budget without."""

    trials: Positive = 20
    parallel: Positive = 2
    """Trials asked for together; results do not depend on which of them ends first."""
    steps: float = Field(1.0, gt=0.0, le=1.0)
    """Share of the classifier's steps that a trial gets."""
    seeds: Numbers = (0,)
    playoff: Annotated[tuple[int, ...], AfterValidator(_different)] = (1, 2)
    """Further seeds with which the best trial has to beat the baseline (equal weights) before it is taken; none: it
    is taken as it is."""
    max_share: Share = 0.4
    weight_range: tuple[Rate, Rate] = (0.5, 2.0)
    """Range of a task's loss weight, on a log scale; the first task's is fixed at 1."""
    storage: str = "journal:mlruns/studies.journal"
    """`journal:FILE` or any SQLAlchemy URL."""

    @model_validator(mode="after")
    def _is_fair(self) -> SearchSettings:
        if self.weight_range[0] > self.weight_range[1]:
            raise ValueError("weight_range is [lowest, highest]")
        both = sorted(set(self.seeds) & set(self.playoff))
        if both:
            raise ValueError(f"playoff must have seeds of its own, or luck would decide twice: {both} are in seeds too")
        return self


class ReportSettings(Frozen):
    """How the report is written."""

    language: Literal["en", "zh"] = "en"


class TrackingSettings(Frozen):
    """Where runs are recorded."""

    uri: str | None = None
    """An MLflow server; null: the database in `folder`."""
    folder: Path = Path("mlruns")


class Params(Frozen):
    """Everything that params.yaml says."""

    profile: str = "demo"
    seed: int = 0
    folds: Numbers = (0,)
    pools: Annotated[tuple[int | Literal["all"], ...], Field(min_length=1), AfterValidator(_different)] = (0,)
    """Folds for which adapters are tuned and pools drawn; `all` has no test part and serves refit."""
    adapters: Numbers = (0,)
    refit_pool: int | Literal["all"] = 0
    """The fold whose pool refit uses."""
    collection: CollectionSettings = CollectionSettings()
    generator: GeneratorSettings = GeneratorSettings()
    curation: CurationSettings = CurationSettings()
    classifier: ClassifierSettings = ClassifierSettings()
    arms: dict[str, Arm] = Field(default_factory=dict)
    experiment: ExperimentSettings = ExperimentSettings()
    search: SearchSettings = SearchSettings()
    report: ReportSettings = ReportSettings()
    tracking: TrackingSettings = TrackingSettings()

    @model_validator(mode="after")
    def _hangs_together(self) -> Params:
        missing = [fold for fold in self.folds if fold not in self.pools]
        if missing:
            raise ValueError(f"folds {missing} are not among pools {list(self.pools)}")
        if self.refit_pool not in self.pools:
            raise ValueError(f"refit_pool {self.refit_pool!r} is not among pools {list(self.pools)}")
        if sorted(self.folds) != list(range(len(self.folds))):
            raise ValueError(f"folds must be 0, 1, ... without gaps, not {list(self.folds)}")
        if self.arms:
            self._arms_are_known()
        for name, arm in self.arms.items():
            try:
                arm.recipe(self.classifier)
            except ValidationError as error:
                raise ValueError(f"arms.{name}.classifier will not do:\n{_sentences(error)}") from error
        self._weights_name_tasks()
        return self

    def _arms_are_known(self) -> None:
        found = {"searched", "real-searched"}
        taken = sorted(found & set(self.arms))
        if taken:
            raise ValueError(f"arms defines {', '.join(taken)}, which is what the search's own arms are called")
        known = {*self.arms, *found}
        for pair in self.experiment.primary:
            for name in pair:
                if name not in known:
                    raise ValueError(f"experiment.primary names the arm {name!r}, which arms does not define")
        control = self.experiment.control
        if control not in known:
            raise ValueError(f"experiment.control names the arm {control!r}, which arms does not define")

    def _weights_name_tasks(self) -> None:
        tasks = set(self.collection.tasks)
        weighted: dict[str, Mapping[str, object]] = {
            "classifier.task_weights": self.classifier.task_weights,
            "classifier.sampling": self.classifier.sampling,
        }
        if isinstance(self.classifier.imbalance, dict):
            weighted["classifier.imbalance"] = self.classifier.imbalance
        for name, arm in self.arms.items():
            weighted[f"arms.{name}.task_weights"] = arm.task_weights
            weighted[f"arms.{name}.tail"] = arm.tail
            weighted[f"arms.{name}.tasks"] = dict.fromkeys(arm.tasks)
            if isinstance(arm.share, dict):
                weighted[f"arms.{name}.share"] = arm.share
        for where, weights in weighted.items():
            unknown = sorted(set(weights) - tasks)
            if unknown:
                raise ValueError(f"{where} names {', '.join(unknown)}, which collection.tasks does not")


def _sentences(error: ValidationError) -> str:
    lines = []
    for fault in error.errors():
        where = ".".join(str(part) for part in fault["loc"]) or "settings"
        if fault["type"] == "extra_forbidden":
            lines.append(f"{where}: there is no such setting")
        else:
            lines.append(f"{where}: {fault['msg'].removeprefix('Value error, ')}")
    return "\n".join(f"  {line}" for line in lines)


def parse(settings: dict[str, Any], origin: str) -> Params:
    """Validated settings from a parsed YAML file.

    Raises:
        UserError: a setting is unknown or its value will not do; each fault is named with its place.
    """
    try:
        return Params.model_validate(settings)
    except ValidationError as error:
        raise UserError(
            f"{origin} has settings that will not do:\n{_sentences(error)}\n"
            "Mend them in conf/ and run `kilnmix compose`, or edit params.yaml."
        ) from error


def load(path: Path = Path("params.yaml")) -> Params:
    """The settings of this project.

    Raises:
        UserError: the file is missing, is not YAML, or `parse` refuses it.
    """
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UserError(
            f"There is no {path} here. Run kilnmix in the project's folder, or write it with `kilnmix compose`."
        ) from error
    try:
        settings = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(
            f"{path} is not valid YAML: {error}. Mend it, or write it anew with `kilnmix compose`."
        ) from error
    if not isinstance(settings, dict):
        raise UserError(f"{path} holds no settings. Write it anew with `kilnmix compose`.")
    return parse(settings, str(path))

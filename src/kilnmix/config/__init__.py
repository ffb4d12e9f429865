"""params.yaml -> frozen, validated types. Read once, at the start of a command; nothing further in sees a dictionary.

Every field says in a sentence what it is; `conf/` holds the values and composes them into params.yaml.
"""

from kilnmix.config.classifier import ClassifierSettings, Imbalance
from kilnmix.config.collection import CollectionSettings, Columns, Duplicates, Split
from kilnmix.config.curation import CopySettings, CurationSettings
from kilnmix.config.experiment import Arm, ExperimentSettings, SearchSettings
from kilnmix.config.generator import Draw, GeneratorSettings, Lora
from kilnmix.config.params import Params, ReportSettings, TrackingSettings, load, parse

__all__ = [
    "Arm",
    "ClassifierSettings",
    "CollectionSettings",
    "Columns",
    "CopySettings",
    "CurationSettings",
    "Draw",
    "Duplicates",
    "ExperimentSettings",
    "GeneratorSettings",
    "Imbalance",
    "Lora",
    "Params",
    "ReportSettings",
    "SearchSettings",
    "Split",
    "TrackingSettings",
    "load",
    "parse",
]

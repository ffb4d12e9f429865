"""The refitted classifier behind `mlflow models serve`: a photograph's bytes in, classes and probabilities out.

MLflow loads this module by name and calls `_load_pyfunc`, so no pickle is involved.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

REQUIREMENTS = (
    "torch",
    "torchvision",
    "safetensors",
    "numpy",
    "pandas",
    "pillow",
    "albumentations",
    "pydantic",
    "tqdm",
)


class Classifier:
    """What MLflow calls."""

    def __init__(self, folder: Path) -> None:
        from kilnmix.classifier import predict

        self.model = predict.load(folder)

    def predict(self, pictures: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """A row a picture; for every task its class and the class's probability.

        Args:
            pictures: a column `image` of bytes, the content of a picture file.
        """
        import pandas as pd

        from kilnmix.classifier import predict

        squares = np.stack([self._square(bytes(content)) for content in pictures["image"]])
        probabilities, _ = predict.apply(self.model, squares)
        columns: dict[str, list[Any]] = {}
        for answer in predict.most_likely(self.model, probabilities, 1):
            for task, ((name, value),) in answer.items():
                columns.setdefault(task, []).append(name)
                columns.setdefault(f"{task}_probability", []).append(value)
        return pd.DataFrame(columns)

    def _square(self, content: bytes) -> np.ndarray:
        from kilnmix.collection.pictures import picture as pictures

        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            return pictures.decode(Path(file.name), self.model.size, self.model.fit).square  # type: ignore[arg-type]


def _load_pyfunc(path: str) -> Classifier:
    return Classifier(Path(path))


def save(folder: Path, target: Path) -> None:
    """Writes the model of `folder` as an MLflow pyfunc model with this package's code beside it.

    Args:
        folder: as `refit` leaves it; target: a folder that is not there yet.
    """
    from importlib.metadata import version

    import mlflow.pyfunc
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    import kilnmix

    mlflow.pyfunc.save_model(
        path=str(target),
        loader_module="kilnmix.tracking.mlflow_model",
        data_path=str(folder),
        code_paths=[str(Path(kilnmix.__file__).parent)],
        signature=ModelSignature(inputs=Schema([ColSpec("binary", "image")])),
        pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
    )

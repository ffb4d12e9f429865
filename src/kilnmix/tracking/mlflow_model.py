"""The refitted classifier behind `mlflow models serve`: a photograph's bytes in, classes and probabilities out.

MLflow loads this module by name and calls `_load_pyfunc`, so no pickle is involved.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

REQUIREMENTS = (
    "torch",
    "torchvision",
    "timm",
    "safetensors",
    "numpy",
    "scipy",
    "pandas",
    "pillow",
    "opencv-python-headless",
    "pydantic",
    "pyyaml",
    "filelock",
    "tqdm",
)
"""Of the modules that answering imports; a test looks at what is imported."""
_TOP = 3


class Classifier:
    """What MLflow calls.

    Args:
        folder: of the model, as `refit` leaves it.
    """

    def __init__(self, folder: Path) -> None:
        from kilnmix.classifier import predict

        self.model = predict.load(folder)

    def predict(self, pictures: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """A row a picture. For every task: its likeliest class, the class's probability, and the `top` likeliest.

        Args:
            pictures: a column `image` of bytes, the content of a picture file; a server takes them in base64.
            params: `top`, how many classes the third column lists.

        Raises:
            MlflowException: a row holds no picture; a server then answers 400 with the sentence.
        """
        import pandas as pd

        from kilnmix.classifier import predict

        top = int((params or {}).get("top", _TOP))
        squares = np.stack([self._square(row, content) for row, content in enumerate(pictures["image"])])
        probabilities, _ = predict.apply(self.model, squares)
        columns: dict[str, list[Any]] = {}
        for answer in predict.most_likely(self.model, probabilities, max(top, 1)):
            for task, classes in answer.items():
                name, value = classes[0]
                columns.setdefault(task, []).append(name)
                columns.setdefault(f"{task}_probability", []).append(round(value, 4))
                listed = ", ".join(f"{name} {value:.4f}" for name, value in classes)
                columns.setdefault(f"{task}_top", []).append(listed)
        return pd.DataFrame(columns)

    def _square(self, row: int, content: object) -> np.ndarray:
        from mlflow.exceptions import MlflowException
        from mlflow.protos.databricks_pb2 import BAD_REQUEST

        from kilnmix.collection.pictures.picture import PictureError, decode_bytes

        if not isinstance(content, bytes | bytearray | memoryview):
            raise MlflowException(f"Row {row} of `image` holds no bytes: send a file's content in base64.", BAD_REQUEST)
        try:
            return decode_bytes(bytes(content), self.model.card.size, self.model.card.fit).square
        except PictureError as error:
            raise MlflowException(
                f"Row {row} of `image` is no picture that can be read: {error}.", BAD_REQUEST
            ) from None


def _load_pyfunc(path: str) -> Classifier:
    return Classifier(Path(path))


def save(folder: Path, target: Path) -> None:
    """Writes the model of `folder` as an MLflow pyfunc model with this package's code beside it.

    Args:
        folder: as `refit` leaves it; target: a folder that is not there yet.
    """
    import logging
    import warnings
    from importlib.metadata import version

    import mlflow.pyfunc

    import kilnmix

    logging.getLogger("mlflow").setLevel(logging.ERROR)  # it finds no fault that matters in an example of bytes
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*input example was not provided")  # example.json is one
        mlflow.pyfunc.save_model(
            path=str(target),
            loader_module="kilnmix.tracking.mlflow_model",
            data_path=str(folder),
            code_paths=[str(Path(kilnmix.__file__).parent)],
            signature=_signature(folder),
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
        )
    (target / "example.json").write_text(request(_grey_picture()) + "\n", encoding="utf-8")


def request(picture: bytes) -> str:
    """What a server takes for a picture file's content."""
    import json

    rows = [[base64.b64encode(picture).decode("ascii")]]
    return json.dumps({"dataframe_split": {"columns": ["image"], "data": rows}})


def _signature(folder: Path) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema

    from kilnmix.classifier import model_card

    card = model_card.read(folder)
    kinds = (("", "string"), ("_probability", "double"), ("_top", "string"))
    answers: list[Any] = [ColSpec(kind, f"{task.name}{ending}") for task in card.tasks for ending, kind in kinds]
    return ModelSignature(
        inputs=Schema([ColSpec("binary", "image")]),
        outputs=Schema(answers),
        params=ParamSchema([ParamSpec("top", "integer", _TOP)]),
    )


def _grey_picture() -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (64, 64), (128, 128, 128)).save(file, "JPEG")
    return file.getvalue()

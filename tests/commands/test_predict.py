from pathlib import Path

import pytest
from PIL import Image

from tests.commands.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.png"], "none.png"),
        (["a.png"], "out/refit"),
        (["a.png", "--format", "xml"], "xml"),
        (["a.png", "--top", "0"], "Invalid value for '--top'"),
    ],
)
def test_what_will_not_do(project: Path, run: Run, arguments: list[str], said: str) -> None:
    Image.new("RGB", (40, 40)).save("a.png")
    status, out, told = run("predict", *arguments)
    assert status == 2 and said in told and out == ""

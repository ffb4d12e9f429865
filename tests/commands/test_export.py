from pathlib import Path

import pytest

from tests.commands.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.txt"], "is no name of a .safetensors file: `kilnmix export a.safetensors`"),
        (["a.safetensors", "--format", "png"], "There is no format 'png'"),
        (["a b.txt"], "`kilnmix export 'a b.safetensors'`"),
        (["."], "`kilnmix export adapter.safetensors`"),
        (["/"], "`kilnmix export /adapter.safetensors`"),
        (["a b.safetensors", "--format", "png"], "`kilnmix export --format kohya 'a b.safetensors'`"),
        (["a.safetensors", "--fold", "first"], "There is no fold 'first': params.yaml names the folds"),
        (["a.safetensors", "--fold", "²"], "There is no fold"),
        (["there.safetensors"], "is there already"),
        (["a.safetensors"], "out/finetune/0/0"),
        (["a.safetensors", "--adapter", "5"], "There is no adapter 5: params.yaml names the adapters"),
    ],
)
def test_what_will_not_do_is_a_sentence(project: Path, run: Run, arguments: list[str], said: str) -> None:
    Path("there.safetensors").write_bytes(b"mine")
    status, _, told = run("export", *arguments)
    assert status == 2 and said in told and "Traceback" not in told
    assert Path("there.safetensors").read_bytes() == b"mine" and not Path("a.safetensors").exists()

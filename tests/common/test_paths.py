from pathlib import Path

from kilnmix.common.paths import output


def test_outputs_of_stages_folds_and_adapters() -> None:
    assert output("train") == Path("out/train")
    assert output("train", 0) == Path("out/train/0")
    assert output("finetune", "all", 0) == Path("out/finetune/all/0")

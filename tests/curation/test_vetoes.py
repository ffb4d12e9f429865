from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.curation import vetoes
from tests.composed import settings

IDS = ["000001", "000002", "000003", "000004"]


def of(path: Path, adapter: int) -> frozenset[str]:
    return vetoes.of_pool(vetoes.read(path), 0, adapter, IDS, path)


def test_a_text_is_read_for_one_pool(tmp_path: Path) -> None:
    path = tmp_path / "vetoes.txt"
    path.write_text("# ruled out\n0/1/000003\n\n0/0/000004  # blurred\n")
    assert (of(path, 1), of(path, 0)) == ({"000003"}, {"000004"})
    assert vetoes.read(path)[1].comment == "blurred"
    assert vetoes.read(None) == []
    path.write_text("000003\n")
    with pytest.raises(UserError, match="line 1"):
        vetoes.read(path)
    with pytest.raises(UserError, match="not there"):
        vetoes.read(tmp_path / "nothing.txt")


def test_what_the_gallery_exports_is_read(tmp_path: Path) -> None:
    path = tmp_path / "vetoes.csv"
    path.write_text('image,comment\n0/0/000001,"two spouts, one handle"\n0/1/000002,\n0/0/000001,again\n')
    found = vetoes.read(path)
    assert [(veto.image, veto.comment) for veto in found] == [("0/0/000001", "again"), ("0/1/000002", "")]
    assert of(path, 0) == {"000001"}
    path.write_text("comment,image\n,0/0\n")
    with pytest.raises(UserError, match="line 2: '0/0' is not of the form"):
        vetoes.read(path)


@pytest.mark.parametrize("image", ["O/0/000001", "00/0/000001", "-1/0/000001", "0/x/000001", "0/01/000001", "²/0/1"])
def test_a_fold_and_an_adapter_are_plain_numbers(tmp_path: Path, image: str) -> None:
    path = tmp_path / "vetoes.txt"
    path.write_text(f"0/0/000001\n{image}\n", encoding="utf-8")
    with pytest.raises(UserError, match=f"line 2: '{image}' names no pool"):
        vetoes.read(path)


def test_vetoes_of_pools_that_the_study_does_not_have_are_told(tmp_path: Path) -> None:
    path = tmp_path / "vetoes.txt"
    path.write_text("0/0/000001\n9/0/000001\n1/2/000001\nall/0/000001\n1/1/000001\n", encoding="utf-8")
    params = settings().model_copy(update={"pool_folds": (0, 1, "all"), "adapters": (0, 1)})
    assert [veto.image for veto in vetoes.astray(vetoes.read(path), params)] == ["9/0/000001", "1/2/000001"]
    assert vetoes.astray(vetoes.read(path)[:1], params) == []


def test_a_veto_that_names_no_image_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "vetoes.txt"
    for written in ("0/0/3", "0/0/000003.png", "0/0/00003"):
        path.write_text(f"\ufeff{written}\n", encoding="utf-8")
        with pytest.raises(UserError, match="Perhaps 000003 is meant"):
            of(path, 0)
    path.write_text("\ufeff0/0/000003\n", encoding="utf-8")
    assert of(path, 0) == {"000003"}
    path.write_bytes("# 否决\n".encode("gbk"))
    with pytest.raises(UserError, match="UTF-8"):
        of(path, 0)

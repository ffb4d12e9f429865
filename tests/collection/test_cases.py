"""Faults that people reported of such tables, each rebuilt small: they come out right, or are refused."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from PIL import Image

from kilnmix.collection import intake, pipeline, prepared, resolving
from kilnmix.collection.intake import Plan, Source
from kilnmix.collection.pictures import picture as pictures
from kilnmix.collection.tables import reader
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings
from tests.collection.conftest import picture

DYNASTIES, TYPES = ("明", "清", "宋"), ("碗", "瓶", "盘")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no DVC project


def photographs(folder: Path, names: Sequence[str]) -> Path:
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture(number).save(folder / name)
    return folder


def rows(count: int, views: int = 1, name: Callable[[int], str] = lambda n: f"p{n:02d}.png") -> list[list[str]]:
    """name, object, dynasty, type: `views` photographs of each object."""
    return [[name(n), f"K{n // views}", DYNASTIES[n // views % 3], TYPES[n // views % 3]] for n in range(count)]


def written(path: Path, lines: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(lines)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def plan(tmp_path: Path, table: Path, settings: CollectionSettings) -> Plan:
    return intake.plan(Source(tmp_path / "photos", table), settings)


HEADER = ["image", "object_id", "dynasty", "type"]


def test_a_sheet_whose_stated_size_is_wrong(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in [HEADER, *rows(24)]:
        book.active.append(line)
    book.save(tmp_path / "sound.xlsx")
    with zipfile.ZipFile(tmp_path / "sound.xlsx") as sound, zipfile.ZipFile(tmp_path / "t.xlsx", "w") as wrong:
        for part in sound.namelist():
            content = sound.read(part)
            wrong.writestr(part, content.replace(b'<dimension ref="A1:D25"', b'<dimension ref="A1"'))
    assert b'ref="A1"' in zipfile.ZipFile(tmp_path / "t.xlsx").read("xl/worksheets/sheet1.xml")
    assert len(reader.read(tmp_path / "t.xlsx")) == 24


def test_merged_cells_belong_to_every_row(tmp_path: Path, settings: CollectionSettings) -> None:
    photographs(tmp_path / "photos", [f"p{n:02d}.png" for n in range(36)])
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["馆藏陶瓷登记表"])
    sheet.merge_cells("A1:D1")
    sheet.append(["图片", "藏品编号", "年代", "器型"])
    for number, line in enumerate(rows(36, views=3)):
        sheet.append(line if number % 3 == 0 else [line[0]])
    for start in range(3, 39, 3):
        for column in "BCD":
            sheet.merge_cells(f"{column}{start}:{column}{start + 2}")
    book.save(tmp_path / "t.xlsx")
    planned = plan(tmp_path, tmp_path / "t.xlsx", settings)
    intake.carry_out(planned)
    out = tmp_path / "out"
    out.mkdir()
    card = pipeline.prepare(settings, 1, 0, out, out)
    made = prepared.load(out)
    assert (card.kept, card.objects) == (36, 12)
    assert all(len(set(made.parts[0][made.objects == number])) == 1 for number in range(12))
    assert "12 objects, 36 photographs" in planned.account
    assert "'馆藏陶瓷登记表'" in planned.account


def test_a_quotation_mark_that_stays_open(tmp_path: Path) -> None:
    lines = ["image,title,dynasty,type", *(f"p{n:02d}.png,title {n},Ming,bowl" for n in range(24))]
    lines[7] = 'p06.png,"12 inch bowl,Ming,bowl'
    (tmp_path / "one.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(UserError, match=r"line 8: a quotation mark is opened and never closed"):
        reader.read(tmp_path / "one.csv")
    lines[15] = 'p14.png,large bowl",Ming,bowl'
    (tmp_path / "two.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(UserError, match=r"line 8: .* closed 8 lines later"):
        reader.read(tmp_path / "two.csv")
    lines[7], lines[15] = 'p06.png,"a note\nof three\nlines",Ming,bowl', lines[14]
    (tmp_path / "sound.csv").write_text("\n".join(lines) + "\n")
    assert len(reader.read(tmp_path / "sound.csv")) == 24


def test_a_table_of_a_western_windows(tmp_path: Path, settings: CollectionSettings) -> None:
    names = [f"céladon_{n:02d}.png" if n % 4 == 0 else f"p{n:02d}.png" for n in range(24)]
    photographs(tmp_path / "photos", names)
    lines = [[*HEADER, "source"], *([*line, "Musée Cernuschi"] for line in rows(24, name=lambda n: names[n]))]
    for line in lines[1:]:
        line[2], line[3] = {"明": "Ming", "清": "Qing", "宋": "Song"}[line[2]], "bowl" if line[3] == "碗" else "vase"
    planned = plan(tmp_path, written(tmp_path / "t.csv", lines, "cp1252"), settings)
    assert planned.table.encoding == "cp1252"
    assert len(planned.listed.rows) == 24
    assert planned.listed.rows[0].source == "Musée Cernuschi"


def test_a_hidden_sheet_before_the_register(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "lists"
    book.active.sheet_state = "hidden"
    for entry in ("dynasty", "明", "清"):
        book.active.append([entry, "type"])
    sheet = book.create_sheet("Register")
    for line in [HEADER, *rows(5)]:
        sheet.append(line)
    book.save(tmp_path / "t.xlsx")
    table = reader.read(tmp_path / "t.xlsx")
    assert (table.sheet, len(table)) == ("Register", 5)
    assert any("lists" in note for note in table.notes)


def test_characters_that_nobody_sees(tmp_path: Path, settings: CollectionSettings) -> None:
    photographs(tmp_path / "photos", [f"p{n:02d}.png" for n in range(24)])
    marks = ["\u200b", "\u202a", "\ufeff", "\u00ad", "\u00a0", "\u200e"]
    lines = rows(24, name=lambda n: f"{marks[n % 6]}p{n:02d}.png\u200b")
    header = ["\u200bimage", "object_id\u00a0", "dyn\u00adasty", "\u202atype"]
    planned = plan(tmp_path, written(tmp_path / "t.csv", [header, *lines]), settings)
    assert len(planned.listed.rows) == 24
    assert planned.found.uses() == {"image": "image", "object": "object_id", "dynasty": "dynasty", "type": "type"}


def test_the_fuller_of_two_columns(tmp_path: Path, settings: CollectionSettings) -> None:
    lines = [["Object Number", "Period", "Dynasty", "Object Name"]]
    lines += [[f"19.{n}", ("Ming dynasty (1368–1644)", "Tang dynasty")[n % 2], "", "Dish"] for n in range(10)]
    resolved = resolving.resolve(written(tmp_path / "met.csv", lines), settings)
    assert resolved.read_from["dynasty"] == ("Period",)
    assert {found.id for found in resolved.understood.readings["dynasty"]} == {"ming", "tang"}
    assert "dynasty is taken from 'Period' ('Dynasty' says less)" in resolving.report(resolved)


def test_doubt_stands_beside_the_class(tmp_path: Path, settings: CollectionSettings) -> None:
    lines = [["dynasty", "type"], ["Ming", "bowl"], ["Ming?", "bowl"], ["possibly Song", "jar"], ["", "jar"]]
    path = written(tmp_path / "t.csv", lines)
    file = io.StringIO()
    resolving.write(resolving.resolve(path, settings), file)
    rows_ = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert [(row["dynasty_id"], row["dynasty_sure"]) for row in rows_] == [
        ("ming", "1"),
        ("", "0"),
        ("", "0"),
        ("", ""),
    ]
    kept = resolving.resolve(path, settings.model_copy(update={"doubtful": "keep"}))
    assert [found.id for found in kept.understood.readings["dynasty"]] == ["ming", "ming", "song", ""]
    assert kept.understood.sure["dynasty"][:3].tolist() == [1, 0, 0]
    marked = written(
        tmp_path / "m.csv", [["dynasty", "dynasty_sure", "type"], ["Ming", "0", "bowl"], ["Qing", "1", "jar"]]
    )
    assert [found.id for found in resolving.resolve(marked, settings).understood.readings["dynasty"]] == ["", "qing"]


@pytest.mark.parametrize(
    ("heading", "terms"),
    [
        ("纹饰", ["鹿纹", "鹭纹", "荷纹", "鹤纹", "蝠纹", "福纹"]),
        ("grade", ["A+", "A", "A-", "B", "B+", "A--"]),
        ("size", ["<10 cm", ">10 cm", "10 cm", "≤10 cm", "±10 cm"]),
        ("language", ["C", "C#", "C++"]),
        ("marks", ["★", "★★", "☆", "◎", "/", "\\"]),
        ("имя", ["кой", "кои", "かき", "がき", "가", "나"]),
        ("share", ["50%", "50", "0.5", "5"]),
    ],
)
def test_terms_of_an_own_task_stay_apart(
    tmp_path: Path, settings: CollectionSettings, heading: str, terms: list[str]
) -> None:
    lines = [["image", heading], *(["x", term] for term in (*terms, *terms))]
    own = settings.model_copy(update={"tasks": (heading,)})
    ids = [f.id for f in resolving.resolve(written(tmp_path / "t.csv", lines), own).understood.readings[heading]]
    assert len(set(ids)) == len(terms)
    assert ids[: len(terms)] == ids[len(terms) :]
    assert not any(set(id_) & set('/\\:*?"<>|') or id_.startswith(".") for id_ in ids)


@pytest.mark.parametrize(
    "heading",
    ["Accession #", "ID", "Inv. No.", "Museum number", "Object No.", "Registration number", "accessionNumber",
     "objectNumber", "典藏號", "出土编号", "总账号", "文物总登记号", "文物統一編號", "标本编号",
     "藏品登记号", "馆藏编号", "藏品编号 (Accession No.)", "文物编号*", "OBJECT-NUMBER", "Acc.No", "Inventory number",
     "資料番号"],
)  # fmt: skip
def test_headings_of_object_numbers(tmp_path: Path, settings: CollectionSettings, heading: str) -> None:
    photographs(tmp_path / "photos", [f"p{n:02d}.png" for n in range(12)])
    table = written(tmp_path / "t.csv", [["image", heading, "dynasty", "type"], *rows(12, views=2)])
    planned = plan(tmp_path, table, settings)
    assert planned.found.object == heading
    assert "6 objects, 12 photographs" in planned.account


def test_no_object_number_is_said(tmp_path: Path, settings: CollectionSettings) -> None:
    photographs(tmp_path / "photos", [f"p{n:02d}.png" for n in range(12)])
    lines = [["image", "dynasty", "type"], *([r[0], r[2], r[3]] for r in rows(12))]
    assert (
        "nothing says which photographs show one object"
        in plan(tmp_path, written(tmp_path / "t.csv", lines), settings).account
    )


def test_file_names_in_other_bytes(tmp_path: Path, settings: CollectionSettings) -> None:
    folder = photographs(tmp_path / "photos", [f"p{n:02d}.png" for n in range(4, 12)])
    names = ["青花碗_01.png", "粉彩瓶_01.png", "白釉盘_01.png", "瓶.png"]
    for number, name in enumerate(names):
        picture(100 + number).save(tmp_path / "one.png")
        (tmp_path / "one.png").rename(os.fsdecode(os.fsencode(folder) + b"/" + name.encode("gbk")))
    lines = [HEADER, *rows(12, name=lambda n: names[n] if n < 4 else f"p{n:02d}.png")]
    planned = plan(tmp_path, written(tmp_path / "t.csv", lines), settings)
    assert len(planned.listed.rows) == 12
    intake.carry_out(planned)
    assert (settings.folder / "images" / "粉彩瓶_01.png").exists()


def test_names_from_an_archive_that_were_taken_for_another_code_page(
    tmp_path: Path, settings: CollectionSettings
) -> None:
    names = [f"{kind}_{number:02d}.png" for number, kind in enumerate(("青花碗", "粉彩瓶", "白釉盘", "瓶") * 3)]
    photographs(tmp_path / "photos", [name.encode("gbk").decode("cp437") for name in names])
    lines = [HEADER, *rows(12, name=lambda n: names[n])]
    planned = plan(tmp_path, written(tmp_path / "t.csv", lines), settings)
    assert len(planned.listed.rows) == 12
    intake.carry_out(planned)
    assert sorted(path.name for path in (settings.folder / "images").iterdir()) == sorted(names)


def test_one_name_in_two_folders(tmp_path: Path, settings: CollectionSettings) -> None:
    names = [f"{folder}v{n:02d}.png" for n in range(6) for folder in ("", "images/")]
    names += ["A.png", "a.png", "caf\u00e9.png", "cafe\u0301.png"]
    photographs(tmp_path / "photos", names)
    lines = [HEADER, *rows(len(names), name=lambda n: names[n])]
    intake.carry_out(plan(tmp_path, written(tmp_path / "t.csv", lines), settings))
    with (settings.folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        brought = list(csv.DictReader(file))
    assert len({row["image"].casefold() for row in brought}) == len(names)
    for number, row in enumerate(brought):
        assert (settings.folder / row["image"]).read_bytes() == (tmp_path / "photos" / names[number]).read_bytes()


@pytest.mark.parametrize("form", ["jpg", "tif", "png", "webp", "avif"])
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_pictures_stand_upright(tmp_path: Path, form: str, orientation: int) -> None:
    upright = np.zeros((64, 96, 3), np.uint8)
    upright[:32, :48], upright[:32, 48:], upright[32:, :48] = (250, 0, 0), (0, 250, 0), (0, 0, 250)
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}[orientation]
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = orientation
    Image.fromarray(upright).transpose(back).save(tmp_path / f"a.{form}", exif=exif)
    found = pictures.decode(tmp_path / f"a.{form}", 96, "squash")
    assert (found.width, found.height) == (96, 64)
    assert [found.square[y, x].argmax() for y, x in ((10, 10), (10, 85), (85, 10))] == [0, 1, 2]
    assert found.square[85, 85].max() < 30

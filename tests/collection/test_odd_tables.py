"""Tables as people send them, each with the same eight photographs, read to the same labels."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from PIL import Image

from kilnmix.collection import intake, labels
from kilnmix.collection.vocabulary import vocabulary
from tests import composed

COUNT = 8
PERIODS, TYPES = ("宋", "明", "清", "元") * 2, ("碗", "罐") * 4
IDS = {"宋": "song", "明": "ming", "清": "qing", "元": "yuan", "碗": "bowl", "罐": "jar"}
ROWS = [[f"p{n}.jpg", f"K{n // 2}", PERIODS[n], TYPES[n]] for n in range(COUNT)]
HEADINGS = ["图片", "藏品编号", "年代", "器形"]


def text(rows: Sequence[Sequence[str]], separator: str = ",", encoding: str = "utf-8") -> bytes:
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator="\n").writerows(rows)
    return file.getvalue().encode(encoding)


def headed(*names: str) -> bytes:
    return text([names, *ROWS])


def paths(change: Callable[[str], str]) -> bytes:
    return text([HEADINGS, *([change(row[0]), *row[1:]] for row in ROWS)])


def book(rows: Sequence[Sequence[str | None]], merges: Sequence[str] = (), left: int = 1) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    for line, row in enumerate(rows, start=1):
        for column, cell in enumerate(row, start=left):
            sheet.cell(line, column, cell)
    for merge in merges:
        sheet.merge_cells(merge)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


TABLES: dict[str, tuple[str, bytes]] = {
    "GB18030": ("t.csv", text([HEADINGS, *ROWS], encoding="gb18030")),
    "Big5": ("t.csv", text([["圖片", "藏品編號", "年代", "器形"], *ROWS], encoding="big5")),
    "UTF-16 with tabs": ("t.txt", text([HEADINGS, *ROWS], "\t", "utf-16")),
    "UTF-16 without a mark": ("t.csv", text([HEADINGS, *ROWS], "\t", "utf-16-be")),
    "UTF-32": ("t.csv", text([HEADINGS, *ROWS], encoding="utf-32")),
    "semicolons named above": ("t.csv", b"sep=;\r\n" + text([HEADINGS, *ROWS], ";")),
    "bars": ("t.csv", text([HEADINGS, *ROWS], "|")),
    "full-width commas": ("t.csv", text([HEADINGS, *ROWS], "，")),
    "returns alone": ("t.csv", text([HEADINGS, *ROWS]).replace(b"\n", b"\r")),
    "remarks above": ("t.csv", b"# export\n# of nobody\n" + text([HEADINGS, *ROWS])),
    "trailing commas": ("t.csv", text([[*row, "", ""] for row in [HEADINGS, *ROWS]])),
    "an unnamed first column": ("t.csv", text([["", *HEADINGS], *([str(n), *row] for n, row in enumerate(ROWS))])),
    "invisible signs in headings": ("t.csv", headed(*(f"\u00a0{name}\u200b" for name in HEADINGS))),
    "stars, colons and brackets": ("t.csv", headed("图片*", "编号(必填)", "年代:", "器形\u3000")),
    "headings of registers": ("t.csv", headed("照片文件名", "文物编号", "年代（朝代）", "器类")),
    "headings of lists": ("t.csv", headed("图像名称", "总登记号", "所属朝代", "器型名称")),
    "headings in traditional characters": ("t.csv", headed("影像檔名", "典藏號", "朝代", "器形")),
    "headings in Japanese": ("t.csv", headed("画像ファイル", "収蔵番号", "時代", "器形")),
    "headings in English": ("t.csv", headed("Photo file name", "Accession no.", "Dynasty / Period", "Object type")),
    "more headings in English": ("t.csv", headed("Image file", "Inventory number", "Date/Period", "Form")),
    "names in capitals": ("t.csv", paths(str.upper)),
    "names without a suffix": ("t.csv", paths(lambda name: name.removesuffix(".jpg"))),
    "paths of Windows": ("t.csv", paths(lambda name: f"D:\\照片\\{name}")),
    "addresses of files": ("t.csv", paths(lambda name: f"file:///D:/x/{name}")),
    "a title, a remark, an offset": (
        "t.xlsx",
        book([["馆藏瓷器总表"], ["制表：某某"], [], HEADINGS, *ROWS], ["C1:F1", "D5:D6", "D7:D8"], 3),
    ),
    "empty rows between": ("t.xlsx", book([HEADINGS, *(part for row in ROWS for part in ([], row))])),
    "two lines of headings": (
        "t.xlsx",
        book([["图片", "藏品信息"], [None, *HEADINGS[1:]], *ROWS], ["A1:A2", "B1:D1"]),
    ),
    "headings of cabinets": ("t.xlsx", book([HEADINGS, ["第1柜"], *ROWS[:4], ["第2柜"], *ROWS[4:]])),
    "JSON lines": (
        "t.jsonl",
        "\n".join(json.dumps(dict(zip(HEADINGS, row, strict=True)), ensure_ascii=False) for row in ROWS).encode(),
    ),
    "an HTML table that is called .xls": (
        "t.xls",
        "".join(
            ["<html><table>"]
            + [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in [HEADINGS, *ROWS]]
            + ["</table></html>"]
        ).encode("gbk"),
    ),
}


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    rng = np.random.default_rng(0)
    for number in range(COUNT):
        pixels = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"p{number}.jpg")
    return folder


@pytest.mark.parametrize("name", TABLES)
def test_the_same_labels_in_every_form(name: str, photographs: Path, tmp_path: Path) -> None:
    file, content = TABLES[name]
    (tmp_path / file).write_bytes(content)
    settings = composed.settings("collection=default").collection.model_copy(
        update={
            "tasks": ("dynasty", "type"),
            "vocabulary": composed.CONF / "vocabulary.yaml",
            "folder": tmp_path / "data",
        }
    )
    planned = intake.plan(intake.Source(photographs, tmp_path / file), settings)
    rows = planned.listed.rows
    read = labels.read_all(rows, settings.tasks, vocabulary.load(settings.vocabulary), planned.found.shared)
    found = {
        (row.image, row.object, read["dynasty"][place].id, read["type"][place].id) for place, row in enumerate(rows)
    }
    assert found == {(image, number, IDS[period], IDS[kind]) for image, number, period, kind in ROWS}
    assert len(rows) == COUNT

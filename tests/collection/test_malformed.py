"""Hundreds of tables and pictures that are broken in ways of their own: a reason for each, and nothing lost."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from PIL import Image

from kilnmix.collection import intake, pipeline, prepared, resolving
from kilnmix.collection.pictures import picture as pictures
from kilnmix.collection.tables import reader as table
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings
from tests.collection.conftest import draw, picture

TABLES, PICTURES = 260, 120


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in [["image", "dynasty", "type"], ["a.png", "宋", "碗"], ["b.png", "明", "罐"]]:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


TEXT = 'image,object_id,dynasty,type\r\nimages/000-0.png,k0,宋,碗\r\n"images/001-0.png",k1,"明,代",jar\r\n' * 6


def opendocument() -> bytes:
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    rows = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in line.split(","))
        + "</table:table-row>"
        for line in TEXT.replace('"', "").splitlines()
    )
    body = f'<office:body><office:spreadsheet><table:table table:name="a">{rows}</table:table></office:spreadsheet>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        content = (
            f'<?xml version="1.0"?><office:document-content {spaces}>{body}</office:body></office:document-content>'
        )
        archive.writestr("content.xml", content)
    return buffer.getvalue()


def page() -> bytes:
    rows = [line.replace('"', "").split(",") for line in TEXT.splitlines()]
    lines = "".join("<tr>" + "".join(f"<td rowspan=1>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<html><meta charset="utf-8"><table>{lines}</table></html>'.encode()


def records(lines: bool) -> bytes:
    found = [dict(zip(("image", "dynasty", "type"), (f"{n}.png", "宋", "碗"), strict=True)) for n in range(9)]
    return "\n".join(map(json.dumps, found)).encode() if lines else json.dumps({"data": found}).encode()


SOUND = [
    TEXT.encode(), TEXT.encode("utf-16"), TEXT.encode("gb18030"), TEXT.replace(",", "\t").encode(), workbook(),
    opendocument(), page(), records(False), records(True), TEXT.encode("big5"), TEXT.encode("utf-16-le"),
    TEXT.replace(",", ";").replace("宋", "Musée").encode("cp1252", "replace"), b"\xef\xbb\xbf" + TEXT.encode(),
]  # fmt: skip


def spoil(content: bytes, rng: np.random.Generator) -> bytes:
    """Cut short, overwritten, zeroed, doubled, or turned around somewhere."""
    data = bytearray(content)
    start = int(rng.integers(0, len(data)))
    length = int(rng.integers(1, max(2, len(data) // 4)))
    kind = int(rng.integers(0, 6))
    if kind == 0:
        return bytes(data[:start])
    if kind == 1:
        data[start : start + length] = rng.bytes(len(data[start : start + length]))
    elif kind == 2:
        data[start : start + length] = bytes(len(data[start : start + length]))
    elif kind == 3:
        data[start:start] = data[:length]
    elif kind == 4:
        data[start : start + length] = data[start : start + length][::-1]
    else:
        for place in rng.integers(0, len(data), 20):
            data[place] ^= 1 << int(rng.integers(0, 8))
    return bytes(data)


@pytest.mark.parametrize("number", range(TABLES))
def test_spoiled_tables(tmp_path: Path, settings: CollectionSettings, number: int) -> None:
    rng = np.random.default_rng(number)
    path = tmp_path / "labels.csv"
    path.write_bytes(spoil(SOUND[number % len(SOUND)], rng))
    try:
        read = table.read(path)
        assert all(len(row) == len(read.columns) for row in read.rows)
        assert len(read.lines) == len(read.rows) == len(set(read.lines))
        resolving.write(resolving.resolve(path, settings), io.StringIO())
    except UserError as error:
        assert str(error)
    draw_few(tmp_path / "mine")
    with pytest.raises(UserError):
        intake.plan(intake.Source(tmp_path / "mine", path), settings.model_copy(update={"tasks": ("no such task",)}))
    assert not settings.folder.exists()


def draw_few(folder: Path) -> None:
    folder.mkdir()
    Image.new("RGB", (40, 40)).save(folder / "000-0.png")


def encoded(form: str, rng: np.random.Generator) -> bytes:
    buffer = io.BytesIO()
    image = picture(int(rng.integers(0, 10**6)))
    if form == "GIF":
        image = image.quantize(16)
    image.save(buffer, form, **({"progressive": True} if form == "JPEG" and rng.random() < 0.5 else {}))
    return buffer.getvalue()


def test_spoiled_pictures_among_sound_ones(settings: CollectionSettings) -> None:
    rows = draw(settings.folder)
    rng = np.random.default_rng(0)
    forms = ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"]
    names = []
    for number in range(PICTURES):
        name = f"images/坏 {number}.{forms[number % len(forms)].lower()}"
        (settings.folder / name).write_bytes(spoil(encoded(forms[number % len(forms)], rng), rng))
        names.append(name)
    with (settings.folder / "labels.csv").open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([name, "", "宋", "碗"] for name in names)
    out = settings.folder.parent / "out"
    out.mkdir()
    card = pipeline.prepare(settings, 1, 0, out, out)
    made = prepared.load(out)
    with (out / "rejected.csv").open(encoding="utf-8") as file:
        rejected = {row["image"]: row for row in csv.DictReader(file)}
    assert len(made) + len(rejected) == card.rows == len(rows) + PICTURES
    assert {row[0] for row in rows} <= set(made.ids)
    assert set(rejected) <= set(names)
    assert len(rejected) > PICTURES / 3
    assert all(row["reason"] and row["detail"] for row in rejected.values())


def test_every_beginning_of_a_picture(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    path = tmp_path / "a.jpg"
    for form in ("JPEG", "PNG", "WEBP", "TIFF", "BMP"):
        whole = encoded(form, rng)
        for length in range(0, len(whole), max(1, len(whole) // 25)):
            path.write_bytes(whole[:length])
            try:
                pictures.decode(path, 16)
            except pictures.PictureError as error:
                assert error.why in ("damaged", "not-a-picture", "too-small", "too-large")

"""Which encoding a text is in, and what cannot be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from kilnmix.collection.tables import encoding
from kilnmix.common.errors import UserError

TEXT = "图片,年代,器型\na.jpg,明代,青花缠枝莲纹大碗\nb.jpg,清代,粉彩花卉纹瓶\nc.jpg,宋代,白釉刻花盘\n"

TRADITIONAL = "圖片,年代,器型\na.jpg,明代,青花纏枝蓮紋大碗\nb.jpg,清代,粉彩花卉紋瓶\nc.jpg,宋代,白釉刻花盤\n"

JAPANESE = "画像,時代,名称\na.jpg,明時代,青花の大きな鉢です\nb.jpg,清時代,カラフルな花瓶と皿\n"

FRENCH = "image,source,titre\na.jpg,Musée Guimet,Bol à décor de fleurs\nb.jpg,Musée Cernuschi,Assiette céladon\n"


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        (TEXT, "utf-8", "utf-8"), (TEXT, "utf-8-sig", "utf-8-sig"), (TEXT, "utf-16", "utf-16"),
        (TEXT, "utf-16-le", "utf-16-le"), (TEXT, "utf-16-be", "utf-16-be"), (TEXT, "gbk", "gb18030"),
        (TEXT, "gb18030", "gb18030"), (TRADITIONAL, "big5", "cp950"), (JAPANESE, "shift_jis", "cp932"),
        (FRENCH, "cp1252", "cp1252"), (FRENCH, "latin-1", "cp1252"), ("image,type\na.jpg,“bowl”\n", "cp1252", "cp1252"),
        ("image,type\na.jpg,宋\n", "gbk", "gb18030"),
    ],
)  # fmt: skip
def test_encodings_are_recognised(text: str, name: str, found: str) -> None:
    assert encoding.decode(text.encode(name), Path("t.csv")) == (text, found)


@pytest.mark.parametrize(
    "content",
    [
        FRENCH.encode("mac-roman"),
        "이미지,시대,그릇\na.jpg,조선시대,백자항아리와분청사기\n".encode("cp949"),
        JAPANESE.encode("euc-jp"),
    ],
)
def test_what_cannot_be_told_is_asked_for(content: bytes) -> None:
    with pytest.raises(UserError, match="--encoding"):
        encoding.decode(content, Path("t.csv"))


def test_a_bad_byte_is_named_with_its_line() -> None:
    content = TEXT.encode()
    place = content.index("粉".encode())
    with pytest.raises(UserError, match=r"line 3: byte \d+ of the file \(0xff\) is not UTF-8"):
        encoding.decode(content[:place] + b"\xff" + content[place:], Path("t.csv"))


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_told_by_its_zeros(name: str) -> None:
    assert encoding.bare_utf16("image,type\na.jpg,bowl\n".encode(name)) == name
    assert encoding.bare_utf16(b"image,type\n") is None
    assert encoding.bare_utf16(b"a\x00") is None  # too short to tell


def test_an_encoding_by_name() -> None:
    assert encoding.decode("汝".encode("big5"), Path("t.csv"), "big5") == ("汝", "big5")
    with pytest.raises(UserError, match="no encoding 'klingon'"):
        encoding.decode(b"a", Path("t.csv"), "klingon")
    with pytest.raises(UserError, match=r"cannot be read as ascii.*byte 1 of the file \(0xe6\)"):
        encoding.decode("汝".encode(), Path("t.csv"), "ascii")

"""Bytes of a text file -> text: by its mark, by what decodes, and by whether what comes out looks like writing.

Code pages of East Asia decode almost any bytes, so that decoding alone proves nothing: a French table reads as Chinese
("Mus閑" for Musée). Each candidate is scored by how common its characters are; where none is clearly the best the
person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from kilnmix.common.errors import UserError

BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CLEAR, _AHEAD = 0.7, 0.2
"""Share of common characters that a candidate must reach, and by which it must lead."""
_SAMPLE = 2**20
"""Bytes by which candidates are scored."""
_HIGH = re.compile(rb"[\x80-\xff]+")
_WESTERN = frozenset("€‚„…‘’“”•–—™Œœ¡£§©«®°±²³·»¼½¾¿×" + "".join(map(chr, range(0xC0, 0x100))))


def decode(content: bytes, path: Path, encoding: str | None = None) -> tuple[str, str]:
    """Text and its encoding.

    Raises:
        UserError: the bytes are not of the encoding given; or they are of none, or of several alike.
    """
    if encoding is not None:
        return _as_told(content, path, encoding), encoding
    mark = next((name for mark, name in BOMS if content.startswith(mark)), None) or bare_utf16(content)
    if mark is not None:
        try:
            return content.decode(mark), mark
        except UnicodeDecodeError as error:
            raise UserError(_bad_byte(content, path, mark, error)) from error
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if _nearly_utf8(content):
            raise UserError(_bad_byte(content, path, "utf-8", error)) from error
    return _by_looks(content, path)


def bare_utf16(content: bytes) -> str | None:
    """UTF-16 without a mark: delimiters, digits and Latin letters leave zeros on one side of each pair."""
    start = content[:4000]
    if len(start) < 4 or b"\x00" not in start:
        return None
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) < 0.04 * len(start):
        return None
    if odd > 4 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 4 * odd else None


def _as_told(content: bytes, path: Path, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UserError(f"{path} cannot be read as {encoding}. {_bad_byte(content, path, encoding, error)}") from error
    except (LookupError, UnicodeError, ValueError) as error:
        raise UserError(
            f"There is no encoding {encoding!r}. Known ones are utf-8, gb18030, big5, shift_jis, cp1252 and others."
        ) from error


def _bad_byte(content: bytes, path: Path, encoding: str, error: UnicodeDecodeError) -> str:
    name = encoding.removesuffix("-sig").upper()
    line = content[: error.start].decode(encoding, "ignore").count("\n") + 1
    return (
        f"{path}, line {line}: byte {error.start + 1} of the file (0x{content[error.start]:02x}) is not {name}, as the "
        f"rest is. Mend this line, or name the table's encoding with --encoding."
    )


def _nearly_utf8(content: bytes) -> bool:
    """Whether the bytes are UTF-8 but for a few: far more sequences of several bytes are right than wrong."""
    text = content.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = sum(ord(character) > 127 for character in text) - wrong
    return right >= 3 and wrong <= max(1, right // 10)


def likeliest(sample: bytes) -> tuple[str | None, list[str]]:
    """The encoding that a text is in by its looks, none where that cannot be told; and those that may be."""
    scores = {name: score(sample) for name, score in CANDIDATES.items()}
    order = sorted(scores, key=lambda name: -scores[name])
    clear = scores[order[0]] >= _CLEAR and scores[order[0]] - scores[order[1]] >= _AHEAD and not _korean(sample)
    return (order[0] if clear else None), [name for name in order if scores[name] > 0.3] or order[:2]


def _by_looks(content: bytes, path: Path) -> tuple[str, str]:
    best, fitting = likeliest(content[:_SAMPLE])
    if best is not None:
        try:
            return content.decode(best), best
        except UnicodeDecodeError as error:
            raise UserError(_bad_byte(content, path, best, error)) from error
    line = next((line for line in content.splitlines() if _HIGH.search(line)), b"")
    reads = "; ".join(f"{name}: {line.decode(name, 'replace')[:60]!r}" for name in fitting[:3])
    raise UserError(
        f"The encoding of {path} cannot be told. Its first doubtful line reads, by {reads}. Add --encoding with the "
        "right name (such as --encoding cp1252), or save the table as UTF-8."
    )


def _of(encoding: str, common: Callable[[str], bool]) -> Callable[[bytes], float]:
    def score(sample: bytes) -> float:
        """Share of characters beyond ASCII that are common; 0 where more than a few bytes do not decode."""
        said = [character for character in sample.decode(encoding, "replace") if ord(character) > 127]
        wrong = sum(character == "\ufffd" for character in said)
        if not said or wrong > max(1, len(said) // 50):
            return 0.0
        return sum(map(common, said)) / len(said)

    return score


def _in_bytes(encoding: str, ranges: Sequence[tuple[int, int]]) -> Callable[[str], bool]:
    """Characters whose first byte lies in one of some ranges: a code page's first level and its signs."""

    def common(character: str) -> bool:
        code = character.encode(encoding, "ignore")
        return len(code) > 1 and any(low <= code[0] <= high for low, high in ranges)

    return common


def _gb(sample: bytes) -> float:
    """GB18030, unless it may as well be Japanese (EUC): its kana lie in the same rows."""
    value = _of("gb18030", _in_bytes("gb2312", ((0xA1, 0xA1), (0xA3, 0xA3), (0xB0, 0xD7))))(sample)
    text = sample.decode("gb18030", "ignore")
    han = [c.encode("gb2312", "ignore") for c in text if "\u4e00" <= c <= "\u9fff"]
    kana = sum("\u3041" <= c <= "\u30ff" for c in text)
    return value if kana <= 0.1 * max(1, len(han)) else min(value, 0.5)


def _korean(sample: bytes) -> bool:
    """Whether a text may be Korean (EUC-KR), whose syllables lie where Chinese has the first half of its characters."""
    runs = [match.group() for match in _HIGH.finditer(sample)]
    pairs = {run[place : place + 2] for run in runs for place in range(0, len(run), 2)}
    return len(pairs) >= 12 and all(len(p) == 2 and 0xB0 <= p[0] <= 0xC8 and p[1] >= 0xA1 for p in pairs)


def _western(sample: bytes) -> float:
    """Share of high bytes that stand alone among Latin letters and are letters or signs of Western Europe."""
    runs = [match.group() for match in _HIGH.finditer(sample)]
    total = sum(map(len, runs))
    alone = [run.decode("cp1252", "replace") for run in runs if len(run) == 1]
    return sum(character in _WESTERN for character in alone) / total if total else 0.0


CANDIDATES: dict[str, Callable[[bytes], float]] = {
    "gb18030": _gb,
    "cp950": _of("cp950", _in_bytes("big5", ((0xA1, 0xC6),))),
    "cp932": _of("cp932", _in_bytes("shift_jis", ((0x81, 0x83), (0x88, 0x97)))),
    "cp1252": _western,
}

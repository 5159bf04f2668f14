"""What a file is: CSV of some encoding and delimiter, or XLSX. Reads it once, in pieces."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from chassis.imports.errors import FileError

SAMPLE = 64 * 1024
_PIECE = 1024 * 1024
DELIMITERS = (",", ";", "\t", "|")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"MZ\x90")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Format:
    """How to read a file. `encoding` is a Python codec; `delimiter` one character."""

    kind: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    header: bool = True


def sniff(path: Path) -> Format:
    """Recognise a file. Raises FileError for what is neither CSV nor XLSX."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if not head:
        raise FileError("FILE_EMPTY")
    if head.startswith(_OLD_EXCEL):
        raise FileError("FILE_OLD_EXCEL")
    if head.startswith(b"PK\x03\x04"):
        from chassis.imports.xlsx import sheets_of

        sheets = sheets_of(path)
        return Format("xlsx", sheet=sheets[0], sheets=sheets)
    if head.startswith(_BINARY):
        raise FileError("FILE_BINARY")
    encoding = detect_encoding(path, head)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    if len(_CONTROL.findall(text)) > len(text) // 100 + 1:
        raise FileError("FILE_BINARY")
    if not text.strip("\ufeff \t\r\n\0"):
        raise FileError("FILE_EMPTY")
    return Format("csv", encoding=encoding, delimiter=detect_delimiter(text))


def detect_encoding(path: Path, head: bytes) -> str:
    """By byte order mark; else UTF-16 by its zeros, else UTF-8 if the whole file is, else GB18030, else cp1252."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    pairs = len(head) // 2
    if pairs >= 2:
        if head[1::2].count(0) > pairs * 0.3 and head[0::2].count(0) < pairs * 0.05:
            return "utf-16-le"
        if head[0::2].count(0) > pairs * 0.3 and head[1::2].count(0) < pairs * 0.05:
            return "utf-16-be"
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _chinese(path) and _decodes(path, "gb18030"):
        return "gb18030"
    return "cp1252"


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        for piece in _pieces(path):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _chinese(path: Path) -> bool:
    """High bytes come in pairs, as GB2312 has them; in Western text a high byte stands between letters."""
    for piece in _pieces(path):
        if piece.isascii():
            continue
        paired = sum(len(run) // 2 * 2 for run in re.findall(rb"[\xa1-\xfe]{2,}", piece))
        high = len(piece) - len(piece.translate(None, bytes(range(0x80, 0x100))))
        return paired >= high * 0.5
    return False


def detect_delimiter(text: str) -> str:
    """The candidate that cuts the first rows into the same number of cells, and into most of them."""
    lines = text.splitlines()[:100]
    if len(lines) > 1:
        lines.pop()  # perhaps cut in the middle
    best, most = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        score = sum(width == widths[0] for width in widths) / len(widths) * min(widths[0], 50)
        if score > most:
            best, most = delimiter, score
    return best


def chosen(found: Format, *, encoding: str, delimiter: str, sheet: str, header: bool) -> Format:
    """The format with a person's choices put in. Raises FileError for those that cannot be."""
    if found.kind == "xlsx":
        if sheet and sheet not in found.sheets:
            raise FileError("FILE_SHEET", value=sheet[:80])
        return replace(found, sheet=sheet or found.sheet, header=header)
    if delimiter and (len(delimiter) != 1 or delimiter in '"\r\n\0'):
        raise FileError("FILE_DELIMITER")
    if encoding:
        try:
            encoding = codecs.lookup(encoding).name
            "".encode(encoding)
        except (LookupError, TypeError):
            raise FileError("FILE_ENCODING", encoding=encoding[:40], row=1) from None
    return replace(found, encoding=encoding or found.encoding, delimiter=delimiter or found.delimiter, header=header)

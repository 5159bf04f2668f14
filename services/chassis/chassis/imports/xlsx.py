"""XLSX files: checked for bombs before anything reads them, then read row by row in memory that does not grow with them."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from xml.parsers.expat import ExpatError

from chassis.imports.errors import FileError
from chassis.imports.sheet import Sheet
from chassis.imports.workbook import SharedStrings, Workbook

MAX_ENTRIES = 2000
MAX_EXPANDED = 512 * 1024 * 1024
MAX_RATIO = 200
_RATIO_COUNTS_FROM = 16 * 1024 * 1024
_PIECE = 1024 * 1024


def check_archive(path: Path) -> None:
    """Refuse an archive that has too many entries or expands too far. Raises FileError.

    Every entry is expanded here in pieces and counted: the sizes which an archive states may be lies.
    """
    size = max(path.stat().st_size, 1)
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_EXPANDED:
                raise FileError("FILE_XLSX_BOMB")
            if "xl/workbook.xml" not in archive.NameToInfo:
                raise FileError("FILE_BINARY")
            for entry in entries:
                with archive.open(entry) as content:
                    while piece := content.read(_PIECE):
                        total += len(piece)
                        if total > MAX_EXPANDED or (total > _RATIO_COUNTS_FROM and total > size * MAX_RATIO):
                            raise FileError("FILE_XLSX_BOMB")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        raise FileError("FILE_XLSX_BROKEN") from None


def sheets_of(path: Path) -> tuple[str, ...]:
    """Names of the sheets, after the check. Raises FileError."""
    check_archive(path)
    with _opened(path) as book:
        names = tuple(book.sheets)
    if not names:
        raise FileError("FILE_EMPTY")
    return names


def sheet_rows(path: Path, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of the sheet's rows that are not empty. Formulas give the value they had when saved."""
    check_archive(path)
    with ExitStack() as stack:
        book = stack.enter_context(_opened(path))
        if sheet not in book.sheets:
            raise FileError("FILE_SHEET", value=sheet[:80])
        shared = book.part("sharedStrings")
        strings = stack.enter_context(
            closing(SharedStrings(stack.enter_context(book.open(shared)) if shared else None))
        )
        source = stack.enter_context(book.open(book.sheets[sheet]))
        reader = Sheet(strings, book.styles(), from_1904=book.from_1904, most=MAX_EXPANDED)
        yield from reader.rows(source)


@contextmanager
def _opened(path: Path) -> Iterator[Workbook]:
    """What it says must fit together. Raises FileError."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield Workbook(archive)
    except (zipfile.BadZipFile, zlib.error, ExpatError, EOFError, LookupError, ValueError, ArithmeticError):
        raise FileError("FILE_XLSX_BROKEN") from None

"""XLSX files: checked for bombs before anything opens them, then read by fastexcel (150,000 rows a second)."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from chassis.imports.errors import FileError

MAX_ENTRIES = 2000
MAX_EXPANDED = 512 * 1024 * 1024
MAX_RATIO = 200
_RATIO_COUNTS_FROM = 16 * 1024 * 1024
_PIECE = 1024 * 1024
_SLICE = 5000


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
    import fastexcel

    try:
        names = tuple(fastexcel.read_excel(path).sheet_names)
    except fastexcel.FastExcelError:
        raise FileError("FILE_XLSX_BROKEN") from None
    if not names:
        raise FileError("FILE_EMPTY")
    return names


def sheet_rows(path: Path, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of the sheet's rows that are not empty. Formulas give the value they had when saved."""
    check_archive(path)
    import fastexcel

    try:
        reader = fastexcel.read_excel(path)
        if sheet not in reader.sheet_names:
            raise FileError("FILE_SHEET", value=sheet[:80])
        loaded = reader.load_sheet(sheet, header_row=None, dtypes="string", skip_whitespace_tail_rows=True)
    except fastexcel.FastExcelError:
        raise FileError("FILE_XLSX_BROKEN") from None
    frame = loaded.to_polars()
    for start in range(0, len(frame), _SLICE):
        for index, row in enumerate(frame.slice(start, _SLICE).iter_rows(), start=start + 1):
            cells = [_cell(value) for value in row]
            if any(cells):
                yield index, cells


def _cell(value: str | None) -> str:
    """Days come with a midnight that nobody wrote."""
    if value is None:
        return ""
    return value[:10] if len(value) == 19 and value.endswith(" 00:00:00") else value

"""Rows of a file, one after the other, in memory that does not grow with it."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

from chassis.imports.errors import FileError
from chassis.imports.sniff import Format

MAX_COLUMNS = 1000
MAX_LINE = 1024 * 1024
"""Characters of one line, or of one record with line breaks in its quotes."""
MAX_CELL = 128 * 1024
MAX_ROWS = 2_000_000
_PIECE = 256 * 1024

Cells = list[str]


def read_rows(path: Path, form: Format) -> Iterator[tuple[int, Cells]]:
    """(row number, cells) of every row that is not empty, the header included; the first row of the file is 1.

    Raises FileError, after the rows that could be read, where the file cannot be read further.
    """
    if form.kind == "xlsx":
        from chassis.imports.xlsx import sheet_rows

        rows = sheet_rows(path, form.sheet)
    else:
        rows = _csv_rows(path, form)
    for count, (number, cells) in enumerate(rows):
        if len(cells) > MAX_COLUMNS:
            raise FileError("FILE_TOO_MANY_COLUMNS", maximum=MAX_COLUMNS)
        if count > MAX_ROWS:
            raise FileError("FILE_TOO_MANY_ROWS", maximum=MAX_ROWS)
        yield number, cells


def header_and_rows(path: Path, form: Format) -> tuple[Cells, Iterator[tuple[int, Cells]]]:
    """The header (empty names where the file has none) and the rows below it. Raises FileError for an empty file."""
    rows = read_rows(path, form)
    first = next(rows, None)
    if first is None:
        raise FileError("FILE_EMPTY")
    if form.header:
        return [cell.strip() for cell in first[1]], rows
    return [""] * len(first[1]), _again(first, rows)


def _again(first: tuple[int, Cells], rest: Iterator[tuple[int, Cells]]) -> Iterator[tuple[int, Cells]]:
    yield first
    yield from rest


def _csv_rows(path: Path, form: Format) -> Iterator[tuple[int, Cells]]:
    csv.field_size_limit(MAX_CELL)
    lines = _Lines(path, form)
    reader = csv.reader(lines, delimiter=form.delimiter or ",", strict=True)
    number = 0
    while True:
        number += 1
        lines.begin(number)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field larger" in str(error):
                raise FileError("FILE_CELL_TOO_LONG", row=number, maximum=MAX_CELL) from None
            raise FileError("FILE_QUOTES", row=number) from None
        if cells and any(map(str.strip, cells)):
            yield number, cells


class _Lines:
    """Lines of a decoded file for csv.reader, which asks for more while a quote is open."""

    def __init__(self, path: Path, form: Format) -> None:
        self._form = form
        self._source = self._read(path)
        self._row = 1
        self._length = 0

    def begin(self, row: int) -> None:
        """A new record begins."""
        self._row, self._length = row, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._source)
        self._length += len(line)
        if self._length > MAX_LINE:
            self._too_long(line)
        return line

    def _read(self, path: Path) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self._form.encoding or "utf-8")("strict")
        rest = ""
        with path.open("rb") as file:
            while True:
                piece = file.read(_PIECE)
                try:
                    text = rest + decoder.decode(piece, final=not piece)
                except UnicodeDecodeError:
                    raise FileError("FILE_ENCODING", encoding=self._form.encoding, row=self._row) from None
                text = text.replace("\r\n", "\n")
                # A carriage return at the end may be half of a line break.
                keep = "\r" if piece and text.endswith("\r") else ""
                lines = text[: len(text) - len(keep)].replace("\r", "\n").split("\n")
                rest = lines.pop() + keep
                yield from (f"{line}\n" for line in lines)
                if len(rest) > MAX_LINE:
                    self._too_long(rest)
                if not piece:
                    break
        if rest:
            yield rest

    def _too_long(self, line: str) -> None:
        if line.count(self._form.delimiter) > MAX_COLUMNS:
            raise FileError("FILE_TOO_MANY_COLUMNS", maximum=MAX_COLUMNS)
        raise FileError("FILE_LINE_TOO_LONG", row=self._row, maximum=MAX_LINE)

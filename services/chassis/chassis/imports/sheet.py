"""Rows of one sheet of an XLSX, one after the other: no more is kept than the row and the piece of XML at hand.

22,000 rows of 8 cells a second. fastexcel reads three times as many and holds the whole sheet: 165 MB for 200,000 rows,
and of a file with two cells in opposite corners the table between them, which ends the process.
"""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from string import ascii_uppercase
from typing import IO

from chassis.imports.errors import FileError
from chassis.imports.rows import MAX_CELL, MAX_LINE
from chassis.imports.workbook import Attributes, SharedStrings, Style, local, parse, unescaped

MAX_ROW = 1_048_576
MAX_COLUMN = 16_384
_VALUES = frozenset({"v", "t"})
_FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's times have no zone
_LAST_SERIAL = 2_958_466
_DAYS_TO_1904 = 1462
_DAY_SECONDS = 86_400


class Sheet:
    """Reads `<sheetData>`. Cells left out are empty; trailing ones are not kept."""

    def __init__(self, strings: SharedStrings, styles: list[Style], *, from_1904: bool, most: int) -> None:
        self._strings, self._from_1904 = strings, from_1904
        self._styles = {str(place): style for place, style in enumerate(styles)}
        self._columns: dict[str, int] = {}
        self._rows: list[tuple[int, list[str]]] = []
        self._number = 0
        self._cells: list[str] = []
        self._column = -1
        self._kind, self._style = "n", "0"
        self._pieces: list[str] = []
        self._collecting = self._phonetic = False
        self._cell_length = self._row_length = 0
        # Characters still allowed: many cells may share one long text.
        self._left = most

    def rows(self, source: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
        """(row number, cells) of the rows that are not empty."""
        for _ in parse(source, self._begin, self._end, self._text):
            yield from self._rows
            self._rows.clear()

    # What follows runs for every element of millions: the commonest first, and no calls that can be spared.

    def _begin(self, name: str, attributes: Attributes) -> None:
        if ":" in name:
            name = local(name)
        if name in _VALUES:
            self._collecting = not self._phonetic
        elif name == "c":
            reference = attributes.get("r")
            if reference is None:
                self._column += 1
            else:
                letters = reference.rstrip("0123456789")
                column = self._columns.get(letters)
                self._column = self._column_of(letters) if column is None else column
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
        elif name == "row":
            self._number = int(attributes["r"]) if "r" in attributes else self._number + 1
            if self._number > MAX_ROW:
                raise FileError("FILE_TOO_MANY_ROWS", maximum=MAX_ROW)
            self._cells, self._column, self._row_length = [], -1, 0
        elif name == "rPh":
            self._phonetic = True

    def _text(self, data: str) -> None:
        if self._collecting:
            self._cell_length += len(data)
            if self._cell_length > MAX_CELL:
                raise FileError("FILE_CELL_TOO_LONG", row=self._number, maximum=MAX_CELL)
            self._pieces.append(data)

    def _end(self, name: str) -> None:
        if ":" in name:
            name = local(name)
        if name in _VALUES:
            self._collecting = False
        elif name == "c":
            if self._pieces:
                value = self._value(self._pieces[0] if len(self._pieces) == 1 else "".join(self._pieces))
                if value:
                    self._keep(value)
                self._pieces, self._cell_length = [], 0
        elif name == "row":
            if self._cells:
                self._rows.append((self._number, self._cells))
            self._cells = []
        elif name == "rPh":
            self._phonetic = False

    def _keep(self, value: str) -> None:
        self._row_length += len(value)
        self._left -= len(value)
        if len(value) > MAX_CELL:
            raise FileError("FILE_CELL_TOO_LONG", row=self._number, maximum=MAX_CELL)
        if self._row_length > MAX_LINE:
            raise FileError("FILE_LINE_TOO_LONG", row=self._number, maximum=MAX_LINE)
        if self._left < 0:
            raise FileError("FILE_XLSX_BOMB")
        missing = self._column - len(self._cells)
        if missing < 0:
            self._cells[self._column] = value
            return
        if missing:
            self._cells += [""] * missing
        self._cells.append(value)

    def _column_of(self, letters: str) -> int:
        number = 0
        for letter in letters:
            number = number * 26 + ascii_uppercase.index(letter.upper()) + 1
            if number > MAX_COLUMN:
                raise FileError("FILE_XLSX_BROKEN")
        self._columns[letters] = number - 1
        return number - 1

    def _value(self, text: str) -> str:
        match self._kind:
            case "s":
                return self._strings[int(text)]
            case "n":
                return self._number_of(text.strip())
            case "b":
                return "true" if text.strip() in ("1", "true") else "false"
            case "e":
                return ""
            case "d":
                return text.strip().replace("T", " ").removesuffix(" 00:00:00")
        return unescaped(text)

    def _number_of(self, text: str) -> str:
        style = self._styles.get(self._style, "number")
        if style == "number" and text.isdecimal() and text.isascii():
            return text  # as it is written: a float would lose digits of long ones
        try:
            number = float(text)
        except ValueError:
            return text
        if not math.isfinite(number):
            return text
        if style == "number" or not 0 <= number < _LAST_SERIAL:
            return plain(number)
        if style == "duration" or number < 1:
            minutes, seconds = divmod(round(number * _DAY_SECONDS), 60)
            return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
        return moment(number, from_1904=self._from_1904)


def plain(number: float) -> str:
    """Its shortest decimal digits, without an exponent."""
    digits = format(Decimal(repr(number)), "f")
    return digits.removesuffix(".0")


def moment(serial: float, *, from_1904: bool) -> str:
    """A day, with its time unless it is midnight, of the number that stands for it.

    In the years from 1900 there is a 29 February 1900, which there was not: what is before it is one day later.
    """
    days = serial + _DAYS_TO_1904 if from_1904 else serial + (serial < 60)
    text = str(_FIRST_DAY + timedelta(seconds=round(days * _DAY_SECONDS)))
    return text.removesuffix(" 00:00:00")

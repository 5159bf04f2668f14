"""What an XLSX says of itself beside its rows: its sheets, its styles, and the texts that its cells share (ECMA-376)."""

import os
import posixpath
import re
import tempfile
import zipfile
from array import array
from collections.abc import Callable, Iterator
from typing import IO, Literal
from xml.parsers import expat

from chassis.imports.errors import FileError
from chassis.imports.rows import MAX_CELL

_PIECE = 256 * 1024
_MOST_STRINGS = 16_000_000
_MOST_CACHED = 8192
_CACHED_LENGTH = 256
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DURATION = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
# Of a number format what is no placeholder: quoted and escaped text, padding, colours, conditions and locales.
_DECORATION = re.compile(r'"[^"]*"|[\\_*].|\[[^\]]*\]')
# Those that have numbers instead of codes; 27 to 36 and 50 to 58 are dates in Chinese, Japanese and Korean.
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)})
_BUILT_IN_DURATION = 46

Attributes = dict[str, str]
Style = Literal["number", "date", "duration"]


def local(name: str) -> str:
    """An element's or attribute's name without its prefix: programs choose their own."""
    return name.rpartition(":")[2]


def parse(
    source: IO[bytes],
    begin: Callable[[str, Attributes], object],
    end: Callable[[str], object] | None = None,
    text: Callable[[str], object] | None = None,
) -> Iterator[None]:
    """Read XML in pieces, and stop after each. Raises FileError for a document type, which no XLSX has."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, text
    parser.StartDoctypeDeclHandler = _refuse
    while piece := source.read(_PIECE):
        parser.Parse(piece, False)
        yield
    parser.Parse(b"", True)
    yield


def _refuse(*_: object) -> None:
    raise FileError("FILE_XLSX_BROKEN")


def unescaped(value: str) -> str:
    """Text with the characters that XML cannot hold."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value) if "_x" in value else value


class Workbook:
    """An open archive's parts."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        # Some programs write other cases and slashes than they refer to.
        self._entries = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
        self._targets: dict[str, tuple[str, str]] = {}
        self._found: list[tuple[str, str]] = []
        self.from_1904 = False
        self._read("xl/_rels/workbook.xml.rels", self._relation)
        self._read("xl/workbook.xml", self._sheet)
        self.sheets = {name: self._targets[key][1] for name, key in self._found if self._kind(key) == "worksheet"}

    def open(self, part: str) -> IO[bytes]:
        """A part by its path. Raises KeyError where there is none."""
        return self._archive.open(self._entries[part.lower()])

    def part(self, kind: str) -> str:
        """Path of the only part of a kind, such as `styles`; empty where there is none."""
        return next((path for key, (_, path) in self._targets.items() if self._kind(key) == kind), "")

    def styles(self) -> list[Style]:
        """How a cell of each style shows its number."""
        codes: dict[int, str] = {}
        found: list[int] = []
        inside = False

        def begin(name: str, attributes: Attributes) -> None:
            nonlocal inside
            match local(name):
                case "numFmt":
                    codes[int(attributes["numFmtId"])] = attributes["formatCode"]
                case "cellXfs":
                    inside = True
                case "cellStyles" | "dxfs":
                    inside = False
                case "xf" if inside:
                    found.append(int(attributes.get("numFmtId", 0)))

        if part := self.part("styles"):
            self._read(part, begin)
        return [style_of(number, codes.get(number, "")) for number in found]

    def _read(self, part: str, begin: Callable[[str, Attributes], object]) -> None:
        with self.open(part) as source:
            for _ in parse(source, begin):
                pass

    def _relation(self, name: str, attributes: Attributes) -> None:
        if local(name) == "Relationship" and attributes.get("TargetMode") != "External":
            path = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")
            self._targets[attributes["Id"]] = attributes["Type"], path

    def _sheet(self, name: str, attributes: Attributes) -> None:
        if local(name) == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")
        elif local(name) == "sheet":
            key = next(value for key, value in attributes.items() if key.endswith(":id"))
            self._found.append((attributes["name"], key))

    def _kind(self, key: str) -> str:
        return self._targets[key][0].rpartition("/")[2] if key in self._targets else ""


def style_of(number: int, code: str) -> Style:
    """What a number format makes of a number."""
    if _DURATION.search(code) or (not code and number == _BUILT_IN_DURATION):
        return "duration"
    if not code:
        return "date" if number in _BUILT_IN_DATES else "number"
    shown = _DECORATION.sub("", code).partition(";")[0].lower()
    return "date" if "general" not in shown and re.search("[ymdhs]", shown) else "number"


class SharedStrings:
    """The texts that cells refer to by number: in a file, because there may be millions."""

    def __init__(self, source: IO[bytes] | None) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `close` ends it
        self._ends = array("Q", [0])
        self._cache: dict[int, str] = {}
        self._pieces: list[str] = []
        self._length = 0
        self._collecting = self._phonetic = False
        if source is not None:
            for _ in parse(source, self._begin, self._end, self._text):
                pass
        self._file.flush()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __getitem__(self, number: int) -> str:
        if (cached := self._cache.get(number)) is not None:
            return cached
        start, end = self._ends[number], self._ends[number + 1]
        value = os.pread(self._file.fileno(), end - start, start).decode()
        if len(value) <= _CACHED_LENGTH:
            if len(self._cache) >= _MOST_CACHED:
                self._cache.clear()
            self._cache[number] = value
        return value

    def _begin(self, name: str, attributes: Attributes) -> None:
        match local(name):
            case "t":
                self._collecting = not self._phonetic
            case "rPh":
                self._phonetic = True

    def _end(self, name: str) -> None:
        match local(name):
            case "t":
                self._collecting = False
            case "rPh":
                self._phonetic = False
            case "si":
                data = unescaped("".join(self._pieces)).encode(errors="replace")
                self._file.write(data)
                self._ends.append(self._ends[-1] + len(data))
                self._pieces, self._length = [], 0
                if len(self._ends) > _MOST_STRINGS:
                    raise FileError("FILE_XLSX_BOMB")

    def _text(self, data: str) -> None:
        # What is longer than a cell may be is cut to where that shows.
        if self._collecting and self._length <= MAX_CELL:
            self._pieces.append(data)
            self._length += len(data)

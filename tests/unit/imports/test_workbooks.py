"""Workbooks of any size are read row by row, and what their cells say is read as people see it."""

import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from chassis.imports.errors import FileError
from chassis.imports.rows import MAX_CELL, MAX_LINE
from chassis.imports.xlsx import sheet_rows, sheets_of

OFFICE = "http://schemas.openxmlformats.org"
RELATIONS = f"{OFFICE}/officeDocument/2006/relationships"
MAIN = f'xmlns="{OFFICE}/spreadsheetml/2006/main"'
MOST_MEGABYTES = 48
"""The memory that a sheet of any size may take beyond that of one row."""


def workbook(
    path: Path,
    rows: str | Iterable[str],
    *,
    strings: Iterable[str] = (),
    styles: str = "",
    properties: str = "",
    head: str = "",
) -> Path:
    """An XLSX of one sheet, written in pieces."""
    kinds = {"worksheet": "worksheets/sheet1.xml", "sharedStrings": "sharedStrings.xml", "styles": "/xl/styles.xml"}
    relations = "".join(
        f'<Relationship Id="{kind}" Type="{RELATIONS}/{kind}" Target="{target}"/>' for kind, target in kinds.items()
    )
    parts: dict[str, Iterable[str]] = {
        "xl/workbook.xml": [
            f'<workbook {MAIN} xmlns:r="{RELATIONS}"><workbookPr {properties}/>',
            '<sheets><sheet name="S" sheetId="1" r:id="worksheet"/></sheets></workbook>',
        ],
        "xl/_rels/workbook.xml.rels": [
            f'<Relationships xmlns="{OFFICE}/package/2006/relationships">{relations}</Relationships>'
        ],
        "xl/styles.xml": [f"<styleSheet {MAIN}>{styles}</styleSheet>"],
        "xl/sharedStrings.xml": (part for piece in ([f"<sst {MAIN}>"], strings, ["</sst>"]) for part in piece),
        "xl/worksheets/sheet1.xml": (
            part
            for piece in (
                [f"{head}<worksheet {MAIN}><sheetData>"],
                [rows] if isinstance(rows, str) else rows,
                ["</sheetData></worksheet>"],
            )
            for part in piece
        ),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, pieces in parts.items():
            with archive.open(name, "w") as entry:
                for piece in pieces:
                    entry.write(piece.encode())
    return path


def read(path: Path) -> list[tuple[int, list[str]]]:
    """All rows."""
    return list(sheet_rows(path, "S"))


def reason(path: Path) -> str:
    """Why a file is refused."""
    with pytest.raises(FileError) as caught:
        read(path)
    return str(caught.value.reason)


_MEASURE = """
import sys
from pathlib import Path
from chassis.imports.xlsx import sheet_rows

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024

before = peak()
count = sum(1 for _ in sheet_rows(Path(sys.argv[1]), "S"))
print(count, peak() - before)
"""


def test_memory(tmp_path: Path) -> None:
    """200,000 rows, each with texts of its own, are read in a few megabytes."""
    count = 200_000
    strings = (f"<si><t>客户 {number} 上海市浦东新区世纪大道</t></si>" for number in range(2 * count))
    rows = (
        f'<row r="{n + 1}"><c r="A{n + 1}" t="s"><v>{2 * n}</v></c><c r="B{n + 1}" t="s"><v>{2 * n + 1}</v></c>'
        f'<c r="C{n + 1}"><v>{n}</v></c></row>'
        for n in range(count)
    )
    path = workbook(tmp_path / "a.xlsx", rows, strings=strings)
    done = subprocess.run([sys.executable, "-c", _MEASURE, path], capture_output=True, text=True, check=True)
    found, megabytes = map(int, done.stdout.split())
    assert count == found
    assert megabytes < MOST_MEGABYTES


def test_far_apart(tmp_path: Path) -> None:
    """Two cells in opposite corners make two rows, not a table of all that lies between them."""
    path = workbook(
        tmp_path / "a.xlsx",
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>',
    )
    (first, cells), (last, far) = read(path)
    assert ((1, ["1"]), 1_048_576, 16_384, "2") == ((first, cells), last, len(far), far[-1])


STYLES = (
    '<numFmts><numFmt numFmtId="164" formatCode="[h]:mm"/><numFmt numFmtId="165" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/>'
    '<numFmt numFmtId="166" formatCode="[Red]0.00&quot; days&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
    "<cellXfs>"
    + "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 22, 20, 46, 164, 165, 166, 9, 31))
    + "</cellXfs>"
)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("<c><v>1.1000000000000001</v></c>", "1.1"),
        ("<c><v>12345678901234567</v></c>", "12345678901234567"),
        ("<c><v>1E+21</v></c>", "1000000000000000000000"),
        ("<c><v>-5.0</v></c>", "-5"),
        ("<c><v>one</v></c>", "one"),
        ("<c><v>NaN</v></c>", "NaN"),
        ("<c><v>1E-7</v></c>", "0.0000001"),
        ('<c s="8"><v>0.25</v></c>', "0.25"),
        ('<c s="7"><v>2.5</v></c>', "2.5"),
        ('<c s="1"><v>45000</v></c>', "2023-03-15"),
        ('<c s="9"><v>45000</v></c>', "2023-03-15"),
        ('<c s="6"><v>45000</v></c>', "2023-03-15"),
        ('<c s="2"><v>45000.5</v></c>', "2023-03-15 12:00:00"),
        ('<c s="2"><v>45000.9999999</v></c>', "2023-03-16"),
        ('<c s="1"><v>1</v></c>', "1900-01-01"),
        ('<c s="1"><v>61</v></c>', "1900-03-01"),
        ('<c s="1"><v>-3</v></c>', "-3"),
        ('<c s="3"><v>0.354166666666667</v></c>', "08:30:00"),
        ('<c s="4"><v>1.5</v></c>', "36:00:00"),
        ('<c s="5"><v>1.5</v></c>', "36:00:00"),
        ('<c t="b"><v>1</v></c>', "true"),
        ('<c t="b"><v>0</v></c>', "false"),
        ('<c t="e"><v>#N/A</v></c><c><v>1</v></c>', "|1"),
        ('<c t="d"><v>2024-01-02T00:00:00</v></c>', "2024-01-02"),
        ('<c t="str"><f>A1&amp;B1</f><v>a_x000D_b</v></c>', "a\rb"),
        ('<c t="s"><v>0</v></c>', "rich text"),
        ('<c t="s"><v>1</v></c>', "上海"),
        ('<c t="inlineStr"><is><t>a &lt; b</t></is></c>', "a < b"),
        ('<c r="C1"><v>1</v></c><c><v>2</v></c>', "||1|2"),
    ],
)
def test_cells(tmp_path: Path, cell: str, expected: str) -> None:
    """A cell is read as its program shows it, not as it keeps it."""
    strings = [
        "<si><r><t>rich</t></r><r><t xml:space='preserve'> text</t></r></si>",
        "<si><t>上海</t><rPh sb='0' eb='2'><t>シャンハイ</t></rPh></si>",
    ]
    path = workbook(tmp_path / "a.xlsx", f'<row r="1">{cell}</row>', strings=strings, styles=STYLES)
    assert [(1, expected.split("|"))] == read(path)


def test_days_from_1904(tmp_path: Path) -> None:
    """A workbook that counts its days from 1904 says so, and is read so."""
    row = '<row><c s="1"><v>43538</v></c></row>'
    path = workbook(tmp_path / "a.xlsx", row, styles=STYLES, properties='date1904="1"')
    assert [(1, ["2023-03-15"])] == read(path)


def test_other_programs(tmp_path: Path) -> None:
    """Prefixes, and rows and cells without their places, are read as well."""
    path = workbook(
        tmp_path / "a.xlsx",
        f'<x:row xmlns:x="{OFFICE}"><x:c><x:v>1</x:v></x:c></x:row><row/><row><c><v>2</v></c></row>',
    )
    assert [(1, ["1"]), (3, ["2"])] == read(path)
    assert ("S",) == sheets_of(path)


TEXT = '<c t="inlineStr"><is><t>{}</t></is></c>'


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ('<row r="1"><c r="A1"><v>1</c></row>', "FILE_XLSX_BROKEN"),
        ('<row r="1"><c r="ZZZZZZZZ1"><v>1</v></c></row>', "FILE_XLSX_BROKEN"),
        ('<row r="1"><c r="é1"><v>1</v></c></row>', "FILE_XLSX_BROKEN"),
        ('<row r="x"><c><v>1</v></c></row>', "FILE_XLSX_BROKEN"),
        ('<row r="1"><c t="s"><v>7</v></c></row>', "FILE_XLSX_BROKEN"),
        ('<row r="9999999"><c><v>1</v></c></row>', "FILE_TOO_MANY_ROWS"),
        (f"<row>{TEXT.format('x' * (MAX_CELL + 1))}</row>", "FILE_CELL_TOO_LONG"),
        (f"<row>{TEXT.format('x' * MAX_CELL) * (MAX_LINE // MAX_CELL + 1)}</row>", "FILE_LINE_TOO_LONG"),
    ],
)
def test_refused(tmp_path: Path, rows: str, expected: str) -> None:
    """What cannot be a sheet, or would not fit, is refused with its reason."""
    assert expected == reason(workbook(tmp_path / "a.xlsx", rows))


def test_entities(tmp_path: Path) -> None:
    """A document type, by which a few bytes become gigabytes, is refused."""
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    assert "FILE_XLSX_BROKEN" == reason(workbook(tmp_path / "a.xlsx", "<row/>", head=bomb))


def test_shared_bomb(tmp_path: Path) -> None:
    """One long text that every cell refers to is not written out a hundred thousand times."""
    strings = ["<si><t>" + "x" * 100_000 + "</t></si>"]
    rows = ('<row><c t="s"><v>0</v></c></row>' for _ in range(6_000))
    assert "FILE_XLSX_BOMB" == reason(workbook(tmp_path / "a.xlsx", rows, strings=strings))

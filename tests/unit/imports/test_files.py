"""Files of every kind are recognised, read in bounded memory, or refused with a reason."""

import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.imports.errors import FileError
from chassis.imports.rows import header_and_rows, read_rows
from chassis.imports.sniff import sniff

TEXT = "名称,城市,金额\n上海贸易,上海,1\n北京科技,北京,2\n"


def written(folder: Path, data: bytes | str) -> Path:
    path = folder / "file"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(path: Path) -> list[list[str]]:
    return [cells for _, cells in read_rows(path, sniff(path))]


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("gb18030", "gb18030"),
    ],
)
def test_encodings(tmp_path, encoding, expected):
    """A Chinese table is read the same in every encoding that spreadsheets write."""
    text = "name," + TEXT if encoding == "utf-16-le" else TEXT  # without a mark, the zeros of ASCII tell
    path = written(tmp_path, text.encode(encoding))
    assert sniff(path).encoding == expected
    assert read(path)[-1][-3:] == ["北京科技", "北京", "2"]


def test_western_text_is_not_taken_for_chinese(tmp_path):
    """Windows' Western encoding, which is valid GB18030 by accident, is read as what it is."""
    path = written(tmp_path, "name,city\nCafé Zoë,Orléans\nMüller,Köln\n".encode("cp1252"))
    assert read(path)[1:] == [["Café Zoë", "Orléans"], ["Müller", "Köln"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path, delimiter):
    """The delimiter is found by how evenly it cuts the rows."""
    path = written(tmp_path, f"a{delimiter}b\n1{delimiter}x y\n2{delimiter}z\n")
    assert read(path) == [["a", "b"], ["1", "x y"], ["2", "z"]]


def test_quotes_line_breaks_and_blank_rows(tmp_path):
    """Quoted cells keep delimiters, quotes and line breaks; blank rows are counted and left out."""
    path = written(tmp_path, 'a,b\r\n"x, ""y""","1\r\n2"\r\n\r\n,\r\nlast,3')
    assert list(read_rows(path, sniff(path))) == [(1, ["a", "b"]), (2, ['x, "y"', "1\n2"]), (5, ["last", "3"])]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "FILE_EMPTY"),
        (b"\xef\xbb\xbf\r\n  \r\n", "FILE_EMPTY"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "FILE_BINARY"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "FILE_BINARY"),
        (bytes(range(256)) * 300, "FILE_BINARY"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "FILE_OLD_EXCEL"),
        (b"PK\x03\x04 not a zip at all", "FILE_XLSX_BROKEN"),
        (b'a,b\n1,"never closed\n2,3\n', "FILE_QUOTES"),
        (b'a,b\n1,"' + b"never closed, and long\n" * 20_000, "FILE_CELL_TOO_LONG"),
        (b"a" + b",b" * 2_000_000 + b"\n1,2\n", "FILE_TOO_MANY_COLUMNS"),
        (b"a" + b",b" * 2_000 + b"\n1,2\n", "FILE_TOO_MANY_COLUMNS"),
        (b"a,b\n" + b"x" * 3_000_000, "FILE_LINE_TOO_LONG"),
        (b"a,b\n" + "é".encode() * 100 + b"\nx,\xff\xfe\x81 1\n", "FILE_ENCODING"),
    ],
)
def test_bad_files_are_refused_with_a_reason(tmp_path, data, reason):
    """What cannot be read is refused by name, in both languages; nothing else is raised."""
    path = written(tmp_path, data)
    with pytest.raises(FileError) as caught:
        read(path)
    assert caught.value.reason == reason
    sentences = {caught.value.describe(language) for language in ("zh", "en")}
    assert len(sentences) == 2
    assert not any("{" in sentence for sentence in sentences)


def _pieces() -> Iterator[bytes]:
    yield b"a,b\n"
    for _ in range(256):
        yield b"x" * 1024 * 1024


def test_a_huge_line_takes_no_memory(tmp_path):
    """A line of 256 MB (a gigabyte is the same) is refused after the first megabytes of it were read."""
    path = tmp_path / "file"
    with path.open("wb") as file:
        for piece in _pieces():
            file.write(piece)
    tracemalloc.start()
    try:
        with pytest.raises(FileError) as caught:
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 16 * 1024 * 1024
    finally:
        tracemalloc.stop()
    assert caught.value.reason == "FILE_LINE_TOO_LONG"


SHEET = '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c><c r="B1" t="inlineStr"><is><t>n</t></is></c></row>'
FORMULA = '<row r="2"><c r="A2" t="inlineStr"><is><t>张</t></is></c><c r="B2"><f>1+1</f><v>2</v></c></row>'


def workbook(path: Path, rows: str, more: dict[str, bytes] | None = None) -> Path:
    """A minimal XLSX."""
    office = "http://schemas.openxmlformats.org"
    main = f'xmlns="{office}/spreadsheetml/2006/main"'
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    relations = f"{office}/officeDocument/2006/relationships"
    entries = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{relations}"><sheets>'
        '<sheet name="客户" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{office}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{rows}</sheetData></worksheet>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
        for name, data in (more or {}).items():
            archive.writestr(name, data)
    return path


def test_xlsx(tmp_path):
    """A workbook is read by sheet; a formula gives the value it had."""
    path = workbook(tmp_path / "a.xlsx", SHEET + FORMULA)
    form = sniff(path)
    assert (form.kind, form.sheet, form.sheets) == ("xlsx", "客户", ("客户",))
    header, rows = header_and_rows(path, form)
    assert (header, list(rows)) == (["name", "n"], [(2, ["张", "2"])])


def test_a_zip_bomb_is_not_opened(tmp_path):
    """An archive that expands two hundredfold is refused before anything parses it."""
    path = workbook(tmp_path / "a.xlsx", SHEET, {"xl/media/image1.png": bytes(64 * 1024 * 1024)})
    with pytest.raises(FileError) as caught:
        sniff(path)
    assert caught.value.reason == "FILE_XLSX_BOMB"


def test_an_archive_that_lies_about_sizes_is_refused(tmp_path):
    """Sizes in the directory are not believed: every entry is expanded and counted."""
    path = workbook(tmp_path / "a.xlsx", SHEET, {"xl/media/image1.png": bytes(64 * 1024 * 1024)})
    data = bytearray(path.read_bytes())
    size = (64 * 1024 * 1024).to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(FileError) as caught:
        sniff(path)
    assert caught.value.reason in {"FILE_XLSX_BROKEN", "FILE_XLSX_BOMB"}


def test_another_archive_is_not_a_workbook(tmp_path):
    """A ZIP of anything else is no table."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(FileError) as caught:
        sniff(tmp_path / "a.zip")
    assert caught.value.reason == "FILE_BINARY"

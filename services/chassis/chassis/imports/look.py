"""A first look at a file: its columns with samples, and the mapping they suggest."""

from pathlib import Path
from typing import Any

from chassis.call import Call
from chassis.imports.cells import ZERO
from chassis.imports.plan import default_keys
from chassis.imports.rows import header_and_rows
from chassis.imports.sniff import Format
from chassis.imports.suggest import suggest
from chassis.resources.resource import Resource

_SAMPLE_ROWS = 200
_SAMPLES = 5
_SAMPLE_LENGTH = 100


def look(call: Call, resource: Resource, path: Path, form: Format) -> dict[str, Any]:
    """Columns with samples, and the suggested mapping."""
    header, rows = header_and_rows(path, form)
    samples: list[list[str]] = [[] for _ in header]
    for count, (_, cells) in enumerate(rows):
        if count >= _SAMPLE_ROWS:
            break
        for column, cell in zip(samples, cells, strict=False):
            if cell.strip():
                column.append(cell.strip()[:_SAMPLE_LENGTH].replace("\0", ZERO))
    suggestions = suggest(
        resource,
        header,
        samples,
        list(resource.definitions(call.organization).values()),
        call.access.read_only(resource.module),
    )
    mappings = [mapping_of(item.column, item.field) for item in suggestions]
    return {
        "format": {
            "kind": form.kind,
            "encoding": form.encoding,
            "delimiter": form.delimiter,
            "sheet": form.sheet,
            "sheets": list(form.sheets),
            "header": form.header,
        },
        "columns": [
            {
                "index": index,
                "header": title[:200].replace("\0", ZERO),
                "samples": list(dict.fromkeys(samples[index]))[:_SAMPLES],
            }
            for index, title in enumerate(header)
        ],
        "mappings": mappings,
        "mode": "upsert",
        "keys": default_keys(resource, [mapping["field"] for mapping in mappings]),
    }


def mapping_of(
    column: int, field: str, constant: str = "", factor: str = "", *, create_missing: bool = False
) -> dict[str, Any]:
    """A mapping as the job keeps it."""
    return {
        "column": column,
        "field": field,
        "constant": constant,
        "factor": factor,
        "create_missing": create_missing,
    }

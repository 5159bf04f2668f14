"""Reads the spans that every process appends to its own file, and puts each trace together again."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

READ_BYTES = 4_000_000
"""Of each file only its end is read: the console shows what happened lately."""


@dataclass(frozen=True)
class Span:
    """One span; times are seconds since 1970."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    name: str
    start: float
    end: float
    failed: bool
    attributes: dict[str, Any]


@dataclass
class Trace:
    """The spans of one trace, in the order of their start."""

    id: str
    spans: list[Span] = field(default_factory=list)

    @property
    def start(self) -> float:
        """When its first span began."""
        return min(span.start for span in self.spans)

    @property
    def end(self) -> float:
        """When its last span ended; asynchronous effects included."""
        return max(span.end for span in self.spans)

    @property
    def background(self) -> bool:
        """Whether it is only a look into the database that no request or event asked for: polling."""
        return all(span.name.startswith("sql.") for span in self.spans)

    @property
    def services(self) -> list[str]:
        """Who took part, in the order of their first span."""
        return list(dict.fromkeys(span.service for span in self.spans))

    @property
    def root(self) -> Span:
        """The span that no other of this trace is the parent of; the first when several are."""
        known = {span.span_id for span in self.spans}
        return next((span for span in self.spans if span.parent_id not in known), self.spans[0])

    def indented(self) -> Iterator[tuple[int, Span]]:
        """Each span with its depth, children below their parent."""
        known = {span.span_id for span in self.spans}
        children: dict[str, list[Span]] = defaultdict(list)
        for span in self.spans:
            children[span.parent_id if span.parent_id in known else ""].append(span)
        stack = [(0, span) for span in reversed(children[""])]
        while stack:
            depth, span = stack.pop()
            yield depth, span
            stack.extend((depth + 1, child) for child in reversed(children[span.span_id]))


def read(folder: Path) -> dict[str, Trace]:
    """Every trace that the files still show, by id."""
    traces: dict[str, Trace] = {}
    for path in folder.glob("*.jsonl"):
        for span in _spans(path):
            traces.setdefault(span.trace_id, Trace(span.trace_id)).spans.append(span)
    for trace in traces.values():
        trace.spans.sort(key=lambda span: (span.start, -span.end))
    return traces


def newest(folder: Path, count: int, *, background: bool = False) -> list[Trace]:
    """The traces that began last, newest first; polling is left out unless asked for."""
    found = [trace for trace in read(folder).values() if background or not trace.background]
    return sorted(found, key=lambda trace: trace.start, reverse=True)[:count]


def _spans(path: Path) -> Iterator[Span]:
    with path.open("rb") as file:
        size = path.stat().st_size
        if size > READ_BYTES:
            file.seek(size - READ_BYTES)
            file.readline()
        for line in file:
            try:
                entry = json.loads(line)
                yield Span(
                    trace_id=entry["trace_id"],
                    span_id=entry["span_id"],
                    parent_id=entry.get("parent_id") or "",
                    service=entry["service"],
                    name=entry["name"],
                    start=float(entry["start"]),
                    end=float(entry["end"]),
                    failed=entry.get("status") == "ERROR",
                    attributes=entry.get("attributes") or {},
                )
            except (ValueError, KeyError, TypeError):
                continue  # the last line of a process that was killed

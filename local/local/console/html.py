"""The console's page frame. Text is escaped by default; `Markup` says that something already is."""

from collections.abc import Iterable, Sequence
from html import escape

from starlette.responses import HTMLResponse

PAGES = (("/", "Overview"), ("/mail", "Mail"), ("/traces", "Traces"), ("/metrics-summary", "Metrics"), ("/processes", "Processes"))  # fmt: skip

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --bar: #4c7bd9; --bad: #d2453f; }
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; margin: 0 auto; max-width: 72rem; padding: 0 1rem 3rem; }
nav { display: flex; flex-wrap: wrap; gap: 1rem; padding: .8rem 0; border-bottom: 1px solid var(--line); }
nav b { margin-right: 1rem; } nav a[aria-current] { font-weight: bold; text-decoration: none; color: inherit; }
table { border-collapse: collapse; width: 100%; } .scroll { overflow-x: auto; }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
pre { background: var(--soft); padding: .8rem; overflow-x: auto; white-space: pre-wrap; }
code { font-size: .9em; } .bad { color: var(--bad); } .faint { opacity: .65; }
.lane { position: relative; height: 1.1rem; min-width: 18rem; background: var(--soft); }
.bar { position: absolute; top: 0; bottom: 0; min-width: 2px; background: var(--bar); } .bar.bad { background: var(--bad); }
iframe { width: 100%; height: 24rem; border: 1px solid var(--line); background: white; }
"""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Markup(str):
    """HTML that is safe as it is."""

    __slots__ = ()


def text(value: object) -> str:
    """A value as HTML: escaped, unless it is Markup."""
    return value if isinstance(value, Markup) else escape(str(value))


def link(address: str, label: object) -> Markup:
    """An anchor."""
    return Markup(f'<a href="{escape(address)}">{text(label)}</a>')


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> Markup:
    """A table; a head that ends in " #" is a column of numbers. `empty` stands in place of no rows."""
    numeric = [head.endswith(" #") for head in heads]
    lines = [
        "<tr>" + "".join(f"<td{_n(numeric[i])}>{text(cell)}</td>" for i, cell in enumerate(row)) + "</tr>"
        for row in rows
    ]
    if not lines:
        return Markup(f'<p class="faint">{text(empty)}</p>')
    head = "".join(f"<th{_n(n)}>{text(name.removesuffix(' #'))}</th>" for name, n in zip(heads, numeric, strict=True))
    return Markup(
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
    )


def page(path: str, title: str, *parts: object, status: int = 200) -> HTMLResponse:
    """A whole page."""
    menu = "".join(
        f'<a href="{address}"{" aria-current=page" if address == path else ""}>{name}</a>' for address, name in PAGES
    )
    body = "\n".join(text(part) for part in parts)
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Guanxi console</title><style>{_STYLE}</style>"
        f"<nav><b>关系 console</b>{menu}</nav><h1>{escape(title)}</h1>{body}</html>",
        status_code=status,
        headers=_HEADERS,
    )


def _n(numeric: bool) -> str:
    return ' class="n"' if numeric else ""

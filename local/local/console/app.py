"""The console's pages."""

import json
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local import process
from local.console import metrics, traces
from local.console.html import Markup, link, page, table
from local.errors import tail
from local.inbox import Inbox, Mail
from local.settings import Settings

SHOWN_TRACES = 100


def application(settings: Settings, inbox: Inbox) -> Starlette:
    """The console as an ASGI application. It answers to loopback names only, so no foreign page can reach it."""
    console = _Console(settings, inbox)
    return Starlette(
        routes=[
            Route("/", console.overview),
            Route("/mail", console.mails),
            Route("/mail.json", console.mails_json),
            Route("/sms", console.take_sms, methods=["POST"]),
            Route("/mail/{id}", console.mail),
            Route("/traces", console.traces),
            Route("/traces/{id}", console.trace),
            Route("/metrics-summary", console.metrics),
            Route("/processes", console.processes),
            Route("/processes/{name}", console.log),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )


class _Console:
    """The handlers; each reads afresh, so a page is as new as its request."""

    def __init__(self, settings: Settings, inbox: Inbox) -> None:
        self._settings, self._inbox = settings, inbox

    def overview(self, request: Request) -> Response:
        """Where everything is."""
        rows = [
            (link(self._settings.url, self._settings.url), "the application, and its REST interface"),
            (link(f"{self._settings.url}/api/docs", "API reference"), "every method, from the contracts"),
            (link("/mail", "Mail"), f"{len(self._inbox.ids())} mails and SMS were sent; none left this machine"),
            (link("/traces", "Traces"), "what each request did, through every service"),
            (link("/metrics-summary", "Metrics"), "rate, errors, duration; events on their way"),
            (link("/processes", "Processes"), "what runs, and its logs"),
        ]
        return page("/", "Overview", table(["Where", "What"], rows, ""))

    def mails(self, request: Request) -> Response:
        """All mails, newest first."""
        rows = [
            (
                _clock(mail.received),
                ", ".join(mail.recipients),
                link(f"/mail/{mail.id}", mail.subject or "(no subject)"),
            )
            for mail in reversed(self._inbox.mails(request.query_params.get("to")))
        ]
        return page("/mail", "Mail", table(["Received (UTC)", "To", "Subject"], rows, "No mail was sent yet."))

    def mails_json(self, request: Request) -> Response:
        """The same for programs; `?to=` narrows to one address. Oldest first."""
        return JSONResponse({"mails": [_plain(mail) for mail in self._inbox.mails(request.query_params.get("to"))]})

    async def take_sms(self, request: Request) -> Response:
        """The provider of SMS on this machine: each is kept beside the mails, under its number."""
        try:
            entered = json.loads(await request.body())
            to, text = str(entered["to"]), str(entered["text"])
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"status": "refused"}, status_code=400)
        return JSONResponse({"status": "taken", "id": await run_in_threadpool(self._inbox.add_sms, to, text)})

    def mail(self, request: Request) -> Response:
        """One mail: headers, text, and its HTML in a frame where nothing runs."""
        identity = request.path_params["id"]
        mail = self._inbox.read(identity.removesuffix(".json"))
        if mail is None:
            return page("/mail", "No such mail", link("/mail", "All mails"), status=404)
        if identity.endswith(".json"):
            return JSONResponse(_plain(mail))
        parts: list[object] = [
            table(["Header", ""], mail.headers.items(), ""),
            Markup(f"<pre>{escape(mail.text)}</pre>"),
        ]
        if mail.html:
            parts.append(Markup(f'<iframe sandbox srcdoc="{escape(mail.html)}" title="HTML"></iframe>'))
        return page("/mail", mail.subject or "(no subject)", *parts)

    def traces(self, request: Request) -> Response:
        """The latest traces; with `?all=1` polling too."""
        everything = "all" in request.query_params
        rows = [
            (
                _clock(datetime.fromtimestamp(trace.start, UTC)),
                link(f"/traces/{trace.id}", trace.root.name),
                " → ".join(trace.services),
                len(trace.spans),
                f"{(trace.end - trace.start) * 1000:.1f} ms",
                Markup('<span class="bad">failed</span>') if any(span.failed for span in trace.spans) else "",
            )
            for trace in traces.newest(self._settings.folder("traces"), SHOWN_TRACES, background=everything)
        ]
        heads = ["Began (UTC)", "What", "Through", "Spans #", "Until its last effect #", ""]
        more = link("/traces", "requests and events only") if everything else link("/traces?all=1", "polling too")
        return page(
            "/traces", "Traces", Markup(f"<p>Show {more}</p>"), table(heads, rows, "No spans were written yet.")
        )

    def trace(self, request: Request) -> Response:
        """One trace as a waterfall."""
        trace = traces.read(self._settings.folder("traces")).get(request.path_params["id"])
        if trace is None:
            return page("/traces", "No such trace", link("/traces", "All traces"), status=404)
        whole = max(trace.end - trace.start, 1e-6)
        rows = []
        for depth, span in trace.indented():
            left, width = (span.start - trace.start) / whole * 100, (span.end - span.start) / whole * 100
            bar = f'<div class="bar{" bad" if span.failed else ""}" style="left:{left:.2f}%;width:{width:.2f}%"></div>'
            details = ", ".join(f"{key}={value}" for key, value in span.attributes.items())
            name = f'<span style="padding-left:{depth}rem">{escape(span.name)}</span><br><small class="faint">{escape(details)}</small>'
            milliseconds = f"{(span.end - span.start) * 1000:.2f}"
            rows.append((span.service, Markup(name), milliseconds, Markup(f'<div class="lane">{bar}</div>')))
        return page(
            "/traces", f"Trace {trace.id}", table(["Service", "Span", "ms #", f"{whole * 1000:.1f} ms"], rows, "")
        )

    async def metrics(self, request: Request) -> Response:
        """Rate, errors and duration of each RPC; then the queues."""
        ports = {entry["name"]: entry["metrics"] for entry in self._running() if entry["metrics"]}
        summary = await metrics.summarize(ports)
        rates = [
            (
                rate.process,
                rate.method,
                f"{rate.count:.0f}",
                f"{rate.failed:.0f}",
                _ms(rate.seconds / rate.count),
                _ms(rate.quantile(0.5)),
                _ms(rate.quantile(0.99)),
            )
            for rate in summary.rates
            if rate.count
        ]
        gauges = [
            (process, name, f"{value:g}")
            for process, values in summary.gauges.items()
            for name, value in values.items()
        ]
        silent = f"Did not answer: {', '.join(summary.silent)}" if summary.silent else ""
        heads = ["Process", "Method", "Calls #", "Failed #", "Mean #", "Half under #", "99 % under #"]
        return page(
            "/metrics-summary",
            "Metrics",
            Markup(f'<p class="bad">{escape(silent)}</p>'),
            table(heads, rates, "No call was made yet."),
            Markup("<h2>Events and queues</h2>"),
            table(["Process", "Metric", "Value #"], gauges, "No process answered."),
        )

    def processes(self, request: Request) -> Response:
        """What runs."""
        rows = []
        for entry in self._running():
            identity = process.Identity.parse(entry["identity"])
            state = entry["state"] if identity and identity.alive() else "not running"
            rows.append(
                (
                    link(f"/processes/{entry['name']}", entry["name"]),
                    state,
                    identity.pid if identity else "",
                    entry["restarts"],
                    _memory(identity),
                )
            )
        return page(
            "/processes", "Processes", table(["Name", "State", "Process #", "Restarts #", "Memory #"], rows, "")
        )

    def log(self, request: Request) -> Response:
        """The end of one process's log."""
        name = request.path_params["name"]
        if name not in {entry["name"] for entry in self._running()}:
            return page("/processes", "No such process", link("/processes", "All processes"), status=404)
        return page("/processes", name, Markup(f"<pre>{escape(tail(self._settings.log(name), 300))}</pre>"))

    def _running(self) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = json.loads(self._settings.run_file.read_text())["processes"]
        except (OSError, ValueError):
            return []
        return found


def _plain(mail: Mail) -> dict[str, Any]:
    return {**vars(mail), "received": mail.received.isoformat(), "code": mail.code}


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _memory(identity: process.Identity | None) -> str:
    """Resident memory, as the kernel counts it."""
    try:
        pages = int(Path(f"/proc/{identity.pid}/statm").read_text().split()[1]) if identity else 0
    except OSError:
        pages = 0
    return f"{pages * 4096 / 1e6:.0f} MB"

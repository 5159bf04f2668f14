"""Logs, spans and metrics: set up once by a process, used everywhere.

Spans go to an OpenTelemetry collector, or to a file as JSON lines that a person can read. Metrics carry no ids in
their labels; logs carry the trace id of the request they belong to.
"""

import json
import logging
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge, Histogram, start_http_server
from typing_extensions import override

from chassis.config import TelemetryConfig

tracer = trace.get_tracer("guanxi")
_propagator = TraceContextTextMapPropagator()

RPC_SECONDS = Histogram(
    "guanxi_rpc_server_seconds",
    "Time from a request's arrival to its answer.",
    ["method", "code"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
RPC_IN_FLIGHT = Gauge("guanxi_rpc_server_in_flight", "Requests being handled.")
OUTBOX_AGE = Gauge("guanxi_outbox_age_seconds", "Age of the oldest event that is not published yet.")
OUTBOX_PENDING = Gauge("guanxi_outbox_pending", "Events that are not published yet.")
EVENTS_PUBLISHED = Counter("guanxi_events_published_total", "Events acknowledged by the broker.")
EVENTS_HANDLED = Counter("guanxi_events_handled_total", "Events taken from the broker.", ["consumer", "outcome"])
EVENT_SECONDS = Histogram(
    "guanxi_event_seconds",
    "Time from an event's commit to its effect.",
    ["consumer"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
CONSUMER_LAG = Gauge("guanxi_consumer_lag", "Events in the stream that a consumer has not taken yet.", ["consumer"])
DEAD_LETTERS = Gauge("guanxi_dead_letters", "Events that could not be handled and wait for a person.")
JOBS = Counter("guanxi_jobs_total", "Background jobs that ended.", ["kind", "state"])


class JsonLines(SpanExporter):
    """Appends finished spans to a file, one JSON object a line."""

    def __init__(self, path: str, service: str) -> None:
        self._file = Path(path).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115 - kept for the process's life
        self._service = service
        self._lock = threading.Lock()

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        lines = "".join(json.dumps(self._plain(span), ensure_ascii=False) + "\n" for span in spans)
        with self._lock:
            self._file.write(lines)
        return SpanExportResult.SUCCESS

    def _plain(self, span: ReadableSpan) -> dict[str, Any]:
        context = span.get_span_context()
        return {
            "trace_id": f"{context.trace_id:032x}" if context else "",
            "span_id": f"{context.span_id:016x}" if context else "",
            "parent_id": f"{span.parent.span_id:016x}" if span.parent else "",
            "service": self._service,
            "name": span.name,
            "kind": span.kind.name.lower(),
            "start": (span.start_time or 0) / 1e9,
            "end": (span.end_time or 0) / 1e9,
            "status": span.status.status_code.name,
            "attributes": dict(span.attributes or {}),
        }


class JsonLog(logging.Formatter):
    """One JSON object a record; line breaks in messages cannot forge another."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    @override
    def format(self, record: logging.LogRecord) -> str:
        context = trace.get_current_span().get_span_context()
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if context.is_valid:
            entry["trace_id"] = f"{context.trace_id:032x}"
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def set_up(service: str, config: TelemetryConfig) -> None:
    """Start logs, spans and the metrics page of this process. Call it once."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLog(service))
    logging.basicConfig(level=config.log_level.upper(), handlers=[handler], force=True)
    provider = TracerProvider(resource=Resource.create({"service.name": f"guanxi-{service}"}))
    for exporter in _exporters(service, config):
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
    trace.set_tracer_provider(provider)
    host, _, port = config.metrics_listen.rpartition(":")
    start_http_server(int(port), host)


def _exporters(service: str, config: TelemetryConfig) -> list[SpanExporter]:
    exporters: list[SpanExporter] = []
    if config.trace_file:
        exporters.append(JsonLines(config.trace_file, service))
    if config.otlp_endpoint:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporters.append(OTLPSpanExporter(endpoint=f"{config.otlp_endpoint.rstrip('/')}/v1/traces"))
    return exporters


def flush() -> None:
    """Send what is still buffered; at the end of a process."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()


def current_traceparent() -> str:
    """The W3C trace context of the span at work; empty outside one."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent", "")


def context_of(traceparent: str) -> Any:
    """The OpenTelemetry context that a traceparent names."""
    return _propagator.extract({"traceparent": traceparent}) if traceparent else None


@contextmanager
def child_span(name: str) -> Iterator[trace.Span]:
    """A span within the one at work; nothing outside of one, so that loops that poll leave no traces."""
    if not trace.get_current_span().get_span_context().is_valid:
        yield trace.INVALID_SPAN
        return
    with tracer.start_as_current_span(name, record_exception=False) as span:
        yield span


def trace_id() -> str:
    """Trace id of the span at work, 32 hexadecimal digits; empty outside one."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""

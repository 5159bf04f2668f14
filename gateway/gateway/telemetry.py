"""The gateway's own metrics and its span of each request; set-up is the chassis'."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from prometheus_client import Counter, Gauge, Histogram

from chassis.telemetry import context_of, tracer

HTTP_SECONDS = Histogram(
    "guanxi_http_server_seconds",
    "Time from a request's arrival to the end of its answer.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
HTTP_IN_FLIGHT = Gauge("guanxi_http_server_in_flight", "Requests being handled, live streams aside.")
LIVE_STREAMS = Gauge("guanxi_live_streams", "Open live streams.")
LIVE_DEGRADED = Gauge("guanxi_live_degraded", "1 while the broker cannot be reached, so that nothing live arrives.")
UPLOADED = Counter("guanxi_uploaded_bytes_total", "Bytes of files passed on to services.")

_children: dict[tuple[str, str, int], Histogram] = {}


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer. `route` is a template of ours, never a path somebody sent."""
    key = (method, route, status)
    child = _children.get(key)
    if child is None:
        child = _children[key] = HTTP_SECONDS.labels(method, route, str(status))
    child.observe(seconds)


@contextmanager
def request_span(method: str, traceparent: str) -> Iterator[Span]:
    """The span of one request, child of the caller's when it sent a traceparent."""
    with tracer.start_as_current_span(
        method,
        context_of(traceparent),
        SpanKind.SERVER,
        {"http.request.method": method},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield span


def finish_span(span: Span, method: str, route: str, status: int) -> None:
    """Name it by its route, and mark our own failures."""
    if span.is_recording():
        span.update_name(f"{method} {route}")
        span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))

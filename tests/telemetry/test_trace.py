"""One trace from the request at the gateway to the effect in another service, and the figures beside it."""

import json
from pathlib import Path
from typing import Any

import httpx

from local.process import poll
from tests.e2e.api import Api
from tests.support.stack import Stack

METRICS = {
    "guanxi_rpc_server_seconds_count",
    "guanxi_outbox_age_seconds",
    "guanxi_outbox_pending",
    "guanxi_consumer_lag",
    "guanxi_dead_letters",
    "guanxi_events_handled_total",
}


def spans_of(stack: Stack, trace_id: str) -> list[dict[str, Any]]:
    """Every span of a trace, from all processes' files."""
    files = Path(stack.settings.folder("traces")).glob("*.jsonl")
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    return [json.loads(line) for line in lines if trace_id in line]


def test_unbroken(stack: Stack) -> None:
    """A trace begun by the caller goes through gateway, service, SQL and NATS to the consumers, each span's parent there."""
    api, trace_id, caller = Api.sign_up(stack), "ab" * 15 + "cd", "12" * 8
    headers = {"traceparent": f"00-{trace_id}-{caller}-01"}
    api.call("POST", "accounts", json={"name": "Traced"}, headers=headers)

    def complete() -> bool:
        names = {(span["service"], span["name"]) for span in spans_of(stack, trace_id)}
        return {("reporting", "consume reporting-facts"), ("identity", "consume identity-audit")} <= names

    def orphans() -> list[dict[str, Any]]:
        spans = spans_of(stack, trace_id)
        known = {span["span_id"] for span in spans} | {caller}
        return [span for span in spans if span["parent_id"] not in known]

    assert poll(complete, 30, every=0.2)
    # A span is written at its end, a parent's after its children's.
    assert poll(lambda: not orphans(), 10, every=0.2), orphans()
    spans = spans_of(stack, trace_id)
    assert {"gateway", "customers", "reporting", "identity"} <= {span["service"] for span in spans}
    assert {"sql.transaction"} <= {span["name"] for span in spans if span["service"] == "customers"}


def test_metrics(stack: Stack) -> None:
    """Every service shows RED figures of its RPCs, the age of its outbox, consumers' lag and dead letters, without ids."""
    Api.sign_up(stack)
    pages = [httpx.get(stack.metrics_url(name)).text for name in ("identity", "customers", "reporting")]
    names = {line.split("{")[0].split(" ")[0] for page in pages for line in page.splitlines() if line[:1] != "#"}
    assert METRICS <= names
    for page in pages:
        assert "org_id" not in page

"""Asks every process for its Prometheus metrics and adds up what a person looks at first."""

import asyncio
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families

RPC = "guanxi_rpc_server_seconds"
REQUEST = "guanxi_http_server_seconds"
CLIENT_FAULTS = {"OK", "NOT_FOUND", "INVALID_ARGUMENT", "ALREADY_EXISTS", "PERMISSION_DENIED", "UNAUTHENTICATED"} | {
    "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "CANCELLED",
}  # fmt: skip
"""Answers that are no failure of ours."""


@dataclass
class Rate:
    """One RPC since its process started."""

    process: str
    method: str
    count: float = 0
    failed: float = 0
    seconds: float = 0
    buckets: dict[float, float] = field(default_factory=lambda: defaultdict(float))

    def quantile(self, share: float) -> float:
        """The upper bound of the bucket that holds this share of the durations, in seconds."""
        if not self.count:
            return math.nan
        return next((bound for bound, below in sorted(self.buckets.items()) if below >= share * self.count), math.inf)


@dataclass
class Summary:
    """All processes together."""

    rates: list[Rate]
    gauges: dict[str, dict[str, float]]
    """Process → metric (with its labels) → value, for what is no histogram."""
    silent: list[str]
    """Processes that did not answer."""


async def summarize(ports: Mapping[str, int]) -> Summary:
    """Scrape each process once, at most a second long."""
    async with httpx.AsyncClient(timeout=1.0, trust_env=False) as client:
        answers = await asyncio.gather(*(_scrape(client, port) for port in ports.values()))
    rates: list[Rate] = []
    gauges: dict[str, dict[str, float]] = {}
    silent: list[str] = []
    for process, text in zip(ports, answers, strict=True):
        if text is None:
            silent.append(process)
            continue
        found, gauges[process] = _read(process, text)
        rates += found
    return Summary(sorted(rates, key=lambda rate: -rate.seconds), gauges, silent)


async def _scrape(client: httpx.AsyncClient, port: int) -> str | None:
    try:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics")
    except httpx.HTTPError:
        return None
    return answer.text if answer.status_code == 200 else None


def _read(process: str, text: str) -> tuple[Iterable[Rate], dict[str, float]]:
    rates: dict[str, Rate] = {}
    gauges: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = sample.labels
            if family.name in {RPC, REQUEST}:
                method = " ".join(labels[name] for name in ("method", "route") if name in labels)
                rate = rates.setdefault(method, Rate(process, method))
                if sample.name.endswith("_bucket"):
                    rate.buckets[float(labels["le"])] += sample.value
                elif sample.name.endswith("_count"):
                    rate.count += sample.value
                    rate.failed += sample.value if _failed(labels) else 0
                elif sample.name.endswith("_sum"):
                    rate.seconds += sample.value
            elif (
                family.name.startswith("guanxi_")
                and family.type in {"gauge", "counter"}
                and not sample.name.endswith("_created")
            ):
                inner = ", ".join(f"{name}={value}" for name, value in labels.items())
                gauges[sample.name + (f" {{{inner}}}" if inner else "")] = sample.value
    return rates.values(), gauges


def _failed(labels: Mapping[str, str]) -> bool:
    code = labels.get("code") or labels.get("status") or "OK"
    return code.startswith("5") if code.isdigit() else code not in CLIENT_FAULTS

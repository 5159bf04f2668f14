"""Lists by a field that the organization added, beside the same lists by a built-in one: sorted and filtered."""

from collections.abc import Callable
from urllib.parse import quote

from guanxi.type.v1.requests_pb2 import ListRequest
from tests.load.company import Company
from tests.load.measuring import Table, interleaved

# What the fields hold: see `tests.load.filling`. `employees` is built in, `size` and `code` are the organization's own.
FIELDS = (
    {"module": "accounts", "key": "size", "kind": "number", "ranged": True},
    {"module": "accounts", "key": "code", "kind": "text"},
)
_SLOWER_AT_MOST = 2.0
_ROUNDS = 40


def define(company: Company) -> None:
    """The fields that the filled accounts have values of."""
    for field in FIELDS:
        company.rest("POST", "custom_fields", field)


def run(company: Company, table: Table, count: int) -> None:
    """The same question of both fields, through gRPC and REST."""
    table.heading("Lists by own fields, median of turns", "built in", "own", "ratio", "own, REST", "ratio")
    few = count - 100
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = [
        ("sorted up", {"order_by": "employees"}, {"order_by": "custom.size"}),
        ("sorted down", {"order_by": "employees desc"}, {"order_by": "custom.size desc"}),
        ("few of them", {"filter": "employees > 4990"}, {"filter": f"custom.size > {few}"}),
        ("half of them", {"filter": "employees > 2500"}, {"filter": f"custom.size > {count // 2}"}),
        ("equal", {"filter": 'external_ids.erp = "E77"'}, {"filter": 'custom.code = "C77"'}),
        (
            "half, sorted",
            {"filter": "employees > 2500", "order_by": "employees"},
            {"filter": f"custom.size > {count // 2}", "order_by": "custom.size"},
        ),
    ]
    for name, built_in, own in asked:
        found = interleaved(_ways(company, built_in, own), _ROUNDS, warm=3)
        table.times(name, found, {"grpc": _SLOWER_AT_MOST})


def _ways(company: Company, built_in: dict[str, str], own: dict[str, str]) -> dict[str, Callable[[], object]]:
    first, second = ListRequest(**built_in), ListRequest(**own)  # type: ignore[arg-type]
    path = "accounts?" + "&".join(f"{key}={quote(value)}" for key, value in own.items())
    return {
        "raw": lambda: company.grpc("ListAccounts", first),
        "grpc": lambda: company.grpc("ListAccounts", second),
        "rest": lambda: company.rest("GET", path),
    }

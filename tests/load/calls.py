"""Get, create, lists and searches: the same answer by raw SQL, through gRPC and through REST."""

import itertools
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from chassis.ids import uuid7
from chassis.text import search_patterns
from customers.accounts.resource import ACCOUNTS
from guanxi.customers.v1 import accounts_pb2
from guanxi.type.v1.requests_pb2 import GetRequest, ListRequest
from tests.load.company import COLUMNS, SCOPE, Company
from tests.load.filling import RARE_EN, RARE_ZH
from tests.load.measuring import Table, interleaved

_WHERE = "org_id = %(org)s AND delete_time IS NULL"
_PAGE = (
    "SELECT {columns}, (SELECT count(*) FROM (SELECT 1 FROM accounts WHERE {where} LIMIT 10001) AS counted) FROM accounts"
    " WHERE {where} ORDER BY create_time DESC, id DESC LIMIT 51"
)


def run(company: Company, table: Table) -> None:
    """Every kind of call."""
    table.heading("Calls, median of turns", "raw psycopg2", "gRPC", "ratio", "REST", "ratio")
    _get(company, table)
    _create(company, table)
    _list(company, table, "list of 50")
    _list(company, table, "filtered list", 'industry = "medical"', "AND industry = 'medical'")
    for language, words in (("zh", RARE_ZH), ("en", RARE_EN)):
        (pattern,) = search_patterns(words)
        _list(company, table, f"search ({language})", f'search("{words}")', "AND search_text LIKE %(pattern)s", pattern)


def _get(company: Company, table: Table) -> None:
    ids = itertools.cycle(
        [row[0] for row in company.select("SELECT id FROM accounts WHERE org_id = %(org)s LIMIT 500")]
    )
    statement = f"SELECT {COLUMNS} FROM accounts WHERE {_WHERE} AND id = %(id)s"
    found = interleaved(
        {
            "raw": lambda: company.select(statement, id=next(ids)),
            "grpc": lambda: company.grpc("GetAccount", GetRequest(id=next(ids))),
            "rest": lambda: company.rest("GET", f"accounts/{next(ids)}"),
        },
        400,
    )
    table.times("get", found, {"grpc": 2.5, "rest": 4.0})


def _list(company: Company, table: Table, name: str, asked: str = "", more: str = "", pattern: str = "") -> None:
    statement = _PAGE.format(columns=COLUMNS, where=f"{_WHERE} {more}")
    path = f"accounts?filter={quote(asked)}"
    found = interleaved(
        {
            "raw": lambda: company.select(statement, pattern=pattern),
            "grpc": lambda: company.grpc("ListAccounts", ListRequest(filter=asked)),
            "rest": lambda: company.rest("GET", path),
        },
        50,
    )
    table.times(name, found)


def _create(company: Company, table: Table) -> None:
    """By raw SQL: the row and its event, in one transaction."""
    numbers = itertools.count(1)

    def fields() -> dict[str, str]:
        return {"name": f"华兴科技 New {next(numbers)}", "industry": "software", "location": "Shanghai"}

    found = interleaved(
        {
            "raw": lambda: _insert(company, fields()),
            "grpc": lambda: company.grpc("CreateAccount", _request(fields())),
            "rest": lambda: company.rest("POST", "accounts", fields()),
        },
        100,
    )
    table.times("create", found)


def _request(fields: dict[str, Any]) -> Any:
    return accounts_pb2.CreateAccountRequest(account=accounts_pb2.Account(**fields))


def _insert(company: Company, fields: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    row: dict[str, Any] = {
        **fields,
        **ACCOUNTS.derived(fields),
        "org_id": str(company.org_id),
        "id": str(uuid7()),
        "create_time": now,
        "update_time": now,
        "created_by": str(company.user_id),
        "owner_id": str(company.user_id),
    }
    event = {
        "org": str(company.org_id),
        "event_id": str(uuid.uuid4()),
        "payload": accounts_pb2.Account(**fields).SerializeToString(),
        "now": now,
    }
    with company.sql.cursor() as cursor:
        cursor.execute("BEGIN; " + SCOPE, {"org": str(company.org_id)})
        cursor.execute(
            f"INSERT INTO accounts ({', '.join(row)}) VALUES ({', '.join(f'%({name})s' for name in row)})", row
        )
        # Of a resource nobody follows, so that the consumers have nothing to do with it.
        cursor.execute(
            "INSERT INTO outbox (org_id, event_id, resource, subject, payload, create_time) VALUES (%(org)s,"
            " %(event_id)s, 'customers.Benchmark', 'guanxi.customers.benchmark.created', %(payload)s, %(now)s)",
            event,
        )
        cursor.execute("COMMIT")

"""At 100,000 accounts every list the client makes uses its index, as the service's own role under row-level security."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from chassis.ids import uuid7
from customers.app import build
from customers.config import Config
from tests.load.filling import RARE_EN, RARE_ZH, Filling, fill, psycopg2_url
from tests.services.harness import Client, Running, Tenant, config_of, running
from tests.support.statements import recorded

if TYPE_CHECKING:
    from tests.support.postgres import Database, Databases

ROWS, OTHERS = 100_000, 20_000
# A page of 50 reads 51 rows, its count 10,001 entries of an index. The whole table is more than 5,000 blocks.
MOST_BUFFERS = 1500
MOST_DISCARDED = 1000


@dataclass
class Plan:
    """What PostgreSQL did for one statement."""

    tree: dict[str, Any]
    buffers: int
    nodes: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._walk(self.tree)

    def _walk(self, node: dict[str, Any]) -> None:
        self.nodes.append(node)
        for child in node.get("Plans", []):
            self._walk(child)

    def __str__(self) -> str:
        keys = ("Node Type", "Relation Name", "Index Name", "Actual Rows", "Rows Removed by Filter", "Filter")
        lines = [", ".join(f"{node[key]}" for key in keys if key in node) for node in self.nodes]
        return "\n".join([f"{self.buffers} buffers", *lines])

    @property
    def scanned(self) -> list[str]:
        """Tables read from end to end."""
        return [node["Relation Name"] for node in self.nodes if node["Node Type"] == "Seq Scan"]

    @property
    def indexes(self) -> set[str]:
        """Indexes used."""
        return {node["Index Name"] for node in self.nodes if "Index Name" in node}

    @property
    def discarded(self) -> int:
        """Rows read and then thrown away by a filter or a recheck."""
        keys = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
        return sum(int(node.get(key, 0) * node.get("Actual Loops", 1)) for node in self.nodes for key in keys)


class Large:
    """The customers service over many accounts, and the plans of what it does."""

    def __init__(self, service: Running, tenant: Tenant, seller: uuid.UUID, database: "Database") -> None:
        self.tenant, self.seller_id = tenant, seller
        self.superuser_url = psycopg2_url(database.superuser_url)
        self.admin, self.seller = service.client(tenant), service.client(tenant, seller)
        self._database = service.service.database
        self._connection = psycopg2.connect(psycopg2_url(database.app_url))
        self._connection.autocommit = True

    def plan(self, client: Client, method: str, /, *, table: str = "accounts", **fields: Any) -> Plan:
        """Call, and see how its statement on a table is done: as the application's role, with its organization set."""
        with recorded(self._database) as statements:
            client.call(method, **fields)
        statement, parameters = next(made for made in statements if f"FROM {table}" in made[0])
        settings, _, select = statement.partition("; ")
        with self._connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(settings, parameters)
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {select}", parameters)
            (answer,) = cursor.fetchall()
            tree = answer[0][0]["Plan"]
            cursor.execute("ROLLBACK")
        return Plan(tree, tree["Shared Hit Blocks"] + tree["Shared Read Blocks"])

    def close(self) -> None:
        self._connection.close()
        self.admin.close()
        self.seller.close()


@pytest.fixture(scope="module")
def large(databases: "Databases", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Large]:
    """A database of its own: statistics and sizes are what the plans depend on."""
    database = databases.create("customers")
    with running(build, config_of(database, tmp_path_factory.mktemp("plans"), Config)) as service:
        tenant, other = service.tenants.make(), service.tenants.make()
        tenant.role("seller", [("accounts", "view", "own")])
        tenant.custom_field("accounts", "code", "text")
        tenant.custom_field("accounts", "size", "number", ranged=True)
        seller = tenant.user("Seller", "seller")
        fill(
            database.superuser_url,
            Filling(other.id, [other.admin], OTHERS),
            Filling(tenant.id, [seller, *(uuid7() for _ in range(99))], ROWS),
        )
        made = Large(service, tenant, seller, database)
        yield made
        made.close()
    databases.drop(database)


def check(plan: Plan, *indexes: str) -> None:
    """No scan from end to end, these indexes, and little read in vain."""
    shown = str(plan)
    assert "accounts" not in plan.scanned, shown
    assert set(indexes) <= plan.indexes, shown
    assert plan.discarded <= MOST_DISCARDED, shown
    assert plan.buffers <= MOST_BUFFERS, shown


def test_get(large: Large) -> None:
    """One record is one look into the primary key."""
    record = large.admin.call("ListAccounts", page_size=1).accounts[0]
    check(large.plan(large.admin, "GetAccount", id=record.id), "accounts_pkey")


@pytest.mark.parametrize(
    ("order", "index"),
    [("", "accounts_create_time"), ("name", "accounts_sort_name"), ("employees desc", "accounts_employees")],
)
def test_order(large: Large, order: str, index: str) -> None:
    """A list in any order offered is the beginning of an index."""
    check(large.plan(large.admin, "ListAccounts", order_by=order), index)


@pytest.mark.parametrize(("order", "index"), [("", "accounts_create_time"), ("name", "accounts_sort_name")])
def test_deep_page(large: Large, order: str, index: str) -> None:
    """A later page begins in the index where the one before ended, and counts nothing."""
    token = large.admin.call("ListAccounts", order_by=order, page_size=200).next_page_token
    for _ in range(4):
        token = large.admin.call("ListAccounts", order_by=order, page_size=200, page_token=token).next_page_token
    plan = large.plan(large.admin, "ListAccounts", order_by=order, page_size=200, page_token=token)
    check(plan, index)
    assert plan.buffers < 300


def test_own(large: Large) -> None:
    """A sales representative's own accounts are found by owner."""
    check(large.plan(large.seller, "ListAccounts"), "accounts_owner")


def test_choice(large: Large) -> None:
    """A filter by choice is the beginning of an index, in the order of the default list."""
    check(large.plan(large.admin, "ListAccounts", filter='industry = "medical"'), "accounts_industry")


@pytest.mark.parametrize("words", [RARE_ZH, RARE_EN, f"上海{RARE_ZH}", "hongyan"])
def test_search(large: Large, words: str) -> None:
    """Words are found by trigrams: two Chinese characters, an English word, pinyin."""
    check(large.plan(large.admin, "ListAccounts", filter=f'search("{words}")'), "accounts_search")
    check(large.plan(large.admin, "Search", query=words), "accounts_search")


def test_custom_equality(large: Large) -> None:
    """The value of a custom field is found in the document's index."""
    check(large.plan(large.admin, "ListAccounts", filter='custom.code = "C4711"'), "accounts_custom")


def test_custom_range(large: Large) -> None:
    """A range of a custom field is found in the typed table beside."""
    plan = large.plan(large.admin, "ListAccounts", filter="custom.size > 4711 AND custom.size < 4721")
    check(plan, "custom_values_number")


def test_external_id(large: Large) -> None:
    """The id of another system is found without reading other accounts."""
    check(large.plan(large.admin, "ListAccounts", filter='external_ids.erp = "E4711"'))


# An account on whose timeline are 10,000 opportunities; and as many on another's.
_LONG_TIMELINE = """
WITH made AS (
    INSERT INTO timeline_entries (org_id, id, time, module, record_id, owner_id, version, verb)
    SELECT %(org_id)s, uuidv7(), now() - n * interval '1 minute', 'opportunities', uuidv7(), %(owner)s, 1, 'created'
    FROM generate_series(1, 20000) AS n RETURNING org_id, id, time, module
)
INSERT INTO timeline_places (org_id, place_id, time, entry_id, module)
SELECT org_id, (%(places)s::uuid[])[1 + (row_number() OVER () %% 2)], time, id, module FROM made;
ANALYZE timeline_entries;
ANALYZE timeline_places
"""


def test_timeline(large: Large) -> None:
    """A page of a long timeline is the beginning, or the middle, of its part of the index."""
    places = [account.id for account in large.admin.call("ListAccounts", page_size=2).accounts]
    with psycopg2.connect(large.superuser_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            _LONG_TIMELINE, {"org_id": str(large.tenant.id), "owner": str(large.seller_id), "places": places}
        )
    asked = {"module": "accounts", "record_id": places[0], "page_size": 50}
    token = large.admin.call("ListTimelineEntries", **asked).next_page_token
    for more in ({}, {"page_token": token}, {"modules": ["opportunities"]}):
        plan = large.plan(large.admin, "ListTimelineEntries", table="timeline_places", **asked, **more)
        assert "timeline_places_pkey" in plan.indexes, str(plan)
        assert plan.buffers < 600, str(plan)

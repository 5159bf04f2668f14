"""Facts are made anew from their owners, without a pause, and are what events had made of them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis.call import system_call
from chassis.database.connection import Database
from chassis.database.schema import outbox
from chassis.ids import uuid7
from chassis.peers import Peers
from guanxi.events.v1 import events_pb2
from reporting.facts.handlers import follow
from reporting.facts.rebuild import rebuild
from reporting.facts.table import FACTS, account_facts, freshness, opportunity_facts
from tests.services.harness import SERVICE_TOKEN, Running, Tenant

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.postgres import Database as TestDatabase

ACCOUNTS = 205  # more than a page


@dataclass
class Company:
    """An organization with records in both services, and facts that events made of them."""

    tenant: Tenant
    customers: Running
    sales: Running
    database: Database

    def fill(self) -> None:
        """Accounts, a product and an opportunity; some changed, one deleted."""
        customers, sales = self.customers.client(self.tenant), self.sales.client(self.tenant)
        accounts = customers.call("BatchUpsertAccounts", accounts=[{"name": f"A{n}"} for n in range(ACCOUNTS)]).accounts
        first, second = accounts[:2]
        edited = {"id": first.id, "etag": first.etag, "industry": "retail", "location": "Kenya"}
        customers.call("UpdateAccount", account=edited, update_mask={"paths": ["industry", "location"]})
        customers.call("DeleteAccount", id=second.id, etag=second.etag)
        product = sales.call("CreateProduct", product={"name": "GTX", "category": "G"})
        pipeline = sales.call("CreatePipeline", pipeline={"name": "P"})
        for position, kind in enumerate(("open", "lost", "won"), 1):
            stage = {"name": kind, "pipeline_id": pipeline.id, "position": position, "kind": kind}
            stage_id = sales.call("CreateStage", stage=stage).id
        deal = {
            "account_id": first.id,
            "product_id": product.id,
            "owner_id": str(self.tenant.admin),
            "stage_id": stage_id,
        }
        day = {"year": 2026, "month": 5, "day": 7}
        amount = {"currency_code": "USD", "units": 10, "nanos": 500_000_000}
        sales.call("CreateOpportunity", opportunity={**deal, "amount": amount, "close_date": day})
        for service in (self.customers, self.sales):
            with service.service.worker_database.work() as connection:
                mine = sa.select(outbox.c.payload).where(outbox.c.org_id == self.tenant.id).order_by(outbox.c.id)
                events = [events_pb2.Event.FromString(row.payload) for row in connection.execute(mine)]
            with self.database.write(system_call(self.tenant.id)) as transaction:
                for event in events:
                    if event.resource in FACTS:
                        follow(transaction, event)

    def facts(self) -> dict[str, list[Any]]:
        """Every fact, by table."""
        call = system_call(self.tenant.id)
        return {
            table.name: [
                tuple(row)
                for row in self.database.read(
                    call, sa.select(table).where(table.c.org_id == self.tenant.id).order_by(table.c.id)
                )
            ]
            for table in FACTS.values()
        }

    def change(self, statement: Any) -> None:
        """Something that nobody told facts of."""
        with self.database.write(system_call(self.tenant.id)) as transaction:
            transaction.execute(statement)

    def empty(self) -> None:
        """Lose all facts."""
        for table in (*FACTS.values(), freshness):
            self.change(sa.delete(table).where(table.c.org_id == self.tenant.id))

    def rebuild(self) -> int:
        """Make them anew."""
        addresses = {name: f"127.0.0.1:{one.port}" for name, one in self.owners.items()}
        peers = Peers(addresses, SERVICE_TOKEN)
        try:
            return rebuild(self.database, peers, self.tenant.id)
        finally:
            peers.close()

    @property
    def owners(self) -> dict[str, Running]:
        """Service → where it runs."""
        return {"customers": self.customers, "sales": self.sales}


@pytest.fixture
def company(customers: Running, sales: Running, service_database: "Callable[[str], TestDatabase]") -> Iterator[Company]:
    """A new organization, filled."""
    made = Company(customers.tenants.make(), customers, sales, Database(service_database("reporting").worker_url, 1))
    made.fill()
    yield made
    made.database.dispose()


def test_from_nothing(company: Company) -> None:
    """What was lost is there again, deleted records, amounts and days included."""
    known = company.facts()
    assert {"account_facts": ACCOUNTS, "product_facts": 1, "opportunity_facts": 1} == {
        name: len(rows) for name, rows in known.items()
    }
    company.empty()
    assert ACCOUNTS + 2 == company.rebuild()
    assert known == company.facts()
    fresh = company.database.read(
        system_call(company.tenant.id), sa.select(freshness.c.time).where(freshness.c.org_id == company.tenant.id)
    )
    assert 1 == len(fresh)


def test_over_what_is_there(company: Company) -> None:
    """What is wrong is mended, what nobody owns goes, and what an event told meanwhile stays."""
    known = company.facts()
    company.change(sa.update(opportunity_facts).values(amount=1, status="open"))
    company.change(
        sa.insert(account_facts).values(org_id=company.tenant.id, id=uuid7(), version=1, name="nobody's", deleted=False)
    )
    company.rebuild()
    assert known == company.facts()
    newest = {"version": 99, "name": "told meanwhile"}
    company.change(sa.update(account_facts).where(account_facts.c.industry == "retail").values(**newest))
    company.rebuild()
    assert ["told meanwhile"] == [row[2] for row in company.facts()["account_facts"] if 99 in row]


def test_command(company: Company, service_database: "Callable[[str], TestDatabase]") -> None:
    """An operator rebuilds one organization with one command."""
    known = company.facts()
    company.empty()
    settings = {f"GUANXI_{name.upper()}_ADDRESS": f"127.0.0.1:{one.port}" for name, one in company.owners.items()}
    settings |= dict.fromkeys(("GUANXI_LISTEN", "GUANXI_HEALTH_LISTEN", "GUANXI_METRICS_LISTEN"), "127.0.0.1:0")
    settings |= {"GUANXI_IDENTITY_ADDRESS": "127.0.0.1:1", "GUANXI_NATS_URL": "nats://127.0.0.1:1"}
    settings |= {"GUANXI_SERVICE_TOKEN": SERVICE_TOKEN, "GUANXI_OBJECT_STORE": "file:///nowhere"}
    done = subprocess.run(
        [sys.executable, "-m", "reporting", "rebuild", "--org", str(company.tenant.id)],
        env={**os.environ, **service_database("reporting").environment(), **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, f"{company.tenant.id} {ACCOUNTS + 2} facts\n") == (done.returncode, done.stdout), done.stderr
    assert known == company.facts()

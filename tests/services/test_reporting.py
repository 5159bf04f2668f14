"""Reports: figures are right, of what the caller may see, and a new cube is a declaration."""

import uuid
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from chassis.call import system_call
from chassis.contract import contract_of
from chassis.ids import uuid7
from chassis.resources import refs
from guanxi.customers.v1 import accounts_pb2
from guanxi.events.v1 import events_pb2
from guanxi.sales.v1 import opportunities_pb2, stages_pb2
from reporting.app import build
from reporting.cubes.cube import Cube, Dimension, Report, by_id, count, percentage, total
from reporting.facts.handlers import follow
from reporting.facts.table import account_facts, opportunity_facts
from reporting.reports.definitions import REPORTS
from tests.services.harness import Client, Refused, Running, Tenant, config_of, running

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.postgres import Database

FACT = opportunity_facts.c

# What a successor writes to add a cube: the pipeline, of opportunities that are still open.
PIPELINE = Cube(
    opportunity_facts,
    joins={"account_id": account_facts},
    where=FACT.status == "open",
    time="engage_date",
    currency="currency",
    dimensions=(
        Dimension("stage_id"),
        Dimension("location", "account_id.location"),
        Dimension("engaged", "engage_date", ("接洽月份", "Engaged in"), granularity="month"),
    ),
    measures=(
        count("open", ("进行中", "Open")),
        total("expected", ("预计", "Expected"), FACT.amount),
        percentage("priced", ("有金额", "Priced"), FACT.amount.is_not(None), of=FACT.status == "open"),
    ),
)
MINE = (
    Report("pipeline", ("漏斗", "Pipeline"), ("", ""), "bar", PIPELINE, "stage_id", ("open", "expected", "priced")),
)


@pytest.fixture(scope="module")
def reporting(
    service_database: "Callable[[str], Database]", tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The reporting service, with one more report."""
    config = config_of(service_database("reporting"), tmp_path_factory.mktemp("reporting"))
    with running(partial(build, reports={**REPORTS, **by_id(MINE)}), config) as started:
        yield started


class Told:
    """An organization whose facts a test tells."""

    def __init__(self, reporting: Running) -> None:
        self.reporting = reporting
        self.tenant: Tenant = reporting.tenants.make()

    def tell(self, message: Any, version: int = 1) -> Any:
        """One event about a record, as its owner would send it."""
        resource = contract_of(type(message)).type
        event = events_pb2.Event(id=str(uuid7()), org_id=str(self.tenant.id), resource=resource, verb="updated")
        event.time.GetCurrentTime()
        event.changes.add(id=message.id, version=version).after.Pack(message, type_url_prefix="guanxi/")
        handlers = {kind: item.handler for item in self.subscriptions() for kind in item.resources}
        with self.reporting.service.worker_database.write(system_call(self.tenant.id)) as transaction:
            handlers[resource](transaction, event)
        return message

    def subscriptions(self) -> Any:
        """What reporting takes."""
        return self.reporting.service.subscriptions

    def account(self, name: str = "Acme", **fields: Any) -> accounts_pb2.Account:
        """An account."""
        return self.tell(accounts_pb2.Account(id=str(uuid7()), name=name, **fields))

    def deal(self, units: int | None, status: str = "won", currency: str = "USD", **fields: Any) -> Any:
        """An opportunity."""
        deal = opportunities_pb2.Opportunity(id=str(uuid7()), status=status, **fields)
        if units is not None:
            deal.amount.currency_code, deal.amount.units = currency, units
        return self.tell(deal)

    def client(self, *rules: tuple[str, str, str]) -> Client:
        """The administrator; with field rules somebody who sees everything else."""
        if not rules:
            return self.reporting.client(self.tenant)
        key = str(uuid7())
        self.tenant.role(key, [("*", "*", "all")], list(rules))
        return self.reporting.client(self.tenant, self.tenant.user("U", key))

    def run(self, report: str, **question: Any) -> dict[str, list[str]]:
        """Figures by group, the totals under an empty name."""
        return lines(self.client().call("RunReport", id=report, **question))


def lines(answer: Any) -> dict[str, list[str]]:
    """Figures by group, the totals under an empty name."""
    return {row.values[0]: list(row.values[1:]) for row in (answer.totals, *answer.rows)}


@pytest.fixture
def told(reporting: Running) -> Told:
    """A new organization."""
    return Told(reporting)


def refused(client: Client, report: str, **question: Any) -> Refused:
    """The refusal of a question."""
    with pytest.raises(Refused) as caught:
        client.call("RunReport", id=report, **question)
    return caught.value


class TestCube:
    def test_declared(self, told: Told) -> None:
        """A cube is a declaration: grouped by a reference titled from `ref`, by a joined field and by month."""
        stages = [told.tell(stages_pb2.Stage(id=str(uuid7()), name=name)).id for name in ("New", "Offer")]
        here, there = told.account(location="Kenya"), told.account(location="Japan")
        for stage, account, units, month in ((0, here, 10, 1), (0, there, 20, 1), (1, here, None, 2)):
            day = {"year": 2026, "month": month, "day": 7}
            told.deal(units, "open", stage_id=stages[stage], account_id=account.id, engage_date=day)
        told.deal(1000, "won", stage_id=stages[0])
        assert {
            "": ["3", "30.00", "66.67"], "New": ["2", "30.00", "100.00"], "Offer": ["1", "0.00", "0.00"],
        } == told.run("pipeline")  # fmt: skip
        assert {
            "": ["3", "30.00", "66.67"],
            "Kenya": ["2", "10.00", "50.00"],
            "Japan": ["1", "20.00", "100.00"],
        } == told.run("pipeline", group="location")
        by_month = told.run("pipeline", group="engaged", filter='location = "Kenya"')
        assert ["", "2026-01", "2026-02"] == list(by_month)
        assert ["", "2026-02"] == list(
            told.run("pipeline", group="engaged", **{"from": {"year": 2026, "month": 2, "day": 1}})
        )

    def test_followed(self, told: Told) -> None:
        """What a cube takes titles of is followed, without another line."""
        assert {"reporting-facts": follow, "reporting-references": refs.follow} == {
            item.consumer: item.handler for item in told.subscriptions()
        }
        assert ("sales.Stage",) == told.subscriptions()[1].resources

    def test_columns(self, told: Told) -> None:
        """Labels and choices are the contract's own, unless the cube says otherwise."""
        reports = {item.id: item for item in told.client().call("ListReports").reports}
        assert ["stage_id", "location", "engaged"] == [item.name for item in reports["pipeline"].groups]
        stage, location, engaged = reports["pipeline"].groups
        assert ("Stage", "reference", "sales.Stage") == (stage.label.en, stage.kind, stage.reference)
        assert ("所在地", "text", "月") == (location.label.zh, location.kind, engaged.label.zh[-2:-1])
        (industry,) = reports["accounts-by-industry"].groups
        assert "medical" in [choice.value for choice in industry.choices]
        assert (True, False) == (reports["pipeline"].ranged, reports["accounts-by-industry"].ranged)

    def test_twice(self) -> None:
        """Two reports of one name, or one of a dimension that its cube lacks, do not start."""
        wrong = Report("x", ("", ""), ("", ""), "bar", PIPELINE, "nothing", ("open",))
        for reports in ((*MINE, *MINE), (wrong,)):
            with pytest.raises(ValueError, match=reports[0].id):
                by_id(reports)


class TestFacts:
    def test_newest(self, told: Told) -> None:
        """A deal counts as it is now: changed, then deleted, and no late event brings it back."""
        account = told.account(industry="medical")
        account.industry = "retail"
        told.tell(account, version=2)
        assert {"": ["1"], "retail": ["1"]} == told.run("accounts-by-industry")
        account.delete_time.GetCurrentTime()
        told.tell(account, version=4)
        account.ClearField("delete_time")
        told.tell(account, version=3)
        assert {"": ["0"]} == told.run("accounts-by-industry")


class TestMoney:
    def test_currencies(self, told: Told) -> None:
        """Amounts of two currencies are never added: refused, until they are grouped or filtered by currency."""
        told.deal(10)
        told.deal(5, currency="EUR")
        error = refused(told.client(), "win-rate")
        assert ("FAILED_PRECONDITION", "SEVERAL_CURRENCIES") == (error.code, error.reason)
        answer = told.client().call("RunReport", id="win-rate", group="currency")
        figures = {
            "": ["100.00", "2", "0", ""],
            "EUR": ["100.00", "1", "0", "5.00"],
            "USD": ["100.00", "1", "0", "10.00"],
        }
        assert (figures, "") == (lines(answer), answer.currency)
        answer = told.client().call("RunReport", id="win-rate", filter='currency = "EUR"')
        assert (["100.00", "1", "0", "5.00"], "EUR") == (lines(answer)[""], answer.currency)

    def test_others(self, told: Told) -> None:
        """A deal whose amount is in no figure may be in any currency."""
        told.deal(10)
        told.deal(5, "lost", "EUR")
        assert ["50.00", "1", "1", "10.00"] == told.run("win-rate")[""]


class TestRights:
    def test_out_of_scope(self, told: Told) -> None:
        """Figures are of own deals alone; an account out of scope has neither name nor industry in them."""
        told.tenant.role("rep", [(module, "view", "own") for module in ("opportunities", "accounts", "reports")])
        told.tenant.role("blind", [("opportunities", "view", "own"), ("reports", "view", "all")])
        rep, other = told.tenant.user("R", "rep"), told.tenant.user("O", "rep")
        account = told.account("SECRET", industry="medical", owner_id=str(other))
        for owner, units in ((rep, 10), (other, 1000)):
            told.deal(units, owner_id=str(owner), account_id=account.id)
        client = told.reporting.client(told.tenant, rep)
        assert {"": "10.00", "(none)": "10.00"} == {
            name: values[3]
            for name, values in lines(client.call("RunReport", id="win-rate", group="account_id")).items()
        }
        assert not client.call("RunReport", id="win-rate", filter='industry = "medical"').rows
        everybody = told.run("win-rate", group="account_id")
        assert {"": "1010.00", "SECRET": "1010.00"} == {name: values[3] for name, values in everybody.items()}
        blind = told.reporting.client(told.tenant, told.tenant.user("B", "blind"))
        assert [("group", "UNKNOWN_CHOICE")] == refused(blind, "win-rate", group="account_id").violations

    def test_hidden_amount(self, told: Told) -> None:
        """Hidden amounts are in no figure, no group and no filter."""
        told.deal(10)
        client = told.client(("opportunities", "amount", "hidden"))
        answer = client.call("RunReport", id="win-rate")
        assert ["owner_id", "win_rate", "won", "lost"] == [column.name for column in answer.columns]
        assert [("group", "UNKNOWN_CHOICE")] == refused(client, "win-rate", group="currency").violations
        assert "INVALID_ARGUMENT" == refused(client, "win-rate", filter="amount > 5").code

    def test_hidden_day(self, told: Told) -> None:
        """Who does not see the day of closing can neither group by it nor ask what lies in a range of days."""
        client = told.client(("opportunities", "close_date", "hidden"))
        assert [("from", "NO_TIME_RANGE")] == refused(
            client, "win-rate", **{"from": {"year": 2026, "month": 1, "day": 1}}
        ).violations
        report = next(item for item in client.call("ListReports").reports if item.id == "win-rate")
        assert (False, False) == (report.ranged, "month" in [group.name for group in report.groups])

    @pytest.mark.parametrize("field", ["stage_id", "status"])
    def test_hidden_outcome(self, told: Told, field: str) -> None:
        """Where the outcome is hidden there is no report of outcomes: which accounts closed would tell it."""
        client = told.client(("opportunities", field, "hidden"))
        assert ["accounts-by-industry"] == [item.id for item in client.call("ListReports").reports]
        assert "PERMISSION_DENIED" == refused(client, "win-rate").code


class TestQuestions:
    def test_range(self, told: Told) -> None:
        """Both ends are included; a range that ends before it begins, or of a report without time, is refused."""
        for day in (1, 2, 3):
            told.deal(day, close_date={"year": 2026, "month": 5, "day": day})

        def question(first: int, last: int) -> dict[str, Any]:
            return {name: {"year": 2026, "month": 5, "day": day} for name, day in (("from", first), ("to", last))}

        assert ["2.00", "1", "2.00"] == told.run("revenue-by-month", **question(2, 2))["2026-05"]
        assert [("to", "RANGE_REVERSED")] == refused(told.client(), "win-rate", **question(3, 2)).violations
        assert [("from", "NO_TIME_RANGE")] == refused(
            told.client(), "accounts-by-industry", **question(1, 2)
        ).violations

    def test_order(self, told: Told) -> None:
        """Largest first by the report's first figure; months in their order."""
        users = [told.tenant.user(name) for name in ("A", "B")]
        for units, user, month in ((5, 0, 3), (50, 1, 4), (7, 0, 2)):
            told.deal(units, owner_id=str(users[user]), close_date={"year": 2026, "month": month, "day": 1})
        assert ["", "B", "A"] == list(told.run("revenue-by-salesperson"))
        assert ["", "B", "A"] == list(told.run("revenue-by-month", group="owner_id"))
        assert ["", "2026-02", "2026-03", "2026-04"] == list(told.run("revenue-by-salesperson", group="month"))

    def test_unknown(self, told: Told) -> None:
        """A choice that there is not is named in the refusal; a report that there is not is not found."""
        error = refused(told.client(), "win-rate", filter='industry = "medicle"')
        assert "INVALID_ARGUMENT" == error.code
        assert "medical" in f"{error.message} {error.details}"
        assert "NOT_FOUND" == refused(told.client(), "nothing").code


def test_ids(told: Told) -> None:
    """A group that is a record has its id beside it, so that a client can link it."""
    account = told.account("Acme")
    told.deal(1, account_id=account.id)
    (row,) = told.client().call("RunReport", id="win-rate", group="account_id").rows
    assert ("Acme", [account.id]) == (row.values[0], list(row.ids))
    assert uuid.UUID(row.ids[0]).version == 7

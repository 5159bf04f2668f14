"""Duplicates: rules, scans over everything, groups as each may see them, and merging many at once, with undo."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from chassis.events.inbox import Consumer
from chassis.ids import uuid7
from chassis.merges import Merger
from customers.duplicates.scan import ScanJob
from guanxi.customers.v1 import accounts_pb2
from guanxi.events.v1 import events_pb2
from guanxi.identity.v1 import organizations_pb2
from local.process import poll
from tests.services.harness import Client, Running, Tenant, refused, runner_of

NAMES = (
    ("上海白鹭科技有限公司", "上海白鹭科技股份有限公司", "白鹭科技"),
    ("Egret Instruments Ltd.", "Egret Instruments GmbH", "Egret Instrumnets"),
)
OTHERS = (
    "北京白鹭科技有限公司",
    "上海白鹤科技有限公司",
    "上海白鹭餐饮有限公司",
    "Egret Institute",
    "Regret Instruments",
)


@dataclass
class Desk:
    """One organization's duplicates, with the service's worker run in place."""

    running: Running
    tenant: Tenant
    client: Client

    def accounts(self, *names: str, **values: Any) -> list[str]:
        rows = [{"name": name, **values} for name in names]
        return [item.id for item in self.client.call("BatchUpsertAccounts", accounts=rows).accounts]

    def scan(self, module: str = "accounts") -> Any:
        return self.ended("GetDuplicateScan", self.client.call("CreateDuplicateScan", module=module))

    def merge(self, min_score: int) -> Any:
        return self.ended("GetGroupMerge", self.client.call("CreateGroupMerge", module="accounts", min_score=min_score))

    def ended(self, method: str, job: Any) -> Any:
        """The job after the worker has done what waits."""
        runner = runner_of(self.running.service)

        def is_over() -> bool:
            runner.run_next()
            return self.client.call(method, id=job.id).state not in ("running", "undoing")

        assert poll(is_over, 20, every=0.01)
        return self.client.call(method, id=job.id)

    def groups(self, client: Client | None = None, module: str = "accounts", **more: Any) -> list[Any]:
        return list((client or self.client).call("ListDuplicateGroups", module=module, **more).duplicate_groups)

    def members(self, client: Client | None = None, **more: Any) -> list[set[str]]:
        return [{_account(member).id for member in group.members} for group in self.groups(client, **more)]

    def there(self) -> set[str]:
        """Accounts that are not deleted."""
        return {account.id for account in self.client.call("ListAccounts", page_size=500).accounts}

    def settle(self) -> None:
        """Services that are not here have nothing to move: the merges of this organization are done."""
        runner = runner_of(self.running.service)
        while runner.run_next():
            pass
        table = "UPDATE merges SET state = CASE state WHEN 'running' THEN 'done' WHEN 'undoing' THEN 'undone' ELSE state END"
        service = self.running.service
        with service.database.write(service.control_plane.system_call(self.tenant.id)) as transaction:
            transaction.connection.exec_driver_sql(table)


def _account(packed: Any) -> accounts_pb2.Account:
    account = accounts_pb2.Account()
    assert packed.Unpack(account)
    return account


@pytest.fixture
def desk(customers: Running, tenant: Tenant, client: Client) -> Desk:
    return Desk(customers, tenant, client)


class TestDuplicateRules:
    def test_a_new_organization_has_some(self, desk: Desk) -> None:
        """They are made once, however often the event comes, in the organization's language."""
        service = desk.running.service
        (subscription,) = [each for each in service.all_subscriptions() if each.consumer == "customers-seed"]
        begin = service.control_plane.system_call
        consumer = Consumer(service.worker_database, subscription, "GUANXI_IDENTITY", [], begin)
        made = organizations_pb2.Organization(id=str(desk.tenant.id), language="zh")
        event = events_pb2.Event(id=str(uuid7()), org_id=str(desk.tenant.id), resource="identity.Organization")
        event.verb = "created"
        event.changes.add(id=made.id, version=1).after.Pack(made, type_url_prefix="guanxi/")
        for _ in range(2):
            consumer.handle([event])
        found = desk.client.call("ListDuplicateRules", page_size=100).duplicate_rules
        assert 14 == len(found)
        assert "客户名称相同" in {rule.name for rule in found}

    def test_at_entry(self, desk: Desk) -> None:
        """What no rule that is switched on says is not said to whoever enters a record."""
        desk.accounts("上海白鹭科技有限公司")
        asked: dict[str, Any] = {"company": "上海白鹭科技"}
        assert 1 == len(desk.client.call("FindCustomerDuplicates", **asked).accounts)
        rule = {"name": "R", "module": "accounts", "conditions": ["email"], "score": 90}
        desk.client.call("CreateDuplicateRule", duplicate_rule=rule)
        assert 0 == len(desk.client.call("FindCustomerDuplicates", **asked).accounts)
        named = desk.client.call("CreateDuplicateRule", duplicate_rule={**rule, "name": "N", "conditions": ["name"]})
        assert 1 == len(desk.client.call("FindCustomerDuplicates", **asked).accounts)
        changed = {"id": named.id, "etag": named.etag, "paused": True}
        desk.client.call("UpdateDuplicateRule", duplicate_rule=changed, update_mask={"paths": ["paused"]})
        assert 0 == len(desk.client.call("FindCustomerDuplicates", **asked).accounts)


class TestDuplicateScan:
    def test_company_names(self, desk: Desk) -> None:
        """Spellings of one company are a group, in Chinese and English; other brands, places and trades are none of it."""
        expected = [set(desk.accounts(*names)) for names in NAMES]
        desk.accounts(*OTHERS)
        scan = desk.scan()
        assert ("done", 2) == (scan.state, scan.groups)
        assert sorted(expected, key=min) == sorted(desk.members(), key=min)
        assert {75} == {group.score for group in desk.groups()}

    def test_conditions_together(self, desk: Desk) -> None:
        """A rule holds where all of its conditions do; the score is the surest rule's, the reasons are all there are."""
        for rule in (
            {"name": "1", "conditions": ["phone", "similar_name"], "score": 95},
            {"name": "2", "conditions": ["phone"], "score": 40},
        ):
            desk.client.call("CreateDuplicateRule", duplicate_rule={**rule, "module": "accounts"})
        phone = "+862155550001"
        pair = desk.accounts("白鹭科技", "上海白鹭科技", phone=phone)
        third = desk.accounts("青山物业", phone=phone)
        desk.accounts("上海白鹭科技有限公司")
        desk.scan()
        (group,) = desk.groups()
        assert (40, ["phone", "similar_name"]) == (group.score, list(group.reasons))
        assert {*pair, *third} == desk.members()[0]

    def test_people(self, desk: Desk) -> None:
        """Contacts and leads are scanned as accounts are."""
        for name, phone in (("张伟", "+8613800138000"), ("张 伟", "+8613800138000"), ("李娜", "+8613900139000")):
            desk.client.call("CreateContact", contact={"name": name, "phone": phone})
            desk.client.call("CreateLead", lead={"name": name, "company": "白鹭科技有限公司", "phone": phone})
        for module in ("contacts", "leads"):
            desk.scan(module)
            assert [2] == [len(group.members) for group in desk.groups(module=module)]

    def test_scope(self, desk: Desk) -> None:
        """Everybody sees the members that they may view, and no group of which that is but one."""
        desk.tenant.role("merger", [("accounts", "*", "own")])
        user = desk.tenant.user("M", "merger")
        mine = desk.accounts("白鹭科技", "白鹭科技", owner_id=str(user))
        desk.accounts("白鹭科技", "青山物业")
        desk.accounts("青山物业", owner_id=str(user))
        desk.scan()
        assert sorted([2, 3]) == sorted(len(group.members) for group in desk.groups())
        assert [set(mine)] == desk.members(desk.running.client(desk.tenant, user))
        desk.tenant.role("viewer", [("accounts", "view", "all")])
        viewer = desk.running.client(desk.tenant, desk.tenant.user("V", "viewer"))
        assert "PERMISSION_DENIED" == refused(viewer.call, "ListDuplicateGroups", module="accounts").code
        assert "PERMISSION_DENIED" == refused(viewer.call, "CreateDuplicateScan", module="accounts").code

    def test_different_ones(self, desk: Desk) -> None:
        """What somebody said is different no scan finds again, until they say otherwise; a third one is found."""
        pair = desk.accounts("白鹭科技", "白鹭科技")
        desk.scan()
        (group,) = desk.groups()
        assert "dismissed" == desk.client.call("DismissDuplicateGroup", id=group.id).state
        assert "DUPLICATES_STATE" == refused(desk.client.call, "DismissDuplicateGroup", id=group.id).reason
        desk.scan()
        assert [] == desk.groups()
        desk.client.call("ReopenDuplicateGroup", id=group.id)
        desk.scan()
        assert [set(pair)] == desk.members()

    def test_goes_on(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """A worker that dies loses nothing; tables that a crash of the database emptied are filled again."""
        desk.accounts(*["白鹭科技"] * 5, *["青山物业"] * 5)
        for name, size in (("_ROWS", 3), ("_BLOCKS", 1)):
            monkeypatch.setattr(f"customers.duplicates.scan.{name}", size)
        for place in ("job", "runner"):
            monkeypatch.setattr(f"chassis.jobs.{place}.LEASE", timedelta(0))
        fallen: list[str] = []
        for name in ("_keys", "_pairs"):
            _fall_once(monkeypatch, ScanJob, name, fallen)
        emptied = "DELETE FROM duplicate_keys"
        blocks = ScanJob._blocks

        def crash(job: Any) -> None:
            if emptied not in fallen:
                fallen.append(emptied)
                with job._job.write() as transaction:
                    transaction.connection.exec_driver_sql(emptied)
            blocks(job)

        monkeypatch.setattr(ScanJob, "_blocks", crash)
        scan = desk.scan()
        assert ("done", 2) == (scan.state, scan.groups)
        assert 3 == len(fallen)

    def test_cancel(self, desk: Desk) -> None:
        """A scan that is stopped leaves the groups of before."""
        desk.accounts("白鹭科技", "白鹭科技")
        desk.scan()
        asked = desk.client.call("CreateDuplicateScan", module="accounts")
        desk.client.call("CancelDuplicateScan", id=asked.id)
        assert "cancelled" == desk.ended("GetDuplicateScan", asked).state
        assert 1 == len(desk.groups())
        assert [asked.id] == [one.id for one in desk.client.call("ListDuplicateScans").duplicate_scans][:1]


class TestGroupMerge:
    def test_merges_and_undoes(self, desk: Desk) -> None:
        """Groups that are likely enough are merged into the fullest; undo brings all back."""
        full = desk.accounts("白鹭科技", industry="technology", region="华东")
        desk.accounts("上海白鹭科技", "白鹭科技")
        unlike = desk.accounts("青山物业", "青山物业发展")
        desk.scan()
        assert 2 == len(desk.groups())
        everything = desk.there()
        job = desk.merge(76)
        assert ("done", 0) == (job.state, job.merged)
        job = desk.merge(70)
        assert ("done", 2, 0) == (job.state, job.merged, job.refused)
        assert 2 == len(desk.there())
        assert desk.there() & {*full, *unlike} == desk.there()
        assert [] == desk.groups()
        desk.settle()
        assert job.undo_until.seconds
        undone = desk.ended("GetGroupMerge", desk.client.call("UndoGroupMerge", id=job.id))
        assert ("undone", 0) == (undone.state, undone.refused)
        assert everything == desk.there()
        desk.settle()
        assert 2 == len(desk.groups())

    def test_refused(self, desk: Desk) -> None:
        """A group that the caller may not merge is left and counted; the others are merged."""
        desk.tenant.role(
            "merger", [("accounts", "*", "own"), ("accounts", "view", "all"), ("accounts", "merge", "all")]
        )
        user = desk.tenant.user("M", "merger")
        desk.accounts("白鹭科技", "白鹭科技", owner_id=str(user))
        desk.accounts("青山物业", "青山物业")
        desk.scan()
        mine = Desk(desk.running, desk.tenant, desk.running.client(desk.tenant, user))
        job = mine.merge(50)
        assert ("done", 1, 1) == (job.state, job.merged, job.refused)
        assert 3 == len(desk.there())

    def test_killed_in_the_middle(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """A worker that dies between groups leaves none half merged; another goes on, and none is merged twice."""
        for number in range(12):
            desk.accounts(*[f"白鹭{number:03d}科技"] * 2)
        desk.scan()
        monkeypatch.setattr("customers.duplicates.merging.CHUNK", 5)
        for place in ("job", "runner"):
            monkeypatch.setattr(f"chassis.jobs.{place}.LEASE", timedelta(0))
        fallen: list[str] = []
        merge = Merger.merge

        def fall(*arguments: Any, **more: Any) -> Any:
            fallen.append("")
            if len(fallen) in (3, 9):
                raise MemoryError
            return merge(*arguments, **more)

        monkeypatch.setattr(Merger, "merge", fall)
        job = desk.merge(50)
        assert ("done", 12, 12, 0) == (job.state, job.total, job.merged, job.refused)
        assert 12 == len(desk.there())
        service = desk.running.service
        with service.database.write(service.control_plane.system_call(desk.tenant.id)) as transaction:
            counted = transaction.connection.exec_driver_sql(
                "SELECT count(*), sum(cardinality(merged_ids)) FROM merges"
            )
            assert (12, 12) == tuple(counted.one())


def _fall_once(monkeypatch: pytest.MonkeyPatch, kind: Any, name: str, fallen: list[str]) -> None:
    """Have a method die after its first transaction."""
    method = getattr(kind, name)

    def fall(job: Any) -> None:
        method(job)
        if name not in fallen:
            fallen.append(name)
            raise MemoryError

    monkeypatch.setattr(kind, name, fall)

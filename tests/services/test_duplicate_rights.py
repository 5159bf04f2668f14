"""Groups of duplicates tell, close and decide on nothing beyond the sight of whoever works with them."""

from typing import Any

import pytest

from tests.services.harness import Client, refused
from tests.services.test_duplicates import Desk, desk

__all__ = ["desk"]

PHONE = "+862155550001"


class TestNarrowScope:
    @pytest.fixture
    def narrow(self, desk: Desk) -> tuple[Desk, str]:
        """Somebody who sees their own accounts alone, and who that is."""
        desk.tenant.role("merger", [("accounts", "*", "own")])
        user = desk.tenant.user("M", "merger")
        return Desk(desk.running, desk.tenant, desk.running.client(desk.tenant, user)), str(user)

    def test_merges_close_nothing_else(self, desk: Desk, narrow: tuple[Desk, str]) -> None:
        """A merger counts and closes the groups of its maker, and leaves those of others open."""
        mine, user = narrow
        desk.accounts("白鹭科技", "白鹭科技")
        desk.accounts("青山物业", "青山物业")
        desk.accounts("远洋物流", owner_id=user)
        desk.accounts("远洋物流")
        desk.scan()
        job = mine.merge(1)
        assert ("done", 0, 0, 0) == (job.state, job.total, job.done, job.merged)
        assert 3 == len(desk.groups())
        own = set(desk.accounts("云岭茶业", "云岭茶业", owner_id=user))
        desk.scan()
        job = mine.merge(1)
        assert ("done", 1, 1, 1) == (job.state, job.total, job.done, job.merged)
        assert 3 == len(desk.groups())
        assert 1 == len(own & desk.there())

    def test_decides_on_what_is_seen(self, desk: Desk, narrow: tuple[Desk, str]) -> None:
        """Whoever sees a part of a group says of that part that it is different, and takes it back; the rest stays open."""
        mine, user = narrow
        own = set(desk.accounts("白鹭科技", "白鹭科技", owner_id=user))
        everything = own | set(desk.accounts("白鹭科技", "白鹭科技"))
        desk.scan()
        (group,) = mine.groups()
        assert "dismissed" == mine.client.call("DismissDuplicateGroup", id=group.id).state
        assert "DUPLICATES_STATE" == refused(mine.client.call, "DismissDuplicateGroup", id=group.id).reason
        assert [] == mine.groups()
        assert 0 == mine.merge(1).total
        assert [everything] == desk.members()
        assert "open" == mine.client.call("ReopenDuplicateGroup", id=group.id).state
        assert [own] == mine.members()
        mine.client.call("DismissDuplicateGroup", id=group.id)
        desk.scan()
        assert [everything] == desk.members()
        assert [] == mine.groups()

    def test_takes_back_what_is_seen(self, desk: Desk, narrow: tuple[Desk, str]) -> None:
        """What somebody said of the whole group another takes back of what they see alone."""
        mine, user = narrow
        own = set(desk.accounts("白鹭科技", "白鹭科技", owner_id=user))
        desk.accounts("白鹭科技", "白鹭科技")
        desk.scan()
        (group,) = desk.groups()
        assert "dismissed" == desk.client.call("DismissDuplicateGroup", id=group.id).state
        mine.client.call("ReopenDuplicateGroup", id=group.id)
        assert [] == desk.groups()
        desk.scan()
        assert [own] == desk.members()


class TestHiddenFields:
    @pytest.fixture
    def blind(self, desk: Desk) -> Client:
        """Somebody from whom the numbers are hidden."""
        grants = [(module, "*", "all") for module in ("accounts", "contacts")]
        hidden = [(module, field, "hidden") for module in ("accounts", "contacts") for field in ("phone", "phones")]
        desk.tenant.role("blind", grants, hidden)
        return desk.running.client(desk.tenant, desk.tenant.user("B", "blind"))

    def test_groups(self, desk: Desk, blind: Client) -> None:
        """A group of the same hidden number is not there at all."""
        desk.accounts("白鹭科技", "青山物业", phone=PHONE)
        desk.scan()
        (group,) = desk.groups()
        answer = blind.call("ListDuplicateGroups", module="accounts")
        assert ([], 0) == (list(answer.duplicate_groups), answer.total_size)
        assert "NOT_FOUND" == refused(blind.call, "DismissDuplicateGroup", id=group.id).code
        assert 0 == Desk(desk.running, desk.tenant, blind).merge(1).total
        assert 1 == len(desk.groups())

    def test_reasons_and_score(self, desk: Desk, blind: Client) -> None:
        """A group that is alike in more is as likely, in its place and by a bound, as what is seen of it."""
        desk.accounts("上海白鹭科技有限公司", "白鹭科技", phone=PHONE)
        desk.accounts("上海青山物业有限公司", "青山物业")
        desk.scan()
        assert [95, 75] == [group.score for group in desk.groups()]
        assert {(75, "similar_name")} == {_told(group) for group in desk.groups(blind)}
        assert [] == desk.groups(blind, min_score=76)
        (first, second) = desk.groups(blind)
        assert first.id < second.id
        dismissed = blind.call("DismissDuplicateGroup", id=desk.groups()[0].id)
        assert (75, "similar_name") == _told(dismissed)

    def test_half_a_rule(self, desk: Desk, blind: Client) -> None:
        """Where no rule holds of what is seen, the group's being there would tell of the rest."""
        for _ in range(2):
            desk.client.call("CreateContact", contact={"name": "张伟", "phone": PHONE})
        desk.scan("contacts")
        (group,) = desk.groups(module="contacts")
        assert ["name", "phone"] == list(group.reasons)
        assert [] == desk.groups(blind, module="contacts")


def _told(group: Any) -> tuple[Any, ...]:
    return (group.score, *group.reasons)

"""A service's copy of an organization's policy: a change of it stalls nobody, and writes what has changed."""

import threading
import uuid
from dataclasses import dataclass, field

import sqlalchemy as sa

from chassis.authz.organization import Organization
from chassis.authz.snapshots import ControlPlane
from chassis.call import system_call
from chassis.database.controlplane import DatabaseSnapshots
from chassis.database.schema import team_members
from guanxi.identity.v1 import control_plane_pb2
from local.process import poll
from tests.services.harness import Running, Tenant

SECONDS = 10


@dataclass
class Slow:
    """Identity, which answers when it is let."""

    version: int = 1
    open: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def pull(self, org_id: uuid.UUID, known: int) -> control_plane_pb2.Snapshot | None:
        """A newer snapshot, if there is one."""
        self.asked.append(threading.current_thread().name)
        assert self.open.wait(SECONDS)
        if self.version <= known:
            return None
        return control_plane_pb2.Snapshot(organization_id=str(org_id), version=self.version)


def known(poll_seconds: float) -> tuple[Slow, ControlPlane, uuid.UUID]:
    """Identity at version 2, which does not answer, and a service that knows version 1."""
    identity, org_id = Slow(), uuid.uuid4()
    control_plane = ControlPlane(identity.pull, None, poll_seconds)
    identity.open.set()
    assert 1 == control_plane.organization(org_id).version
    identity.open.clear()
    identity.version = 2
    return identity, control_plane, org_id


class TestNobodyWaits:
    def test_for_news(self) -> None:
        """While a new one is fetched the known one serves; then the new one does, without a poll."""
        identity, control_plane, org_id = known(3600)
        control_plane.kept(org_id)
        assert poll(lambda: len(identity.asked) == 2, SECONDS, every=0.01)
        assert 1 == control_plane.organization(org_id).version
        identity.open.set()
        assert poll(lambda: control_plane.organization(org_id).version == 2, SECONDS, every=0.01)

    def test_for_the_poll(self) -> None:
        """What is asked for steadily is fetched beside, before it is too old."""
        identity, control_plane, org_id = known(2)
        assert poll(lambda: control_plane.organization(org_id) is not None and len(identity.asked) == 2, 1.9, every=0.1)
        assert "snapshots" in identity.asked[1]
        identity.open.set()
        assert poll(lambda: control_plane.organization(org_id).version == 2, SECONDS, every=0.01)

    def test_but_for_what_was_forgotten(self) -> None:
        """After a change of one's own the next one asked for is the new one."""
        identity, control_plane, org_id = known(3600)
        control_plane.forget(org_id)
        identity.open.set()
        assert 2 == control_plane.organization(org_id).version

    def test_nor_for_one_that_nobody_asked_for(self) -> None:
        """News of an organization that this process has not met cost nothing."""
        identity, control_plane, _ = known(3600)
        control_plane.kept(uuid.uuid4())
        assert ["MainThread"] == identity.asked


def test_only_what_changed_is_written(customers: Running, tenant: Tenant) -> None:
    """A user's move, a team's and a new manager: the closed tree is what it should be, and other users' rows are as they were."""
    top = tenant.team("Top")
    east, west = tenant.team("East", top), tenant.team("West", top)
    users = [tenant.user(f"U{number}", team=east if number % 2 else west) for number in range(20)]
    members = {uuid.UUID(member.id): member for member in tenant.snapshot.members}
    store, call = DatabaseSnapshots(customers.service.database), system_call(tenant.id)

    known: list[Organization] = []

    def saved() -> dict[uuid.UUID, list[tuple[object, ...]]]:
        """User → their rows, and which transaction wrote each."""
        tenant.snapshot.version += 1
        organization = Organization(tenant.snapshot.__deepcopy__())
        store.save(organization, known[-1] if known else None)
        known.append(organization)
        columns = (team_members.c.team_id, team_members.c.user_id, team_members.c.direct)
        rows = customers.service.database.read(call, sa.select(*columns, sa.literal_column("xmin::text")))
        assert {tuple(row)[:3] for row in rows} == set(organization.closure())
        return {user: sorted(tuple(row) for row in rows if row.user_id == user) for user in users}

    before = saved()
    members[users[0]].team_id = east
    after = saved()
    assert [users[0]] == [user for user in users if after[user] != before[user]]
    tenant.snapshot.teams[1].manager_id = str(users[2])
    managed = saved()
    assert [users[2]] == [user for user in users if managed[user] != after[user]]
    assert saved() == managed
    tenant.snapshot.teams[1].parent_id = ""
    saved()

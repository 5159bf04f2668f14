"""The control plane's local copy: each organization's settings, members, teams, roles and definitions.

Owned by identity, kept in memory and in the service's own database. Identity's events have the worker fetch the new one,
and the database tells every other process of it; besides, it is refreshed when a token carries a newer version, and
every 15 seconds. With identity away the last copy serves.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from chassis.authz.organization import Organization
from chassis.call import Call, Principal, system_call
from chassis.database.connection import Transaction
from chassis.errors import PermissionDeniedError, UnavailableError
from guanxi.events.v1 import events_pb2
from guanxi.identity.v1 import control_plane_pb2

log = logging.getLogger(__name__)
POLL_SECONDS = 15.0
# What a snapshot is made of.
SOURCES = tuple(
    f"identity.{name}"
    for name in ("ApiClient", "CustomField", "CustomModule", "Holiday", "Organization", "Role", "Team", "User")
)
# What may end before its access tokens do.
SESSIONS = ("identity.ApiToken", "identity.Session")


class SnapshotStore:
    """Where a service keeps its copies between processes; see `chassis.database.controlplane`."""

    def load(self, org_id: uuid.UUID) -> control_plane_pb2.Snapshot | None:
        """The kept copy, if any."""
        raise NotImplementedError

    def save(self, organization: Organization, before: Organization | None) -> None:
        """Keep a copy, unless a newer one is kept already; `before` is the one that it follows, if any is known."""
        raise NotImplementedError


class ControlPlane:
    """Gives the newest snapshot known, refreshing it when it is old or known to be stale."""

    def __init__(
        self,
        pull: Callable[[uuid.UUID, int], control_plane_pb2.Snapshot | None],
        store: SnapshotStore | None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._pull = pull
        self._store = store
        self._poll_seconds = poll_seconds
        self._known: dict[uuid.UUID, tuple[float, Organization]] = {}
        self._locks: dict[uuid.UUID, threading.Lock] = {}
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="snapshots")
        self._fetching: set[uuid.UUID] = set()
        self._told: set[uuid.UUID] = set()
        self._forgotten: dict[uuid.UUID, int] = {}

    def organization(self, org_id: uuid.UUID, *, version: int = 0) -> Organization:
        """The organization at `version` or later. Raises UnavailableError when nothing of it is known.

        What is known is asked for again beside, before it is too old: nobody waits where it is asked for steadily.
        """
        entry = self._known.get(org_id)
        age = time.monotonic() - entry[0] if entry else float("inf")
        if entry and entry[1].version >= version and age < self._poll_seconds:
            if age > self._poll_seconds / 2:
                self._beside_of(org_id)
            return entry[1]
        with self._lock(org_id):
            entry = self._known.get(org_id)
            if entry and entry[1].version >= version and time.monotonic() - entry[0] < self._poll_seconds:
                return entry[1]
            return self._refresh(org_id, entry[1] if entry else self._load(org_id))

    def system_call(self, org_id: uuid.UUID, *, method: str = "", job_id: str = "", of: Call | None = None) -> Call:
        """A call of the system itself in one organization, which is asked for where something needs it."""
        find = partial(self.organization, org_id)
        return system_call(org_id, method=method, job_id=job_id, of=of, organization=find)

    def call_as(
        self,
        org_id: uuid.UUID,
        user_id: uuid.UUID,
        *,
        kind: str,
        job_id: str = "",
        seconds: float = 60,
        scope: str = "",
    ) -> Call:
        """A call on a member's behalf, with the rights they have now. Raises PermissionDeniedError for former ones.

        `scope`: what the token of the program that began it is narrowed to.
        """
        organization = self.organization(org_id)
        access = organization.access_of(user_id, scope)
        if access is None:
            raise PermissionDeniedError
        principal = Principal(org_id, user_id, kind, job_id=job_id, scope=scope)
        deadline = time.monotonic() + seconds
        return Call(principal, access, deadline=deadline, find_organization=lambda: organization)

    def forget(self, org_id: uuid.UUID) -> None:
        """Ask again at the next need; after a local change. What is being asked now may be older than the change."""
        self._forgotten[org_id] = self._forgotten.get(org_id, 0) + 1
        self._outdate(org_id)

    def forget_all(self) -> None:
        """Ask again for every organization at its next need; after news may have been missed."""
        for org_id in list(self._known):
            self._outdate(org_id)

    def _outdate(self, org_id: uuid.UUID) -> None:
        """What is known is what the next answer is asked to follow."""
        if entry := self._known.get(org_id):
            self._known[org_id] = (float("-inf"), entry[1])

    def follow(self, transaction: Transaction, event: events_pb2.Event) -> None:
        """Event handler: something of an organization has changed that its snapshot holds.

        It is fetched in a thread beside: no transaction waits for another service, and a burst of events costs one.
        """
        self._beside_of(transaction.call.org_id, told=True)

    def kept(self, org_id: uuid.UUID) -> None:
        """Another process of this service has kept a newer one. It is taken beside; until then the known one serves."""
        if org_id in self._known:
            self._beside_of(org_id, told=True)

    def _beside_of(self, org_id: uuid.UUID, *, told: bool = False) -> None:
        """Have it fetched, once for all who ask until that begins. `told`: there is something new."""
        if told:
            self._told.add(org_id)
        if org_id not in self._fetching:
            self._fetching.add(org_id)
            self._beside.submit(self._fetch, org_id)

    def _fetch(self, org_id: uuid.UUID) -> None:
        # What is told of from here on is fetched after this.
        self._fetching.discard(org_id)
        told = org_id in self._told
        self._told.discard(org_id)
        try:
            with self._lock(org_id):
                entry = self._known.get(org_id)
                known = entry[1] if entry else None
                if told or known is None:
                    found = self._load(org_id)
                    known = found if found and (known is None or found.version > known.version) else known
                self._refresh(org_id, known)
        except Exception as error:
            log.warning("the snapshot waits for the next poll: %s", type(error).__name__)

    def _lock(self, org_id: uuid.UUID) -> threading.Lock:
        return self._locks.setdefault(org_id, threading.Lock())

    def _load(self, org_id: uuid.UUID) -> Organization | None:
        kept = self._store.load(org_id) if self._store else None
        return Organization(kept) if kept is not None else None

    def _refresh(self, org_id: uuid.UUID, known: Organization | None) -> Organization:
        forgotten = self._forgotten.get(org_id, 0)
        try:
            pulled = self._pull(org_id, known.version if known else 0)
        except UnavailableError:
            if known is None:
                raise
            log.warning("identity is away; going on with snapshot %d", known.version)
            pulled = None
        if pulled is not None and (known is None or pulled.version > known.version):
            before = known
            known = before.renewed(pulled) if before else Organization(pulled)
            if self._store:
                self._store.save(known, before)
        if known is None:
            raise UnavailableError
        known.prepare()
        # Where a change was told of meanwhile, what was pulled may be from before it: good for this call, and asked again.
        overtaken = self._forgotten.get(org_id, 0) != forgotten
        self._known[org_id] = (float("-inf") if overtaken else time.monotonic(), known)
        return known

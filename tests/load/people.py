"""An organization of thousands: its users' page, what a permission costs a request, and what its policy costs services.

Every service keeps the whole policy of an organization (users, teams, roles) as one snapshot. So a change of one user is
measured where it would hurt: how soon it is in force elsewhere, and how long others' requests take meanwhile.
"""

import os
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from chassis.authz.authenticator import Authenticator, Revocations
from chassis.authz.organization import Organization
from chassis.authz.snapshots import ControlPlane
from chassis.authz.tokens import Claims, Verifier, sign
from chassis.peers import Peers
from guanxi.identity.v1 import control_plane_pb2
from guanxi.type.v1.requests_pb2 import ListRequest
from tests.load.company import Company
from tests.load.measuring import Table
from tests.services.harness import KEY, PUBLIC
from tests.support.stack import Stack

USERS, TEAMS, ROLES = 5000, 500, 50
BATCH = 500
ROUNDS = 30
CHECKS = 20_000
CHANGES = 8
PAGE_MS, CHECK_US = 200.0, 50.0
MODULES = ("accounts", "contacts", "opportunities", "tickets", "products", "users")
OPERATIONS = ("view", "create", "edit", "delete", "export")


def run(stack: Stack, table: Table) -> None:
    """In an organization of its own."""
    company = Company(stack)
    table.heading(f"{USERS:,} users, {TEAMS} teams, {ROLES} roles", "figure")
    users = _fill(company)
    company.renew()
    _page(company, table)
    snapshot = _snapshot(company, table)
    _check(snapshot, table)
    company.renew()
    _change(company, users, table)
    company.close()


def _fill(company: Company) -> list[str]:
    """Roles, teams as a tree of three storeys, and users; returns the users' ids."""
    grants = [
        {"module": module, "operation": operation, "scope": scope}
        for module in MODULES
        for operation, scope in zip(OPERATIONS, ("tree", "own", "team", "own", "tree"), strict=True)
    ]
    roles = _upsert(company, "roles", [{"name": f"Role {number}", "grants": grants} for number in range(ROLES)])
    tops = _upsert(company, "teams", [{"name": f"Region {number}"} for number in range(10)])
    middle = _upsert(
        company, "teams", [{"name": f"Office {number}", "parent_id": tops[number % 10]} for number in range(90)]
    )
    below = _upsert(
        company,
        "teams",
        [{"name": f"Team {number}", "parent_id": middle[number % 90]} for number in range(TEAMS - 100)],
    )
    return _upsert(
        company,
        "users",
        [
            {
                "name": f"User {number}",
                "email": f"u{number}-{uuid.uuid4().hex[:12]}@example.com",
                "phone": f"+86 138 0000 {number:04}",
                "job_title": "Sales",
                "user_name": f"user{number}",
                "team_id": below[number % len(below)],
                "role_ids": [roles[number % ROLES], roles[(number + 7) % ROLES]],
            }
            for number in range(USERS)
        ],
    )


def _upsert(company: Company, module: str, records: list[dict[str, Any]]) -> list[str]:
    made = []
    for start in range(0, len(records), BATCH):
        answer = company.rest("POST", f"{module}:batchUpsert", {module: records[start : start + BATCH]})
        made += [record["id"] for record in answer[module]]
    return made


def _median(way: Callable[[], object], rounds: int) -> float:
    """Seconds."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        way()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def _page(company: Company, table: Table) -> None:
    for name, path in (
        ("users, page of 50", "users?page_size=50&order_by=name"),
        ("users, found by name", "users?page_size=50&filter=search%28%22User%2049%22%29"),
    ):
        company.rest("GET", path)
        table.figure(name, _median(lambda path=path: company.rest("GET", path), ROUNDS) * 1e3, "ms", PAGE_MS)  # type: ignore[misc]


def _snapshot(company: Company, table: Table) -> control_plane_pb2.Snapshot:
    """What fetching and reading one costs."""
    peers = Peers({"identity": company.stack.grpc_address("identity")}, company.stack.service_token)
    found: list[control_plane_pb2.Snapshot] = []

    def pull() -> None:
        snapshot = peers.snapshot(company.org_id, 0)
        if snapshot is None:
            raise RuntimeError("identity has no snapshot")
        found.append(snapshot)

    table.figure("snapshot, fetched whole", _median(pull, 5) * 1e3, "ms")
    peers.close()
    snapshot = found[-1]
    data = snapshot.SerializeToString()
    table.figure("snapshot, size", len(data) / 1e6, "MB")
    begun = time.process_time()
    _indexed(data)
    table.figure("snapshot, read and indexed (CPU)", (time.process_time() - begun) * 1e3, "ms")
    return snapshot


def _indexed(data: bytes) -> Organization:
    organization = Organization(control_plane_pb2.Snapshot.FromString(data))
    organization.access_of(next(iter(organization.members)))
    for _ in organization.closure():
        pass
    return organization


def _check(snapshot: control_plane_pb2.Snapshot, table: Table) -> None:
    """From a request's metadata to who calls and what they may, as a service does it for every request; CPU time."""
    for member in snapshot.members:
        member.active = True
    org_id = uuid.UUID(snapshot.organization_id)
    authenticator = Authenticator(
        Verifier(lambda: {"test": PUBLIC}),
        ControlPlane(lambda *_: snapshot, None, poll_seconds=3600),
        Revocations(set, 3600),
        "token",
        lambda token: (token, 0),
    )
    expires = int(time.time()) + 3600
    callers = [
        sign("test", KEY, Claims(uuid.UUID(member.id), org_id, "s", "user", snapshot.version, expires))
        for member in snapshot.members[:200]
    ]
    metadata = [{"authorization": f"Bearer {token}", "accept-language": "zh-CN,zh;q=0.9"} for token in callers]

    def checked(rounds: Iterable[int]) -> float:
        begun = time.process_time()
        for number in rounds:
            authenticator.call("users.view", "ListUsers", metadata[number % len(metadata)], 30.0, "10.0.0.1")
        return time.process_time() - begun

    first = checked(range(len(metadata))) / len(metadata)
    best = min(checked(range(CHECKS // 4)) for _ in range(4)) / (CHECKS // 4)
    table.figure("permission check (CPU)", best * 1e6, "µs", CHECK_US)
    table.figure("  a caller's first, with signature", first * 1e6, "µs")


def _change(company: Company, users: list[str], table: Table) -> None:
    """Users change teams while somebody works: how soon it is in force in customers, and the slowest answer meanwhile."""
    ask = ListRequest(page_size=10, skip_total=True)
    slow: list[float] = []
    ended = threading.Event()
    quiet = [_median(lambda: company.grpc("ListAccounts", ask), 1) for _ in range(100)]

    def work() -> None:
        while not ended.is_set():
            slow.append(_median(lambda: company.grpc("ListAccounts", ask), 1))

    thread = threading.Thread(target=work)
    thread.start()
    delays = [_in_force(company, users[number], users[number + 1]) for number in range(0, 2 * CHANGES, 2)]
    ended.set()
    thread.join()
    slow.sort()
    table.figure("a user's move in force elsewhere", statistics.median(delays) * 1e3, "ms")
    table.figure("request, nothing changing", statistics.median(quiet) * 1e3, "ms")
    table.figure("request, while users move", statistics.median(slow) * 1e3, "ms")
    table.figure("  the slowest of these", slow[-1] * 1e3, "ms")


def _in_force(company: Company, user_id: str, other_id: str) -> float:
    """Seconds until the customers service has a user's new team in its own copy."""
    user, other = (company.rest("GET", f"users/{each}") for each in (user_id, other_id))
    with company.connect("customers", "superuser") as connection, connection.cursor() as cursor:
        company.rest("PATCH", f"users/{user_id}", {"team_id": other["team_id"], "etag": user["etag"]})
        begun = time.perf_counter()
        while time.perf_counter() < begun + 30:
            cursor.execute(
                "SELECT 1 FROM team_members WHERE org_id = %s AND user_id = %s AND team_id = %s AND direct",
                (str(company.org_id), user_id, other["team_id"]),
            )
            if cursor.fetchone():
                break
            time.sleep(0.005)
    connection.close()
    return time.perf_counter() - begun


def main() -> int:
    """`python -m tests.load.people`: these figures alone."""
    os.environ.setdefault("GUANXI_LOG_LEVEL", "WARNING")
    table = Table()
    with tempfile.TemporaryDirectory(prefix="guanxi-bench-") as folder:
        stack = Stack.start(Path(folder) / "state", fsync=True)
        try:
            run(stack, table)
        finally:
            stack.stop()
    table.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

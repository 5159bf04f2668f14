"""The security page: what an administrator should look at, of their own organization alone."""

import importlib.util
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa

from chassis.call import system_call
from identity.clients.table import api_client_secrets
from identity.security.servicer import SecurityServicer
from identity.sessions.table import api_tokens, sessions
from identity.users.table import users
from tests.services.harness import Refused
from tests.services.test_audit import Log
from tests.support.house import PASSWORD, Admin


def found(admin: Admin) -> dict[str, Any]:
    """Kind → finding."""
    return {one.kind: one for one in admin.client().call("GetSecurity").findings}


def aged(admin: Admin, table: sa.Table, days: int, *names: str) -> None:
    """Move times of the organization's rows back."""
    call = system_call(uuid.UUID(admin.org_id))
    earlier = sa.text(f"now() - interval '{days} days'")
    with admin.house.identity.database.write(call) as transaction:
        rows = sa.update(table).where(table.c.org_id == call.org_id).values(dict.fromkeys(names, earlier))
        transaction.execute(rows)


def test_new_organization(admin: Admin) -> None:
    """Of a new one: its founder has no second factor, and its administrator's role allows everything."""
    answer = admin.client().call("GetSecurity")
    counts = {one.kind: one.count for one in answer.findings if one.count}
    assert {"no_second_factor": 1, "broad_roles": 1} == counts
    assert 1 == answer.administrators
    [user] = found(admin)["no_second_factor"].items
    assert (admin.user_id, "Ada") == (user.id, user.name)


def test_right(admin: Admin) -> None:
    """It is a right of its own."""
    client, _ = admin.member([("users", "administer", "all"), ("audit", "view", "all")])
    with pytest.raises(Refused) as refused:
        client.call("GetSecurity")
    assert "PERMISSION_DENIED" == refused.value.code
    client, _ = admin.member([("security", "view", "all")])
    assert client.call("GetSecurity").administrators == 1


def test_stale_sessions(admin: Admin) -> None:
    """Those not used for half of the time that one lasts, which are 15 days where nothing else is set; not another's."""
    for days, count in ((14, 0), (16, 1)):
        aged(admin, sessions, days, "create_time", "last_use_time")
        assert count == found(admin)["stale_sessions"].count, days
    [session] = found(admin)["stale_sessions"].items
    assert (admin.user_id, admin.tokens.session.session_id) == (session.id, session.item_id)
    assert not found(admin.house.sign_up())["stale_sessions"].count


def test_stale_sessions_that_are_over(admin: Admin) -> None:
    """What ended, or is older than a session lasts, lets nobody in."""
    _, user_id = admin.member([])
    aged(admin, sessions, 16, "create_time", "last_use_time")
    assert 2 == found(admin)["stale_sessions"].count
    admin.client().call("DeleteUserSession", id=user_id, session_id="-")
    assert 1 == found(admin)["stale_sessions"].count
    aged(admin, sessions, 31, "create_time", "last_use_time")
    assert not found(admin)["stale_sessions"].count
    aged(admin, sessions, 16, "create_time", "last_use_time", "expire_time")
    assert not found(admin)["stale_sessions"].count


def test_stale_secrets(admin: Admin) -> None:
    """Tokens not used for 90 days or half of their time, secrets of clients not used for 90; not those of a day less."""
    client = admin.client()
    for name, days in (("usual", 0), ("long", 300)):
        client.call("CreateApiToken", name=name, days=days)
    made = client.call("CreateApiClient", api_client={"name": "ERP"})
    client.call("CreateApiClientSecret", id=made.id)
    for days, tokens, secrets in ((44, [], 0), (46, ["usual"], 0), (89, ["usual"], 0), (91, ["long"], 1)):
        aged(admin, api_tokens, days, "create_time")
        call = system_call(uuid.UUID(admin.org_id))
        with admin.house.identity.database.write(call) as transaction:
            ends = sa.case((api_tokens.c.name == "long", 300), else_=90) * sa.text("interval '1 day'")
            mine = sa.update(api_tokens).where(api_tokens.c.org_id == call.org_id)
            transaction.execute(mine.values(expire_time=api_tokens.c.create_time + ends))
        aged(admin, api_client_secrets, days, "create_time")
        now = found(admin)
        assert tokens == [one.detail for one in now["stale_tokens"].items], days
        assert secrets == now["stale_clients"].count, days
    assert made.id == now["stale_clients"].items[0].id
    [token] = now["stale_tokens"].items
    client.call("DeleteUserApiToken", id=token.id, api_token_id=token.item_id)
    client.call("DeleteApiClientSecret", id=made.id, secret_id=now["stale_clients"].items[0].item_id)
    assert not any(found(admin)[kind].count for kind in ("stale_tokens", "stale_clients"))
    stranger = found(admin.house.sign_up())
    assert not any(stranger[kind].count for kind in ("stale_tokens", "stale_clients"))


@pytest.mark.parametrize("change", [{"disabled": True}, {"expire_time": datetime.now(UTC) - timedelta(seconds=1)}])
def test_secrets_of_clients_that_are_shut_out(admin: Admin, change: dict[str, Any]) -> None:
    """They let nothing in, and are not shown."""
    client = admin.client()
    made = client.call("CreateApiClient", api_client={"name": "ERP"})
    client.call("CreateApiClientSecret", id=made.id)
    aged(admin, api_client_secrets, 91, "create_time")
    assert 1 == found(admin)["stale_clients"].count
    etag = client.call("GetApiClient", id=made.id).etag
    client.call(
        "UpdateApiClient", api_client={"id": made.id, "etag": etag, **change}, update_mask={"paths": list(change)}
    )
    assert not found(admin)["stale_clients"].count


def test_without_second_factor(admin: Admin) -> None:
    """Active people whose second factor is in force are not among them; who only began with one is."""
    client = admin.client()

    def without() -> set[str]:
        return {item.id for item in found(admin)["no_second_factor"].items}

    member, user_id = admin.member([])
    pending = member.call("CreateSecondFactor", password=PASSWORD).secret
    assert {admin.user_id, user_id} == without()
    member.call("ConfirmSecondFactor", code=pyotp.TOTP(pending).now())
    assert {admin.user_id} == without()
    _, leaving = admin.member([])
    client.call("CreateUser", user={"name": "Guest", "email": f"g-{uuid.uuid4().hex}@example.com"})
    assert {admin.user_id, leaving} == without()
    client.call("DeactivateUser", id=leaving)
    assert {admin.user_id} == without()
    with admin.house.identity.database.write(system_call(uuid.UUID(admin.org_id))) as transaction:
        gone = sa.update(users).where(users.c.org_id == transaction.call.org_id, users.c.id == uuid.UUID(leaving))
        transaction.execute(gone.values(active=True, delete_time=sa.func.now()))
    assert {admin.user_id} == without()


def test_broad_roles(admin: Admin) -> None:
    """Roles that are deleted allow nothing any more."""
    client = admin.client()
    everything = {"name": "Everything", "grants": [{"module": "*", "operation": "view", "scope": "all"}]}
    made = client.call("CreateRole", role=everything)
    assert made.id in {item.id for item in found(admin)["broad_roles"].items}
    client.call("DeleteRole", id=made.id)
    assert made.id not in {item.id for item in found(admin)["broad_roles"].items}


def test_failed_log_ins(admin: Admin) -> None:
    """Counted for each person, those of the last 7 days: wrong passwords, and wrong codes after the right one."""
    log = Log(admin)
    for _ in range(3):
        log.add("identity.Session", "refused", at=datetime.now(UTC), record_id=admin.user_id, fields=())
    log.add("identity.Session", "refused", at=datetime(2026, 1, 1, tzinfo=UTC), record_id=admin.user_id, fields=())
    log.add("identity.SecondFactor", "refused", at=datetime.now(UTC), record_id=admin.user_id, fields=())
    log.add("identity.SecondFactor", "enrolled", at=datetime.now(UTC), record_id=admin.user_id, fields=())
    log.add("identity.Session", "created", at=datetime.now(UTC), record_id=admin.user_id, fields=())
    [person] = found(admin)["failed_log_ins"].items
    assert (admin.user_id, 4) == (person.id, person.count)


def test_vulnerabilities(admin: Admin, tmp_path: Path) -> None:
    """What the build was told is shown with its time; where nobody has asked, that is said."""
    spec = importlib.util.spec_from_file_location("audit", Path(__file__).parents[2] / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    audit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(audit)
    pip = {"dependencies": [
        {"name": "jinja2", "version": "2.4", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.5"]}]},
        {"name": "fine", "version": "1", "vulns": []},
    ]}  # fmt: skip
    advisory = {"source": 9, "url": "https://github.com/advisories/GHSA-x", "title": "Bad"}
    npm = {
        "vulnerabilities": {"ansi": {"name": "ansi", "range": "<2", "via": [advisory, "other"], "fixAvailable": True}}
    }
    told = {"time": "2026-11-22T08:00:00+00:00", "vulnerabilities": [*audit.of_pip(pip), *audit.of_npm(npm)]}
    file = tmp_path / "vulnerabilities.json"
    servicer = SecurityServicer(admin.house.identity.database, file)
    call = system_call(uuid.UUID(admin.org_id))
    assert not servicer.get_security(call, None).HasField("audit_time")  # type: ignore[arg-type]
    file.write_text(json.dumps(told))
    answer = servicer.get_security(call, None)  # type: ignore[arg-type]
    assert datetime(2026, 11, 22, 8, tzinfo=UTC) == answer.audit_time.ToDatetime(UTC)
    seen = [(one.package, one.id, list(one.fixed_in)) for one in answer.vulnerabilities]
    assert [("jinja2", "PYSEC-1", ["2.5"]), ("ansi", "GHSA-x", [])] == seen

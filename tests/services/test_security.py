"""The security page: what an administrator should look at, of their own organization alone."""

import importlib.util
import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.call import system_call
from identity.clients.table import api_client_secrets
from identity.security.servicer import SecurityServicer
from identity.sessions.table import api_tokens, sessions
from tests.services.harness import Refused
from tests.services.test_audit import Log
from tests.support.house import Admin


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


def test_stale(admin: Admin) -> None:
    """Sessions not used for 30 days, tokens and secrets not used for 90; not those of a day less, nor another's."""
    client = admin.client()
    client.call("CreateApiToken", name="old script", days=300)
    made = client.call("CreateApiClient", api_client={"name": "ERP"})
    client.call("CreateApiClientSecret", id=made.id)
    for days, counts in ((29, (0, 0, 0)), (89, (1, 0, 0)), (91, (1, 1, 1))):
        aged(admin, sessions, days, "last_use_time")
        aged(admin, api_tokens, days, "create_time")
        aged(admin, api_client_secrets, days, "create_time")
        now = found(admin)
        stale = tuple(now[kind].count for kind in ("stale_sessions", "stale_tokens", "stale_clients"))
        assert counts == stale, days
    assert "old script" == now["stale_tokens"].items[0].detail
    assert made.id == now["stale_clients"].items[0].id
    [token], [session] = now["stale_tokens"].items, now["stale_sessions"].items
    client.call("DeleteUserApiToken", id=token.id, api_token_id=token.item_id)
    client.call("DeleteUserSession", id=session.id, session_id="-")
    client.call("DeleteApiClientSecret", id=made.id, secret_id=now["stale_clients"].items[0].item_id)
    assert not any(found(admin)[kind].count for kind in ("stale_tokens", "stale_clients"))
    stranger = found(admin.house.sign_up())
    assert not any(stranger[kind].count for kind in ("stale_sessions", "stale_tokens", "stale_clients"))


def test_failed_log_ins(admin: Admin) -> None:
    """Counted for each person, those of the last 7 days."""
    log = Log(admin)
    for _ in range(3):
        log.add("identity.Session", "refused", at=datetime.now(UTC), record_id=admin.user_id, fields=())
    log.add("identity.Session", "refused", at=datetime(2026, 1, 1, tzinfo=UTC), record_id=admin.user_id, fields=())
    log.add("identity.Session", "created", at=datetime.now(UTC), record_id=admin.user_id, fields=())
    [person] = found(admin)["failed_log_ins"].items
    assert (admin.user_id, 3) == (person.id, person.count)


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

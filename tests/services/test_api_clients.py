"""API clients and the scopes of programs: who gets a token, what it may do, and that it ends when it is taken back."""

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import sqlalchemy as sa

from chassis.call import system_call
from chassis.database.schema import outbox
from chassis.ids import uuid7
from identity.clients.table import api_client_secrets
from local.process import poll
from tests.services.harness import Client, Refused, is_out, refused
from tests.support.house import Admin


class Erp:
    """An API client with a secret, and what it does."""

    def __init__(
        self, admin: Admin, grants: list[tuple[str, str, str]] | None = None, *, direct: bool = False, **fields: Any
    ) -> None:
        self.admin, self.house = admin, admin.house
        self.direct = direct
        client = admin.client()
        roles = []
        if grants is not None:
            names = ("module", "operation", "scope")
            given = [dict(zip(names, grant, strict=True)) for grant in grants]
            roles = [client.call("CreateRole", role={"name": uuid.uuid4().hex, "grants": given}).id]
        self.made = client.call("CreateApiClient", api_client={"name": uuid.uuid4().hex, "role_ids": roles, **fields})
        self.id = self.made.id
        answer = client.call("CreateApiClientSecret", id=self.id)
        self.secret, self.secret_id = answer.client_secret, answer.secret.id

    def token(self, **fields: Any) -> Any:
        """What the token endpoint answers."""
        wanted = {"grant_type": "client_credentials", "client_id": self.id, "client_secret": self.secret, **fields}
        return self.house.client().call("CreateAccessToken", **wanted)

    def client(self, **fields: Any) -> Client:
        """Calling with a new token; `direct`: past the gateway."""
        token = self.token(**fields).access_token
        return Client(self.house.port, token) if self.direct else self.house.client(token)

    def change(self, **fields: Any) -> None:
        """Change the client."""
        client = self.admin.client()
        etag = client.call("GetApiClient", id=self.id).etag
        changed = {"id": self.id, "etag": etag, **fields}
        client.call("UpdateApiClient", api_client=changed, update_mask={"paths": list(fields)})


TEAMS = [("teams", operation, "all") for operation in ("view", "create", "edit")]


class TestClients:
    def test_nothing_by_default(self, admin: Admin) -> None:
        """A new client gets a token and may do nothing; with a role it does what the role allows, in its own name."""
        erp = Erp(admin)
        assert "PERMISSION_DENIED" == refused(erp.client().call, "ListTeams").code
        erp = Erp(admin, TEAMS)
        team = erp.client().call("CreateTeam", team={"name": "North"})
        assert erp.id == team.created_by
        me = erp.client().call("GetCurrentSession")
        assert (erp.id, erp.made.name, admin.org_id) == (me.user_id, me.user_name, me.organization_id)

    def test_answer(self, admin: Admin) -> None:
        """The token says no more than it must, and the answer is what OAuth asks for."""
        erp = Erp(admin, TEAMS, scopes=["teams.*"])
        answer = erp.token(scope="teams.view")
        assert ("Bearer", 300, "teams.view") == (answer.token_type, answer.expires_in, answer.scope)
        assert "teams.*" == erp.token().scope
        claims = jwt.decode(answer.access_token, options={"verify_signature": False})
        assert {"iss", "aud", "sub", "org", "sid", "knd", "pv", "iat", "exp", "scope", "rpm"} == set(claims)
        assert ("client", 600, erp.id) == (claims["knd"], claims["rpm"], claims["sub"])

    @pytest.mark.parametrize("wrong", ["secret", "client", "other", "prefix", "empty", "organization"])
    def test_wrong_client(self, admin: Admin, wrong: str) -> None:
        """Whatever is wrong about the credentials, the answer is the same."""
        erp, other = Erp(admin), Erp(admin)
        stranger = Erp(admin.house.sign_up())
        fields = {
            "secret": {"client_secret": erp.secret[:-1] + ("A" if erp.secret[-1] != "A" else "B")},
            "client": {"client_id": str(uuid7())},
            "other": {"client_id": other.id},
            "prefix": {"client_secret": erp.secret.removeprefix("gxs_")},
            "empty": {"client_id": "", "client_secret": ""},
            "organization": {"client_id": stranger.id},
        }[wrong]
        error = refused(erp.token, **fields)
        assert ("UNAUTHENTICATED", "WRONG_CLIENT") == (error.code, error.reason)

    def test_secret_is_hashed(self, admin: Admin) -> None:
        """A secret is in one answer; the database has its hash, and lists show how it ends."""
        erp = Erp(admin)
        listed = admin.client().call("ListApiClientSecrets", id=erp.id).secrets
        assert [(erp.secret_id, erp.secret[-4:])] == [(one.id, one.hint) for one in listed]
        assert not listed[0].HasField("last_use_time")
        with admin.house.identity.database.snapshot(system_call(uuid.UUID(admin.org_id))) as transaction:
            row = transaction.execute(
                sa.select(api_client_secrets).where(api_client_secrets.c.id == uuid.UUID(erp.secret_id))
            ).one()
            events = transaction.execute(sa.select(outbox.c.payload)).scalars().all()
        kept = repr(row._mapping) + "".join(repr(bytes(event)) for event in events)
        assert erp.secret not in kept
        assert erp.secret.partition(".")[2] not in kept
        erp.token()
        assert admin.client().call("ListApiClientSecrets", id=erp.id).secrets[0].HasField("last_use_time")
        assert admin.client().call("GetApiClient", id=erp.id).HasField("last_use_time")

    def test_rotation(self, admin: Admin) -> None:
        """Two secrets work side by side, a third is refused; with one deleted its tokens end and the other's do not."""
        erp = Erp(admin, TEAMS)
        old = erp.client()
        second = admin.client().call("CreateApiClientSecret", id=erp.id)
        assert "SECRETS_FULL" == refused(admin.client().call, "CreateApiClientSecret", id=erp.id).reason
        new = erp.client(client_secret=second.client_secret)
        assert old.call("ListTeams") == new.call("ListTeams")
        admin.client().call("DeleteApiClientSecret", id=erp.id, secret_id=erp.secret_id)
        assert "WRONG_CLIENT" == refused(erp.token).reason
        assert poll(lambda: is_out(old), 5)
        assert new.call("GetCurrentSession").user_id == erp.id
        gone = refused(admin.client().call, "DeleteApiClientSecret", id=erp.id, secret_id=erp.secret_id)
        assert "NOT_FOUND" == gone.code

    @pytest.mark.parametrize("how", ["disabled", "deleted", "expired"])
    def test_taken_back(self, admin: Admin, how: str) -> None:
        """A client that is disabled, deleted or expired gets no token, and the tokens that it has end at once."""
        erp = Erp(admin, TEAMS)
        client = erp.client()
        client.call("ListTeams")
        if how == "deleted":
            admin.client().call("DeleteApiClient", id=erp.id)
        elif how == "disabled":
            erp.change(disabled=True)
        else:
            erp.change(expire_time=datetime.now(UTC) - timedelta(seconds=1))
        started = time.monotonic()
        assert poll(lambda: is_out(client), 5)
        assert time.monotonic() - started < 2
        assert "WRONG_CLIENT" == refused(erp.token).reason

    def test_ends_on_time(self, admin: Admin) -> None:
        """A token does not outlive its client's last day."""
        erp = Erp(admin, TEAMS, expire_time=datetime.now(UTC) + timedelta(seconds=2))
        client = erp.client()
        assert erp.token().expires_in <= 2
        client.call("ListTeams")
        assert poll(lambda: is_out(client), 5)

    def test_role_taken_away(self, admin: Admin) -> None:
        """What its roles no longer allow a client no longer does, with the token it has."""
        erp = Erp(admin, TEAMS)
        client = erp.client()
        client.call("ListTeams")
        erp.change(role_ids=[])
        assert poll(lambda: _is_denied(client, "ListTeams"), 5)

    def test_refused_is_told(self, admin: Admin) -> None:
        """A wrong secret of a client that there is becomes an event for the audit log."""
        erp = Erp(admin)
        refused(erp.token, client_secret=f"gxs_{admin.org_id}.wrong")
        with admin.house.identity.database.snapshot(system_call(uuid.UUID(admin.org_id))) as transaction:
            subjects = transaction.execute(sa.select(outbox.c.subject)).scalars().all()
        assert 1 == subjects.count("guanxi.identity.access_token.refused")

    def test_grant_type(self, admin: Admin) -> None:
        """Only client credentials are taken."""
        assert [("grant_type", "UNKNOWN_GRANT_TYPE")] == refused(Erp(admin).token, grant_type="password").violations


class TestEscalation:
    def test_administer(self, admin: Admin) -> None:
        """Who may only edit clients gives them no roles, and makes no secrets."""
        everything = [("api_clients", verb, "all") for verb in ("view", "create", "edit", "import", "delete")]
        client, _ = admin.member([*everything, *TEAMS])
        erp = Erp(admin, TEAMS)
        wanted = {"name": "Mine", "role_ids": list(erp.made.role_ids)}
        assert "ADMINISTER_DENIED" == refused(client.call, "CreateApiClient", api_client=wanted).reason
        upsert = {"id": erp.id, "requests_per_minute": 9}
        assert "ADMINISTER_DENIED" == refused(client.call, "BatchUpsertApiClients", api_clients=[upsert]).reason
        assert "PERMISSION_DENIED" == refused(client.call, "CreateApiClientSecret", id=erp.id).code

    def test_beyond_own_rights(self, admin: Admin) -> None:
        """Who administers clients neither makes one with more rights than their own nor gets such a one's secret."""
        client, _ = admin.member([("api_clients", verb, "all") for verb in ("view", "create", "edit", "administer")])
        erp = Erp(admin, TEAMS)
        wanted = {"name": "Mine", "role_ids": list(erp.made.role_ids)}
        assert "BEYOND_OWN_RIGHTS" == refused(client.call, "CreateApiClient", api_client=wanted).reason
        assert "BEYOND_OWN_RIGHTS" == refused(client.call, "CreateApiClientSecret", id=erp.id).reason

    def test_a_program_makes_no_tokens(self, admin: Admin) -> None:
        """Neither a client nor an API token makes, lists, renews or ends API tokens, whatever it may do; and is told why."""
        made = admin.client().call("CreateApiToken", name="script")
        programs = [Erp(admin, [("*", "*", "all")]).client(), admin.house.client(made.token)]
        for program in programs:
            for name, fields in (
                ("CreateApiToken", {"name": "more"}),
                ("ListApiTokens", {}),
                ("RotateApiToken", {"id": made.api_token.id}),
                ("DeleteApiToken", {"id": made.api_token.id}),
            ):
                error = refused(program.call, name, **fields)
                assert ("PERMISSION_DENIED", "PERSON_ONLY") == (error.code, error.reason), name


class TestScopes:
    """With `teams.view` alone, of a role that may do everything."""

    def programs(self, admin: Admin, *scopes: str) -> dict[str, Client]:
        """Narrowed in each of the three ways."""
        everything = [("*", "*", "all")]
        token = admin.client().call("CreateApiToken", name="script", scopes=scopes).token
        return {
            "client": Erp(admin, everything, scopes=scopes).client(),
            "token of a client": Erp(admin, everything).client(scope=" ".join(scopes)),
            "API token": admin.house.client(token),
        }

    def test_narrow(self, admin: Admin) -> None:
        """A program does what its scopes name and nothing else: lists, search, feed, metadata, exports, the log."""
        admin.client().call("CreateTeam", team={"name": "North"})
        for what, client in self.programs(admin, "teams.view").items():
            assert ["North"] == [team.name for team in client.call("ListTeams").teams], what
            assert {"teams"} == {module.name for module in client.call("GetMetadata").modules}, what
            hits = client.call("Search", query="North").hits
            assert {"teams"} == {hit.module for hit in hits}, what
            assert not client.call("Search", query="Ada").hits, what
            client.call("ListChanges", module="teams")
            for name, fields in (
                ("ListUsers", {}),
                ("CreateTeam", {"team": {"name": "South"}}),
                ("ListAuditEntries", {}),
                ("CreateExport", {"module": "teams"}),
                ("CreateExport", {"module": "users"}),
                ("ListChanges", {"module": "users"}),
                ("GetRole", {"id": str(uuid7())}),
                ("BatchUpsertTeams", {"teams": [{"name": "South"}]}),
            ):
                assert "PERMISSION_DENIED" == refused(client.call, name, **fields).code, (what, name)

    def test_stars(self, admin: Admin) -> None:
        """`teams.*` is every operation of a module, `*.view` the view of every module."""
        for what, client in self.programs(admin, "teams.*", "*.view").items():
            client.call("CreateTeam", team={"name": what})
            client.call("ListUsers")
            assert "PERMISSION_DENIED" == refused(client.call, "CreateRole", role={"name": what}).code

    def test_never_more(self, admin: Admin) -> None:
        """A scope adds nothing to what the roles allow."""
        erp = Erp(admin, TEAMS, scopes=["users.view", "teams.view"])
        assert "PERMISSION_DENIED" == refused(erp.client().call, "ListUsers").code
        member, _ = admin.member(TEAMS)
        token = member.call("CreateApiToken", name="x", scopes=["users.view"]).token
        assert "PERMISSION_DENIED" == refused(admin.house.client(token).call, "ListUsers").code

    @pytest.mark.parametrize("scope", ["teams", "teams.", "teams.fly", "nothing.view", ".view", "teams.view.all"])
    def test_unknown(self, admin: Admin, scope: str) -> None:
        """A scope that names nothing is refused wherever it may be given."""
        client = admin.client()
        violation = ("scopes[0]", "UNKNOWN_SCOPE")
        assert [violation] == refused(client.call, "CreateApiToken", name="x", scopes=[scope]).violations
        wanted = {"name": uuid.uuid4().hex, "scopes": [scope]}
        assert [violation] == refused(client.call, "CreateApiClient", api_client=wanted).violations
        assert [("scope", "UNKNOWN_SCOPE")] == refused(Erp(admin).token, scope=scope).violations

    def test_beyond_the_clients(self, admin: Admin) -> None:
        """A token asks for no scope that its client has not."""
        erp = Erp(admin, TEAMS, scopes=["teams.view"])
        for scope in ("teams.edit", "teams.*", "*.*"):
            assert [("scope", "UNKNOWN_SCOPE")] == refused(erp.token, scope=scope).violations

    def test_taken_away(self, admin: Admin) -> None:
        """Scopes that an administrator takes from a client are gone from the tokens it has."""
        erp = Erp(admin, TEAMS)
        client = erp.client()
        client.call("ListTeams")
        erp.change(scopes=["teams.edit"])
        assert poll(lambda: _is_denied(client, "ListTeams"), 5)


class TestRate:
    def test_direct(self, admin: Admin) -> None:
        """Past the gateway a client makes so many requests a minute and is told how long to wait."""
        erp = Erp(admin, TEAMS, direct=True, requests_per_minute=5)
        client = erp.client()
        for _ in range(5):
            client.call("ListTeams")
        error = refused(client.call, "ListTeams")
        assert ("RESOURCE_EXHAUSTED", "RATE_LIMITED") == (error.code, error.reason)
        assert 0 < int(error.details["seconds"]) <= 60
        # Another token is the same client; another client is not.
        assert "RATE_LIMITED" == refused(erp.client().call, "ListTeams").reason
        Erp(admin, TEAMS, direct=True).client().call("ListTeams")


class TestApiTokens:
    def test_rotation(self, admin: Admin) -> None:
        """A renewed token has the same name, scopes and days; the old one ends, and is nobody else's to renew."""
        client = admin.client()
        old = client.call("CreateApiToken", name="script", days=7, scopes=["teams.view"])
        other, _ = admin.member([])
        assert "NOT_FOUND" == refused(other.call, "RotateApiToken", id=old.api_token.id).code
        new = client.call("RotateApiToken", id=old.api_token.id)
        kept = new.api_token
        assert ("script", ["teams.view"]) == (kept.name, kept.scopes)
        days = kept.expire_time.ToDatetime() - kept.create_time.ToDatetime()
        assert timedelta(days=7) == days
        assert [kept.id] == [one.id for one in client.call("ListApiTokens").api_tokens]
        admin.house.client(new.token).call("ListTeams")
        gone = admin.house.client(old.token)
        assert poll(lambda: is_out(gone), 5)

    def test_events(self, admin: Admin) -> None:
        """What happens to tokens is told: other services ask at once which are void."""
        made = admin.client().call("CreateApiToken", name="script")
        admin.client().call("DeleteApiToken", id=made.api_token.id)
        with admin.house.identity.database.snapshot(system_call(uuid.UUID(admin.org_id))) as transaction:
            subjects = transaction.execute(sa.select(outbox.c.subject)).scalars().all()
        assert (
            1
            == subjects.count("guanxi.identity.api_token.ended")
            == subjects.count("guanxi.identity.api_token.created")
        )


def _is_denied(client: Client, name: str) -> bool:
    try:
        client.call(name)
    except Refused as error:
        return error.code == "PERMISSION_DENIED"
    return False

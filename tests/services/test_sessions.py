"""Sign-up, log-in, tokens that are forged, stolen or revoked."""

import hmac
import json
import time
import uuid
from base64 import b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chassis.call import system_call
from chassis.sealing import Seal
from identity.sessions.keys import SigningKeys
from identity.sessions.table import api_tokens, sessions
from local.process import poll
from tests.services.harness import Refused, is_out, refused
from tests.support.house import KEY, PASSWORD, Admin, House


class TestSignup:
    def test_five_roles(self, admin: Admin) -> None:
        """A new organization has the five usual roles, and its founder administers it."""
        keys = {role.key for role in admin.client().call("ListRoles").roles}
        assert keys == {"administrator", "sales_manager", "sales_representative", "marketer", "service_agent"}
        assert ["administrator"] == list(admin.tokens.session.role_keys)

    def test_wrong_codes(self, house: House) -> None:
        """After five wrong codes even the right one is refused."""
        client, email = house.client(), f"b-{uuid.uuid4().hex}@example.com"
        signup = client.call("CreateSignup", organization_name="X", name="B", email=email, password=PASSWORD)
        code = house.code(email)
        wrong = "000000" if code != "000000" else "111111"
        for _ in range(5):
            refused(client.call, "VerifySignup", signup_id=signup.signup_id, code=wrong)
        assert [("code", "WRONG_CODE")] == refused(
            client.call, "VerifySignup", signup_id=signup.signup_id, code=code
        ).violations

    def test_known_address(self, house: House, admin: Admin) -> None:
        """A known address gets the same answer, and its password stays."""
        client = house.client()
        again = client.call(
            "CreateSignup", organization_name="Second", name="Ada", email=admin.email, password="another pass phrase"
        )
        assert again.signup_id
        assert (
            "UNAUTHENTICATED"
            == refused(client.call, "CreateSession", email=admin.email, password="another pass phrase").code
        )

    @pytest.mark.parametrize(
        ("field", "value", "reason"),
        [
            ("password", "short", "PASSWORD_SHORT"),
            ("password", "password123", "PASSWORD_COMMON"),
            ("email", "no address", "INVALID_EMAIL"),
            ("organization_name", "", "REQUIRED"),
            ("time_zone", "Mars/Base", "INVALID_TIME_ZONE"),
            ("currency", "ABC", "INVALID_CURRENCY"),
        ],
    )
    def test_wrong(self, house: House, field: str, value: str, reason: str) -> None:
        """Each wrong entry is named with its reason."""
        entered = {"organization_name": "X", "name": "B", "email": "b@example.com", "password": PASSWORD, field: value}
        assert [(field, reason)] == refused(house.client().call, "CreateSignup", **entered).violations


class TestSession:
    def test_same_answer(self, house: House, admin: Admin) -> None:
        """An unknown address and a wrong password are told apart neither by the answer nor by what is in it."""
        client = house.client()
        unknown = refused(client.call, "CreateSession", email="nobody@example.com", password=PASSWORD)
        wrong = refused(client.call, "CreateSession", email=admin.email, password="not the password")
        assert (unknown.code, unknown.reason, unknown.message) == (wrong.code, wrong.reason, wrong.message)

    def test_guessing_is_slowed(self, house: House, admin: Admin) -> None:
        """The eleventh attempt from one address is refused, also with the right password; elsewhere it works."""
        stranger = house.client(address="203.0.113.9")
        for _ in range(10):
            refused(stranger.call, "CreateSession", email=admin.email, password="guess")
        blocked = refused(stranger.call, "CreateSession", email=admin.email, password=PASSWORD)
        assert "TOO_MANY_ATTEMPTS" == blocked.reason
        assert house.client().call("CreateSession", email=admin.email, password=PASSWORD).access_token

    def test_rotation_and_theft(self, house: House, admin: Admin) -> None:
        """A refresh token works once; used again later it ends the session for thief and owner alike."""
        client = house.client()
        fresh = client.call("RefreshSession", refresh_token=admin.tokens.refresh_token)
        with house.identity.database.write(system_call(uuid.UUID(admin.org_id))) as transaction:
            earlier = sessions.c.rotate_time - sa.text("interval '1 minute'")
            transaction.execute(sa.update(sessions).values(rotate_time=earlier))
        for token in (admin.tokens.refresh_token, fresh.refresh_token):
            assert "TOKEN_EXPIRED" == refused(client.call, "RefreshSession", refresh_token=token).reason

    def test_anew(self, house: House, admin: Admin) -> None:
        """Who has proved again who they are goes on in a session of another id, that lasts no longer."""
        client = house.client()
        before = admin.client().call("ListSessions").sessions
        fresh = client.call("RefreshSession", refresh_token=admin.tokens.refresh_token, anew=True)
        assert fresh.session.session_id != admin.tokens.session.session_id
        follower = client.call("RefreshSession", refresh_token=fresh.refresh_token)
        assert follower.session.session_id == fresh.session.session_id
        after = house.client(follower.access_token).call("ListSessions").sessions
        assert [(one.id, one.expire_time, one.device) for one in after] == [
            (fresh.session.session_id, before[0].expire_time, before[0].device)
        ]

    def test_anew_is_no_way_round_theft(self, house: House, admin: Admin) -> None:
        """The token before is refused at once, and ends the session that followed: whose it is, nobody can tell."""
        client = house.client()
        fresh = client.call("RefreshSession", refresh_token=admin.tokens.refresh_token, anew=True)
        for token in (admin.tokens.refresh_token, fresh.refresh_token):
            assert "TOKEN_EXPIRED" == refused(client.call, "RefreshSession", refresh_token=token).reason

    def test_log_out(self, admin: Admin) -> None:
        """After log-out the access token ends within a minute."""
        client = admin.client()
        client.call("DeleteSession", id="current")

        def ended() -> bool:
            try:
                client.call("GetCurrentSession")
            except Refused as error:
                return error.reason == "TOKEN_EXPIRED"
            return False

        assert poll(ended, 60)

    def test_forged_tokens(self, house: House, admin: Admin) -> None:
        """A token with one thing wrong is refused: algorithm, key, key id, type, audience, issuer, time or claims."""
        real = jwt.decode(admin.tokens.access_token, options={"verify_signature": False})
        kid, key = self.signing_key(house)
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        right = {"kid": kid, "typ": "at+jwt"}

        def signed(claims: dict[str, Any], headers: dict[str, Any], by: Any = key) -> str:
            return jwt.encode({**real, **claims}, by, algorithm="EdDSA", headers={**right, **headers})

        def hashed(secret: bytes, headers: dict[str, Any]) -> str:
            """By hand: PyJWT refuses to sign with a public key."""
            parts = [{"alg": "HS256", **right, **headers}, real]
            text = b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
            return (text + b"." + urlsafe_b64encode(hmac.digest(secret, text, "sha256")).rstrip(b"=")).decode()

        other = Ed25519PrivateKey.generate()
        own = {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}
        forged = {
            "none": jwt.encode(real, "", algorithm="none", headers=right),
            "HS256 with the public key": hashed(public, {}),
            "HS256 with its PEM": hashed(pem, {}),
            "key id as a path": hashed(b"", {"kid": "../../../dev/null"}),
            "signature": admin.tokens.access_token[:-8] + "AAAAAAAA",
            "other key": signed({}, {}, other),
            "other key under its own id": signed({}, {"kid": "mine"}, other),
            "key in the token": signed({}, {"jwk": own, "jku": "http://localhost/keys"}, other),
            "type": signed({}, {"typ": "JWT"}),
            "audience": signed({"aud": "elsewhere"}, {}),
            "issuer": signed({"iss": "elsewhere"}, {}),
            "expired": signed({"exp": int(time.time()) - 1}, {}),
            "not a user": signed({"sub": "admin"}, {}),
        }
        assert admin.user_id == house.client(signed({}, {})).call("GetCurrentSession").user_id
        for what, token in forged.items():
            assert "UNAUTHENTICATED" == refused(house.client(token).call, "GetCurrentSession").code, what
        for claim in ("exp", "iat", "sub", "aud", "iss"):
            less = {name: value for name, value in real.items() if name != claim}
            token = jwt.encode(less, key, algorithm="EdDSA", headers=right)
            assert "UNAUTHENTICATED" == refused(house.client(token).call, "GetCurrentSession").code, claim

    def signing_key(self, house: House) -> tuple[str, Ed25519PrivateKey]:
        """Identity's own, so that all but one thing about a token is right."""
        return SigningKeys(house.identity.database, Seal(b64decode(KEY))).current()


class TestApiTokens:
    def test_works_until_revoked(self, house: House, admin: Admin) -> None:
        """A program acts with an API token as its maker; a revoked one ends within a minute."""
        made = admin.client().call("CreateApiToken", name="ERP")
        program = house.client(made.token)
        assert admin.user_id == program.call("GetCurrentSession").user_id
        assert "UNAUTHENTICATED" == refused(house.client(made.token + "x").call, "GetCurrentSession").code
        admin.client().call("DeleteApiToken", id=made.api_token.id)
        assert poll(lambda: is_out(program), 60)
        assert not admin.client().call("ListApiTokens").api_tokens

    def test_ends_on_time(self, house: House, admin: Admin) -> None:
        """An API token that has expired is exchanged for nothing."""
        made = admin.client().call("CreateApiToken", name="ERP", days=1)
        service = house.client()
        assert service.call("ExchangeApiToken", token=made.token).expires_in
        call = system_call(uuid.UUID(admin.org_id))
        with house.identity.database.write(call) as transaction:
            mine = (api_tokens.c.org_id == call.org_id, api_tokens.c.id == uuid.UUID(made.api_token.id))
            past = datetime.now(UTC) - timedelta(seconds=1)
            transaction.execute(sa.update(api_tokens).where(*mine).values(expire_time=past))
        assert "UNAUTHENTICATED" == refused(service.call, "ExchangeApiToken", token=made.token).code

"""What opens something is in no log and in no span: every kind of secret is used in the running system and looked for."""

import base64
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyotp

from local.process import poll
from tests.e2e.api import PASSWORD, Api, Refusal
from tests.support.stack import Stack

TRACE = "5e" * 16


def canary(kind: str) -> str:
    """A secret that is found wherever it went."""
    return f"canary {kind} {uuid.uuid4().hex}"


def told(stack: Stack, address: str, pattern: str) -> str:
    """What a pattern finds in the mails to an address."""
    found: list[str] = []

    def arrived() -> bool:
        found[:] = [hit for mail in stack.mails(address) for hit in re.findall(pattern, mail.text)]
        return bool(found)

    assert poll(arrived, 30)
    return found[-1]


def tried(api: Api, path: str, **fields: Any) -> None:
    """A call that is refused: what is wrong with it is logged, and not what was in it."""
    try:
        api.post(path, **fields)
    except Refusal:
        return
    raise AssertionError(path)


def of_log_in(stack: Stack, admin: Api, email: str) -> Iterator[str]:
    """Passwords that are right, wrong, chosen, set and reset; invitations; tokens of sessions."""
    wrong, first, own, again = (canary(kind) for kind in ("wrong", "initial", "own", "reset"))
    yield from (PASSWORD, wrong, first, own, again)
    tried(Api(stack), "sessions", email=email, password=wrong)
    tried(Api(stack), "sessions", email=email, password=wrong, no_such_field=wrong)
    wren = f"wren-{uuid.uuid4().hex}@example.com"
    user = admin.post("users", name="Wren", email=wren, initial_password=first)
    tokens = Api(stack).post("sessions", email=wren, password=first, new_password=own)
    yield tokens["refresh_token"]
    yield tokens["access_token"].rpartition(".")[2]
    renewed = Api(stack).post("sessions:refresh", refresh_token=tokens["refresh_token"])
    yield renewed["refresh_token"]
    admin.post(f"users/{user['id']}:invite")
    yield (invitation := told(stack, wren, r"/invitation#(\S+)"))
    tried(Api(stack), "invitations:accept", token=invitation, password="short")
    Api(stack).post("invitations:accept", token=invitation, password=again)
    Api(stack).post("passwords:forgot", email=wren)
    yield (link := told(stack, wren, r"/reset#(\S+)"))
    tried(Api(stack), "passwords:reset", token=f"{link}x", password=own)
    Api(stack).post("passwords:reset", token=link, password=own)


def of_a_second_factor(stack: Stack, email: str) -> Iterator[str]:
    """The secret of an app, recovery codes, challenges."""
    api = Api(stack).log_in(email)
    yield (secret := api.post("second_factor", password=PASSWORD)["secret"])
    yield from (codes := api.post("second_factor:confirm", code=pyotp.TOTP(secret).now())["recovery_codes"])
    challenge = Api(stack).post("sessions", email=email, password=PASSWORD)["challenge"]
    yield challenge
    tried(Api(stack), "sessions:verify", challenge=challenge, code="000000x")
    yield Api(stack).post("sessions:verify", challenge=challenge, code=codes[0])["refresh_token"]


def of_programs(stack: Stack, admin: Api) -> Iterator[str]:
    """API tokens, secrets of API clients and what they are exchanged for, as header and as form."""
    yield (token := admin.post("api_tokens", name="script", days=30)["token"])
    answer = httpx.get(f"{stack.url}/api/v1/accounts", headers={"Authorization": f"Bearer {token}"})
    assert 200 == answer.status_code
    client = admin.post("api_clients", name=f"ERP {uuid.uuid4().hex}")
    yield (secret := admin.post(f"api_clients/{client['id']}/secrets")["client_secret"])
    basic = base64.b64encode(f"{client['id']}:{secret}".encode()).decode()
    yield basic
    endpoint, form = f"{stack.url}/api/v1/oauth/token", {"grant_type": "client_credentials"}
    given = httpx.post(endpoint, data=form, headers={"Authorization": f"Basic {basic}"})
    yield given.json()["access_token"].rpartition(".")[2]
    own = {"client_id": client["id"], "client_secret": secret}
    assert 200 == httpx.post(endpoint, data={**form, **own}).status_code
    assert 401 == httpx.post(endpoint, data={**form, **own, "client_secret": f"{secret}x"}).status_code


def of_channels(admin: Api) -> Iterator[str]:
    """What an organization's own mail server and provider of SMS know it by."""
    yield (password := canary("smtp"))
    server = {"sender": "a@example.com", "host": "127.0.0.1", "port": 1, "security": "none", "user_name": "u"}
    mail = admin.post("channels", name=f"Mail {uuid.uuid4().hex}", kind="email", password=password, **server)
    yield (key := canary("sms"))
    url = "http://127.0.0.1:1/?key={secret}&to={to}&text={text}"
    sms = admin.post("channels", name=f"SMS {uuid.uuid4().hex}", kind="sms", password=key, url=url)
    for channel, to in ((mail, "b@example.com"), (sms, "13800138000")):
        try:
            admin.post(f"channels/{channel['id']}:test", to=to)
        except Refusal:
            continue


def of_the_installation(stack: Stack) -> Iterator[str]:
    """What services and stores know each other by."""
    yield stack.service_token
    for role in ("app", "worker", "owner", "superuser"):
        yield stack.database_url("identity", role).split(":")[2].partition("@")[0]
    yield stack.nats_url.split(":")[2].partition("@")[0]


def test_in_no_log_and_no_span(stack: Stack) -> None:
    """Passwords, tokens, links, second factors, keys of channels and of the installation."""
    admin = Api.sign_up(stack)
    email = admin.get("sessions/current")["email"]
    secrets = [
        *of_log_in(stack, admin, email),
        *of_programs(stack, admin),
        *of_channels(admin),
        *of_a_second_factor(stack, email),
        *of_the_installation(stack),
    ]
    assert all(len(secret) >= 8 for secret in secrets)
    Api(stack).call("GET", "signup", headers={"traceparent": f"00-{TRACE}-{'12' * 8}-01"})

    def written() -> list[tuple[Path, str]]:
        folders = [stack.settings.folder("logs"), stack.settings.folder("traces")]
        files = [file for folder in folders for file in Path(folder).rglob("*") if file.is_file()]
        return [(file, file.read_text("utf-8", errors="replace")) for file in files]

    assert poll(lambda: any(TRACE in text for _, text in written()), 30, every=0.2)
    texts = written()
    assert any(file.suffix == ".log" and text for file, text in texts)
    found = {(file.name, secret[:14]) for file, text in texts for secret in secrets if secret in text}
    assert found == set()

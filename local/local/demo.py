"""Makes a demo organization the way a customer would: sign-up, the code from the mail, log-in, then the REST interface."""

import json
import random
import secrets
import time
from datetime import UTC, datetime
from typing import Any

import httpx

from local.demoactivity import add_activity
from local.demodata import Demo, generate
from local.demosales import add_sales
from local.errors import DemoError
from local.inbox import Inbox
from local.settings import Settings, write_private

BATCH = 100
PATIENCE_SECONDS = 30.0
"""How long a new organization may take to reach every service."""


def run(settings: Settings, *, once: bool) -> None:
    """Make one and print its log-in; with `once`, only print it when there is one already.

    Raises DemoError with the system's own words when it refuses a request.
    """
    path = settings.state / "demo.json"
    if once and path.exists():
        known = json.loads(path.read_text())
    else:
        known = _Maker(settings).make()
        write_private(path, json.dumps(known, indent=1))
    print(f"  Demo      {settings.url}\n  E-mail    {known['email']}\n  Password  {known['password']}")


class _Maker:
    """One run against the running system."""

    def __init__(self, settings: Settings) -> None:
        self._client = httpx.Client(base_url=f"{settings.url}/api/v1", timeout=60, trust_env=False)
        self._inbox = Inbox(settings.folder("mail"))

    def make(self) -> dict[str, str]:
        """Sign up, log in, fill; returns the log-in."""
        known = {"email": f"demo-{secrets.token_hex(3)}@guanxi.example", "password": secrets.token_urlsafe(12)}
        self._sign_up(known)
        session = self._post("/sessions", {**known, "device": "demo"}, {"X-Session": "token"})
        self._client.headers["Authorization"] = f"Bearer {session['access_token']}"
        today, seed = datetime.now(UTC).date(), secrets.randbits(32)
        demo = generate(self._stages(), self._roles(), today, seed)
        add_activity(demo, random.Random(seed), today)  # noqa: S311 - it makes people up, not keys
        add_sales(demo, random.Random(seed), today)  # noqa: S311 - likewise
        self._fill(demo)
        return known

    def _sign_up(self, known: dict[str, str]) -> None:
        organization = {
            "organization_name": "关系演示 Guanxi Demo",
            "name": "演示管理员 Demo",
            "language": "zh",
            "time_zone": "Asia/Shanghai",
            "currency": "CNY",
        }
        signup = self._post("/signup", {**known, **organization})
        try:
            code = self._inbox.wait_for(known["email"]).code
        except TimeoutError as error:
            raise DemoError("no verification code arrived in the mail sink") from error
        self._post("/signup:verify", {"signup_id": signup["signup_id"], "code": code})

    def _stages(self) -> dict[str, str]:
        """Kind → id; a new organization's stages are seeded when the event of its making arrives."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self._client.get("/stages", params={"page_size": 100})
            stages = answer.json().get("stages", []) if answer.status_code == 200 else []
            if stages:
                break
            if time.monotonic() > deadline:
                raise DemoError(f"the new organization has no stages: {_words(answer)}")
            time.sleep(0.2)
        kinds: dict[str, str] = {}
        for number, stage in enumerate(stages):
            kind = stage["kind"].lower().rpartition("_")[2]
            kinds[kind if kind in {"won", "lost"} else f"open{number}"] = stage["id"]
        return kinds

    def _roles(self) -> dict[str, str]:
        """Key → id of the roles that every organization begins with."""
        answer = self._client.get("/roles", params={"page_size": 100})
        roles = answer.json().get("roles", []) if answer.status_code == 200 else []
        return {role["key"]: role["id"] for role in roles if role.get("key")}

    def _fill(self, demo: Demo) -> None:
        for collection, records in vars(demo).items():
            for first in range(0, len(records), BATCH):
                self._post(f"/{collection}:batchUpsert", {collection: records[first : first + BATCH]})

    def _post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> dict[str, Any]:
        """POST with a key, so that a retry makes nothing twice; waits while a service is not there yet."""
        sent = {"Idempotency-Key": secrets.token_hex(16), **(headers or {})}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self._client.post(path, json=body, headers=sent)
            except httpx.TransportError as error:
                raise DemoError(f"{self._client.base_url} does not answer: is the system running? ({error})") from error
            if answer.status_code not in {429, 503} or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        if answer.is_error:
            raise DemoError(f"POST {path}: {_words(answer)}")
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found


def _words(answer: httpx.Response) -> str:
    """What a problem document says, in short."""
    try:
        problem = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code}"
    violations = "; ".join(f"{part.get('field')}: {part.get('description')}" for part in problem.get("violations", []))
    return f"HTTP {answer.status_code} {problem.get('title', '')} {problem.get('detail', '')} {violations}".strip()

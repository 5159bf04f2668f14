"""A program that talks to the gateway, as an integrator's would: sign-up, log-in, imports, reports."""

import re
import uuid
from pathlib import Path
from typing import Any

import httpx

from local.process import poll
from tests.support.stack import Stack

PASSWORD = "quiet harbour lantern"
SECONDS = 180


class Refusal(Exception):
    """An answer of 400 or above; `problem` is its application/problem+json."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.problem: dict[str, Any] = answer.json()
        super().__init__(f"{answer.request.method} {answer.request.url} {answer.status_code} {self.problem}")


class Api:
    """One user of one organization."""

    def __init__(self, stack: Stack, token: str = "", language: str = "en") -> None:
        self.stack = stack
        headers = {"Accept-Language": language, **({"Authorization": f"Bearer {token}"} if token else {})}
        # No connection outlives its call: nobody has to close a program at the end of a test.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(base_url=f"{stack.url}/api/v1", timeout=60, headers=headers, limits=limits)
        self._renew = ""

    @classmethod
    def sign_up(cls, stack: Stack, name: str = "Heron Ltd", **more: str) -> "Api":
        """The administrator of a new organization, logged in."""
        api = cls(stack)
        email = f"admin-{uuid.uuid4().hex}@example.com"
        entered = {"organization_name": name, "name": "Ada", "email": email, "password": PASSWORD, "language": "en"}
        signup = api.post("signup", **{**entered, "time_zone": "Asia/Shanghai", "currency": "USD", **more})
        assert poll(lambda: stack.mails(email), 30)
        code = re.search(r"\b(\d{6})\b", stack.mails(email)[0].text)
        assert code is not None
        api.post("signup:verify", signup_id=signup["signup_id"], code=code.group(1))
        return api.log_in(email)

    def log_in(self, email: str) -> "Api":
        """Act as that user from here on."""
        tokens = self.post("sessions", email=email, password=PASSWORD)
        self._client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        self._renew = tokens["refresh_token"]
        return self

    def member(self, name: str, *role_ids: str, **fields: Any) -> "Api":
        """Somebody who came by this administrator's invitation, logged in."""
        email = f"member-{uuid.uuid4().hex}@example.com"
        user = self.post("users", name=name, email=email, role_ids=list(role_ids), **fields)
        self.post(f"users/{user['id']}:invite")
        assert poll(lambda: self.stack.mails(email), 30)
        link = re.search(r"#(\S+)", self.stack.mails(email)[0].text)
        assert link is not None
        person = Api(self.stack)
        person.post("invitations:accept", token=link.group(1), password=PASSWORD)
        return person.log_in(email)

    @property
    def token(self) -> str:
        """The access token."""
        return self._client.headers["Authorization"].removeprefix("Bearer ")

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Call; renew the access token once when it has ended. Raises Refusal."""
        options.setdefault("headers", {}).setdefault("X-Session", "token")
        answer = self._client.request(method, f"/{path}", **options)
        if answer.status_code == 401 and self._renew and path != "sessions:refresh":
            tokens = self.post("sessions:refresh", refresh_token=self._renew)
            self._renew = tokens["refresh_token"]
            self._client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
            answer = self._client.request(method, f"/{path}", **options)
        if answer.status_code >= 400:
            raise Refusal(answer)
        return answer.json() if answer.content else None

    def get(self, path: str, **query: Any) -> Any:
        """GET."""
        return self.call("GET", path, params=query)

    def post(self, path: str, **fields: Any) -> Any:
        """POST."""
        return self.call("POST", path, json=fields)

    def total(self, module: str, query: str = "") -> int:
        """How many records there are (to 10,001)."""
        return int(self.get(module, page_size=1, filter=query)["total_size"])

    # imports

    def upload(self, module: str, file: Path) -> dict[str, Any]:
        """A new import."""
        with file.open("rb") as content:
            made: dict[str, Any] = self.call(
                "POST", "imports", files={"file": (file.name, content, "text/csv")}, data={"module": module}
            )
        return made

    def step(self, job: dict[str, Any], verb: str, **fields: Any) -> dict[str, Any]:
        """Begin a step of an import and wait for its end."""
        self.post(f"imports/{job['id']}:{verb}", **fields)
        return self.wait(job)

    def wait(self, job: dict[str, Any]) -> dict[str, Any]:
        """The import when nothing is under way."""
        found: dict[str, Any] = {}

        def ended() -> bool:
            found.update(self.get(f"imports/{job['id']}"))
            return found["state"] not in ("validating", "running", "undoing")

        assert poll(ended, SECONDS, every=0.2), found
        return found

    def bring_in(
        self, module: str, file: Path, *repairs: dict[str, Any], mappings: list[dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        """Upload, map, validate, repair and run; the import at its end."""
        job = self.upload(module, file)
        if mappings:
            self.call("PATCH", f"imports/{job['id']}", json={"mappings": mappings, "mode": "upsert", "keys": ["name"]})
        self.step(job, "validate")
        if repairs:
            self.step(job, "repair", repairs=list(repairs))
        return self.step(job, "run")

    def report(self, name: str, **question: Any) -> dict[str, Any]:
        """A report's figures."""
        answer: dict[str, Any] = self.post(f"reports/{name}:run", **question)
        return answer

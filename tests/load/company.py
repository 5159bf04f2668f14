"""One organization of the real system, and the three ways to its accounts: SQL, gRPC and REST."""

import http.client
import uuid
from typing import Any

import grpc
import orjson
import psycopg2

from customers.accounts.resource import ACCOUNTS
from guanxi.customers.v1 import accounts_pb2_grpc
from tests.e2e.api import Api
from tests.load.filling import psycopg2_url
from tests.support.stack import Stack

SCOPE = "SELECT set_config('guanxi.org_id', %(org)s, true), set_config('statement_timeout', '30000', true); "
COLUMNS = ", ".join(column.name for column in ACCOUNTS.columns)


class Company:
    """A new organization and its administrator; `renew` before each part, because tokens last five minutes."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.api = Api.sign_up(stack)
        who = self.api.get("sessions/current")
        self._email = who["user"]["email"]
        self.org_id, self.user_id = uuid.UUID(who["organization"]["id"]), uuid.UUID(who["user"]["id"])
        self._channel = grpc.insecure_channel(stack.grpc_address("customers"))
        self.accounts = accounts_pb2_grpc.AccountServiceStub(self._channel)
        self._http = http.client.HTTPConnection("127.0.0.1", stack.settings.port, timeout=60)
        self.sql = self.connect("customers")
        self.renew()

    def renew(self) -> None:
        """A new token for the ways that carry it along."""
        self.api.log_in(self._email)
        self.metadata = (("authorization", f"Bearer {self.api.token}"),)
        self._headers = {"Authorization": f"Bearer {self.api.token}", "Content-Type": "application/json"}

    def connect(self, service: str, role: str = "app") -> "psycopg2.extensions.connection":
        """A connection without transactions: BEGIN and COMMIT are written where they are meant."""
        connection = psycopg2.connect(psycopg2_url(self.stack.database_url(service, role)))
        connection.autocommit = True
        return connection

    def select(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Rows by raw psycopg2, as the service's role under row-level security, in one round trip."""
        with self.sql.cursor() as cursor:
            cursor.execute(SCOPE + statement, {"org": str(self.org_id), **parameters})
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def grpc(self, method: str, request: Any) -> Any:
        """An answer of the service itself."""
        return getattr(self.accounts, method)(request, metadata=self.metadata, timeout=60)

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """An answer of the gateway, read to its end, over one kept connection."""
        content = orjson.dumps(body) if body is not None else None
        self._http.request(method, f"/api/v1/{path}", content, self._headers)
        answer = self._http.getresponse()
        data = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:500]!r}")
        return orjson.loads(data)

    def close(self) -> None:
        """Let go of the connections."""
        self._channel.close()
        self._http.close()
        self.sql.close()

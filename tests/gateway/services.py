"""Small real gRPC servers in the services' places: they keep what they are given, and tell what they were sent."""

import base64
import json
import threading
import time
import uuid
from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.empty_pb2 import Empty
from google.rpc import error_details_pb2, status_pb2

from guanxi.changes.v1 import changes_pb2
from guanxi.customers.v1 import accounts_pb2
from guanxi.files.v1 import files_pb2
from guanxi.identity.v1 import control_plane_pb2, second_factors_pb2, sessions_pb2, signup_pb2
from guanxi.imports.v1 import imports_pb2
from guanxi.search.v1 import search_pb2

SERVICE_TOKEN = "the services' own secret"
USER = "0190aaaa-0000-7000-8000-000000000001"
ORGANIZATION = "0190aaaa-0000-7000-8000-00000000000f"
PASSWORD = "correct horse battery"


class RefusedError(Exception):
    """A handler's refusal: code, reason, sentence, and violations as (field, description, reason)."""

    def __init__(
        self, code: grpc.StatusCode, reason: str, message: str, *violations: tuple[str, str, str], wait: int = 0
    ) -> None:
        super().__init__(reason)
        details: list[Any] = [error_details_pb2.ErrorInfo(reason=reason, domain="guanxi", metadata={"hint": "a"})]
        details.append(error_details_pb2.LocalizedMessage(locale="en", message=message))
        if violations:
            bad = error_details_pb2.BadRequest()
            for name, description, why in violations:
                bad.field_violations.add(field=name, description=description, reason=why)
            details.append(bad)
        if wait:
            retry = error_details_pb2.RetryInfo()
            retry.retry_delay.seconds = wait
            details.append(retry)
        packed = []
        for detail in details:
            packed.append(Packed())
            packed[-1].Pack(detail)
        self.status = status_pb2.Status(code=code.value[0], message="in English", details=packed)
        self.code = code


@dataclass
class Received:
    """One call as it arrived."""

    method: str
    request: Any
    metadata: dict[str, str]
    seconds: float | None


Handler = Callable[[Any, Received], Any]


@dataclass
class Backend:
    """One service: handlers by RPC name (`AccountService.GetAccount`), and every call so far."""

    name: str
    handlers: dict[str, Handler] = field(default_factory=dict)
    calls: list[Received] = field(default_factory=list)
    port: int = 0
    _server: Any = None

    def start(self, port: int = 0) -> None:
        """Serve on `port`, or a free one."""
        self._server = grpc.server(futures.ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers((_Generic(self),))
        self.port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        self._server.start()

    def stop(self) -> None:
        """End at once."""
        self._server.stop(0).wait()

    def last(self, method: str) -> Received:
        """The newest call of a method."""
        return next(call for call in reversed(self.calls) if call.method == method)

    def count(self, method: str) -> int:
        """How often a method was called."""
        return sum(call.method == method for call in self.calls)


class _Generic(grpc.GenericRpcHandler):
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def service(self, details: Any) -> Any:
        full, _, method = details.method.lstrip("/").partition("/")
        name = f"{full.rpartition('.')[2]}.{method}"
        if name not in self._backend.handlers:
            return None
        descriptor = METHODS[f"{full}.{method}"]

        def invoke(request: Any, context: grpc.ServicerContext) -> Any:
            metadata = {str(key): str(value) for key, value in context.invocation_metadata()}
            received = Received(name, request, metadata, context.time_remaining())
            self._backend.calls.append(received)
            try:
                return self._backend.handlers[name](request, received)
            except RefusedError as error:
                context.set_code(error.code)
                context.set_details(error.status.message)
                context.set_trailing_metadata((("grpc-status-details-bin", error.status.SerializeToString()),))
                return descriptor[1]()

        return grpc.unary_unary_rpc_method_handler(
            invoke, request_deserializer=descriptor[0].FromString, response_serializer=lambda m: m.SerializeToString()
        )


def _methods() -> dict[str, tuple[Any, Any]]:
    from gateway.transcoding.catalog import Catalog

    catalog = Catalog()
    found = {}
    for method in catalog.methods:
        rpc = catalog.rpc(method.full_name)
        found[method.full_name] = (rpc.request_type, rpc.answer_type)
    return found


METHODS: dict[str, tuple[Any, Any]] = _methods()


def access_token(session_id: str, expires: float) -> str:
    """Shaped like identity's; only its claims matter to a gateway."""

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"sub": USER, "org": ORGANIZATION, "sid": session_id, "exp": int(expires), "n": uuid.uuid4().hex}
    return f"{part({'alg': 'EdDSA', 'typ': 'at+jwt'})}.{part(claims)}.signature"


class Keeper(Backend):
    """Accounts, files, imports, changes and search of a service, kept in dictionaries."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.accounts: dict[str, accounts_pb2.Account] = {}
        self.files: dict[str, tuple[files_pb2.File, bytearray]] = {}
        self.imports: list[imports_pb2.Import] = []
        self.search_seconds = 0.0
        self.handlers = {
            "AccountService.GetAccount": self._get,
            "AccountService.ListAccounts": self._list,
            "AccountService.CreateAccount": self._create,
            "AccountService.UpdateAccount": self._update,
            "AccountService.DeleteAccount": self._get,
            "AccountService.UndeleteAccount": self._get,
            "AccountService.BatchGetAccounts": self._list,
            "AccountService.BatchUpsertAccounts": self._upsert,
            "ChangeService.ListChanges": self._changes,
            "SearchService.Search": self._search,
            "ImportService.CreateImport": self._create_import,
            "ImportService.GetImport": lambda request, _: imports_pb2.Import(id=request.id),
            "ImportService.ListImports": self._list_imports,
            "FileService.CreateFile": self._create_file,
            "FileService.AppendFile": self._append,
            "FileService.CompleteFile": self._complete,
            "FileService.GetFile": lambda request, _: self._file(request.id)[0],
            "FileService.ReadFile": self._read,
        }

    def _get(self, request: Any, _received: Received) -> Any:
        if request.id not in self.accounts:
            raise RefusedError(grpc.StatusCode.NOT_FOUND, "NOT_FOUND", "There is no such account.")
        return self.accounts[request.id]

    def _list(self, _request: Any, _received: Received) -> Any:
        return accounts_pb2.ListAccountsResponse(accounts=self.accounts.values(), total_size=len(self.accounts))

    def _create(self, request: Any, _received: Received) -> Any:
        account = request.account
        if not account.name:
            message = "Name is required."
            violation = ("account.name", "Fill it in.", "REQUIRED")
            raise RefusedError(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", message, violation)
        account.id = account.id or str(uuid.uuid4())
        account.etag = "1"
        self.accounts[account.id] = account
        return account

    def _update(self, request: Any, _received: Received) -> Any:
        kept = self._get(request.account, _received)
        if request.account.etag != kept.etag:
            raise RefusedError(grpc.StatusCode.ABORTED, "STALE_ETAG", "Somebody else changed it.")
        return kept

    def _upsert(self, request: Any, _received: Received) -> Any:
        return accounts_pb2.BatchUpsertAccountsResponse(accounts=request.accounts, created=len(request.accounts))

    def _changes(self, request: Any, _received: Received) -> Any:
        answer = changes_pb2.ListChangesResponse(cursor="c2")
        change = answer.changes.add(id="a")
        change.record.Pack(accounts_pb2.Account(id="a", name="华为"))
        answer.changes.add(id="b", removed=True)
        return answer

    def _search(self, request: Any, _received: Received) -> Any:
        time.sleep(self.search_seconds)
        return search_pb2.SearchResponse(hits=[search_pb2.Hit(module=self.name, id="1", title=request.query)])

    def _create_import(self, request: Any, _received: Received) -> Any:
        found = imports_pb2.Import(id=f"{self.name}-1", module=request.module, file_id=request.file_id, state="mapping")
        found.file_name = self._file(request.file_id)[0].name
        return found

    def _list_imports(self, request: Any, _received: Received) -> Any:
        start = int(request.page_token or 0)
        page = self.imports[start : start + (request.page_size or 50)]
        more = start + len(page) < len(self.imports)
        return imports_pb2.ListImportsResponse(imports=page, next_page_token=str(start + len(page)) if more else "")

    def _create_file(self, request: Any, _received: Received) -> Any:
        file = files_pb2.File(id=f"{self.name}-{uuid.uuid4()}", name=request.name, media_type=request.media_type)
        self.files[file.id] = (file, bytearray())
        return file

    def _file(self, identifier: str) -> tuple[files_pb2.File, bytearray]:
        if identifier not in self.files:
            raise RefusedError(grpc.StatusCode.NOT_FOUND, "NOT_FOUND", "There is no such file.")
        return self.files[identifier]

    def _append(self, request: Any, _received: Received) -> Any:
        file, data = self._file(request.id)
        assert request.offset == len(data)
        assert len(request.data) <= 2 * 2**20
        data += request.data
        file.size = len(data)
        return file

    def _complete(self, request: Any, _received: Received) -> Any:
        file, _ = self._file(request.id)
        file.complete = True
        return file

    def _read(self, request: Any, _received: Received) -> Any:
        _, data = self._file(request.id)
        return files_pb2.ReadFileResponse(data=bytes(data[request.offset : request.offset + request.limit]))


class Identity(Keeper):
    """Sessions, as identity keeps them: refresh tokens work once, access tokens as long as they say."""

    def __init__(self) -> None:
        super().__init__("identity")
        self.lifetime = 300.0
        self.refresh_tokens: dict[str, str] = {}
        self.ended: set[str] = set()
        self.challenge = ""  # what stands in place of tokens
        self.refresh_seconds = 0.0  # how long a renewal takes
        self._lock = threading.Lock()
        self.handlers |= {
            "SessionService.CreateSession": self._create,
            "SessionService.VerifySession": self._verify,
            "SessionService.RefreshSession": self._refresh,
            "SessionService.GetCurrentSession": self._current,
            "SessionService.ListSessions": self._own_sessions,
            "SessionService.DeleteSession": self._delete,
            "ControlPlaneService.ExchangeApiToken": self._exchange,
            "ControlPlaneService.ListSigningKeys": lambda *_: control_plane_pb2.ListSigningKeysResponse(),
            "PasswordService.ChangePassword": lambda *_: Empty(),
            "SecondFactorService.ConfirmSecondFactor": lambda *_: second_factors_pb2.RecoveryCodes(
                recovery_codes=["recover"]
            ),
            "SignupService.CreateSignup": lambda *_: signup_pb2.Signup(signup_id="s1"),
        }

    def tokens(self, session_id: str) -> sessions_pb2.SessionTokens:
        """A new pair for a session."""
        refresh = uuid.uuid4().hex
        self.refresh_tokens[refresh] = session_id
        return sessions_pb2.SessionTokens(
            access_token=access_token(session_id, time.time() + self.lifetime),
            refresh_token=refresh,
            expires_in=int(self.lifetime),
            session=self.session(session_id),
        )

    def session(self, session_id: str) -> sessions_pb2.CurrentSession:
        """Who it belongs to."""
        return sessions_pb2.CurrentSession(
            session_id=session_id,
            user_id=USER,
            user_name="王芳",
            email="wang@example.com",
            organization_id=ORGANIZATION,
            organization_name="示例公司",
            time_zone="Asia/Shanghai",
            currency="CNY",
            language="zh",
        )

    def _create(self, request: Any, _received: Received) -> Any:
        if request.password != PASSWORD:
            raise RefusedError(grpc.StatusCode.UNAUTHENTICATED, "WRONG_PASSWORD", "Wrong address or password.")
        if self.challenge:
            return sessions_pb2.SessionTokens(challenge=self.challenge, factors=["totp"])
        return self.tokens(uuid.uuid4().hex)

    def _verify(self, request: Any, _received: Received) -> Any:
        tokens = self.tokens(uuid.uuid4().hex)
        tokens.recovery_codes.append("recover")
        return tokens

    def _refresh(self, request: Any, _received: Received) -> Any:
        time.sleep(self.refresh_seconds)
        with self._lock:
            session_id = self.refresh_tokens.pop(request.refresh_token, "")
            if not session_id or session_id in self.ended:
                raise RefusedError(grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED", "Log in again.")
            if request.anew:
                self.ended.add(session_id)
                session_id = uuid.uuid4().hex
            return self.tokens(session_id)

    def _who(self, received: Received) -> str:
        token = received.metadata.get("authorization", "").removeprefix("Bearer ")
        try:
            payload = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except (IndexError, ValueError):
            claims = {"exp": 0, "sid": ""}
        if claims["exp"] < time.time() or claims["sid"] in self.ended:
            raise RefusedError(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED", "Log in again.")
        return str(claims["sid"])

    def _current(self, _request: Any, received: Received) -> Any:
        return self.session(self._who(received))

    def _own_sessions(self, _request: Any, received: Received) -> Any:
        return sessions_pb2.ListSessionsResponse(sessions=[sessions_pb2.Session(id=self._who(received), current=True)])

    def _delete(self, request: Any, received: Received) -> Any:
        session_id = self._who(received)
        self.ended.add(session_id if request.id == "current" else request.id)
        return Empty()

    def _exchange(self, request: Any, received: Received) -> Any:
        assert received.metadata["x-guanxi-service-token"] == SERVICE_TOKEN
        if request.token != "gx_good":
            raise RefusedError(grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED", "Unknown token.")
        token = access_token("api", time.time() + self.lifetime)
        return control_plane_pb2.ExchangeApiTokenResponse(access_token=token, expires_in=int(self.lifetime))

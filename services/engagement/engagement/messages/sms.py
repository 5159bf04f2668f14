"""One short message, handed to a provider over HTTP as a template says: its address, headers and body with places for
`{to}`, `{text}`, `{code}` and `{secret}`, each written as the place it stands in asks for.
"""

import http.client
import json
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, urlsplit
from xml.sax.saxutils import escape

import orjson
import re2

from chassis.errors import Violation
from engagement.messages.reach import (
    DEADLINE,
    LogInRefusedError,
    NotSentError,
    UnknownError,
    connect,
    ended_after,
)

METHODS = ("POST", "GET", "PUT")
USUAL_TIMEOUT, MOST_TIMEOUT = 10, 30
_MOST_ANSWER = 65_536
_MOST_TEMPLATE = 4_000
_TRY_AGAIN = (408, 425, 429)
_UNFIT = frozenset(":/?#[]@!$&'()*+,;=%\\ {}<>\"")


@dataclass(frozen=True)
class SmsProvider:
    """Whom to ask, and how."""

    url: str
    method: str = "POST"
    # A line for each, `Name: value`.
    headers: str = ""
    body: str = ""
    secret: str = ""
    # Any 2xx for 0.
    success_status: int = 0
    # RE2, looked for in the answer's body; anything will do when it is empty.
    success_pattern: str = ""
    # Seconds for each answer.
    timeout: int = 0
    # Only addresses of the open internet: for providers that organizations name themselves.
    public_only: bool = False

    def problems(self) -> list[Violation]:
        """What is wrong with it."""
        found = []
        if not _is_url(self.url):
            found.append(Violation("url", "SMS_URL" if self.url else "REQUIRED"))
        if self.method not in METHODS:
            found.append(Violation("method", "UNKNOWN_CHOICE", {"value": self.method}))
        if any(not _is_header(line) for line in self.headers.splitlines()):
            found.append(Violation("headers", "SMS_HEADERS"))
        if not any("{text}" in part or "{code}" in part for part in (self.url, self.headers, self.body)):
            found.append(Violation("body", "SMS_PLACES"))
        long = [name for name in ("url", "headers", "body") if len(getattr(self, name)) > _MOST_TEMPLATE]
        found += [Violation(name, "TOO_LONG", {"maximum": _MOST_TEMPLATE}) for name in long]
        if not _compiles(self.success_pattern):
            found.append(Violation("success_pattern", "SMS_PATTERN"))
        return found


def provider_of(text: str) -> SmsProvider | None:
    """The provider that a setting describes, a JSON object with the fields of `SmsProvider`. Raises ValueError."""
    if not text:
        return None
    try:
        provider = SmsProvider(**orjson.loads(text))
    except (TypeError, orjson.JSONDecodeError) as error:
        raise ValueError("must be a JSON object with url, method, headers, body, secret, …") from error
    if problems := provider.problems():
        raise ValueError("; ".join(f"{one.field}: {one.describe('en')}" for one in problems))
    return provider


def send_sms(provider: SmsProvider, to: str, text: str, code: str = "", *, deadline: float = DEADLINE) -> None:
    """Hand one message over, within `deadline` seconds of being connected. Raises NotSentError or UnknownError.

    What the provider answers is told to nobody but the pattern.
    """
    values = {"to": to, "text": text, "code": code, "secret": provider.secret}
    headers = dict(_headers(provider.headers, values))
    parts = urlsplit(_filled(provider.url, values, lambda value: quote(value, safe="")))
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    body = _filled(provider.body, values, _written(kind)).encode()
    tls = parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    timeout = float(provider.timeout or USUAL_TIMEOUT)
    connection = connect(parts.hostname or "", port, public_only=provider.public_only, timeout=timeout)
    with ended_after(connection, deadline):
        asking = http.client.HTTPConnection(parts.hostname or "", port)
        try:
            asking.sock = _secured(connection, parts.hostname or "") if tls else connection
        except OSError as error:
            raise NotSentError(type(error).__name__, down=True) from error
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        _judge(provider, *_answer(asking, provider.method, target, body, headers))
        asking.close()


def _answer(
    asking: http.client.HTTPConnection, method: str, target: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, bytes]:
    try:
        asking.request(method, target, body or None, {**headers, "Connection": "close"})
    except (OSError, http.client.HTTPException) as error:
        raise NotSentError(type(error).__name__, down=True) from error
    try:
        answer = asking.getresponse()
        return answer.status, answer.read(_MOST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise UnknownError(type(error).__name__) from error


def _judge(provider: SmsProvider, status: int, answer: bytes) -> None:
    reason = f"HTTP {status}"
    if status == provider.success_status or (not provider.success_status and 200 <= status < 300):
        if provider.success_pattern and not re2.search(provider.success_pattern, answer.decode("utf-8", "replace")):
            raise NotSentError(f"{reason}, and the answer does not say that it was taken", final=True)
        return
    if status in (401, 403):
        raise LogInRefusedError(reason, final=True)
    if status in _TRY_AGAIN or status >= 500:
        raise NotSentError(reason, down=True)
    raise NotSentError(reason, final=True)


def _secured(connection: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(connection, server_hostname=host)


def _headers(lines: str, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for line in lines.splitlines():
        name, _, value = line.partition(":")
        # Line breaks would begin a header of their own.
        filled = _filled(value.strip(), values, lambda each: " ".join(each.split()))
        yield name.strip(), filled.encode("utf-8").decode("latin-1")


def _written(content_type: str) -> Callable[[str], str]:
    """How a value is written in a body of this kind."""
    if "json" in content_type:
        return lambda value: json.dumps(value, ensure_ascii=False)[1:-1]
    if "urlencoded" in content_type:
        return quote_plus
    return escape if "xml" in content_type else str


def _filled(template: str, values: Mapping[str, str], write: Callable[[str], str]) -> str:
    """In one pass: a text that contains `{secret}` is a text."""
    parts = re.split(r"\{(to|text|code|secret)\}", template)
    return "".join(write(values[part]) if place % 2 else part for place, part in enumerate(parts))


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    fit = bool(host) and not (_UNFIT - {":"}) & set(host) and parts.username is None and port != 0
    return parts.scheme in ("http", "https") and fit and not any(ord(letter) <= 32 for letter in url)


def _is_header(line: str) -> bool:
    name, colon, value = line.partition(":")
    plain = name.strip().replace("-", "").replace("_", "")
    return bool(colon) and plain.isascii() and plain.isalnum() and value.isprintable()


def _compiles(pattern: str) -> bool:
    try:
        re2.compile(pattern, _quiet())
    except re2.error:
        return False
    return len(pattern) <= 500


def _quiet() -> "re2.Options":
    options = re2.Options()
    options.log_errors = False
    return options

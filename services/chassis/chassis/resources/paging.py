"""Keyset paging: a page token is where the page before ended, sealed to the list it belongs to."""

import base64
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis.authz.organization import Definitions
from chassis.call import Call
from chassis.database.schema import custom_values, sort_expression
from chassis.errors import InvalidArgumentError
from chassis.fieldcontract import CustomField
from chassis.resources.custom import NUMBERS
from chassis.resources.resource import Resource

DEFAULT_PAGE = 50
MOST_PAGE = 200
MOST_COUNTED = 10_001
# What comes after all values, in a list that runs up and in one that runs down.
_LAST_NUMBER = ("'Infinity'::numeric", "'-Infinity'::numeric")
_LAST_TEXT = ("chr(1114111)", "''")


@dataclass(frozen=True)
class Key:
    """One thing a list is ordered by."""

    expression: sa.ColumnElement[Any]
    descending: bool


@dataclass(frozen=True)
class Page:
    """Where a page begins: last values of the page before, and what was counted on the first."""

    values: tuple[Any, ...]
    total: int


class Pager:
    """Makes and reads page tokens; replicas share the secret."""

    def __init__(self, secret: str) -> None:
        self._secret = hashlib.sha256(b"page-token" + secret.encode()).digest()

    def token(self, call: Call, identity: str, values: tuple[Any, ...], total: int) -> str:
        """The token of the page after `values`, of the list that `identity` describes."""
        body = json.dumps([*values, total], default=str, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._digest(call, identity, body) + body).rstrip(b"=").decode()

    def read(self, call: Call, identity: str, token: str) -> Page:
        """What a token says. Raises InvalidArgumentError for one of another list, user, policy, or none at all."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError as error:
            raise InvalidArgumentError.of("page_token", "INVALID_PAGE_TOKEN") from error
        digest, body = raw[:16], raw[16:]
        if not hmac.compare_digest(digest, self._digest(call, identity, body)):
            raise InvalidArgumentError.of("page_token", "INVALID_PAGE_TOKEN")
        *values, total = json.loads(body)
        return Page(tuple(values), int(total))

    def _digest(self, call: Call, identity: str, body: bytes) -> bytes:
        principal = call.principal
        scope = f"{principal.org_id}\0{principal.user_id}\0{identity}\0"
        return hmac.digest(self._secret, scope.encode() + body, "sha256")[:16]


def order_keys(resource: Resource, definitions: Definitions, order_by: str, hidden: frozenset[str]) -> list[Key]:
    """At most two sortable fields, then the id. Raises InvalidArgumentError naming what cannot be sorted by.

    Who asks for no order gets the resource's own, or the newest first where a field of that one is hidden.
    """
    keys: list[Key] = []
    parts = _parts(order_by) or _parts(resource.default_order)
    if not _parts(order_by) and any(part.partition(" ")[0] in hidden for part in parts):
        parts = ["create_time desc"]
    if len(parts) > 2:
        raise InvalidArgumentError.of("order_by", "TOO_MANY", maximum=2)
    for part in parts:
        name, _, direction = part.partition(" ")
        if direction.strip() not in ("", "asc", "desc") or name in hidden:
            raise InvalidArgumentError.of("order_by", "INVALID_ORDER", name=name[:80])
        descending = direction.strip() == "desc"
        keys.append(Key(_expression(resource, definitions, name, descending=descending), descending))
    keys.append(Key(resource.table.c.id, keys[-1].descending if keys else False))
    return keys


def _parts(order_by: str) -> list[str]:
    return [part.strip() for part in order_by.split(",") if part.strip()]


def _expression(resource: Resource, definitions: Definitions, name: str, *, descending: bool) -> sa.ColumnElement[Any]:
    columns = resource.table.c
    custom = definitions.get(name.removeprefix("custom.")) if name.startswith("custom.") else None
    if custom is not None and custom.ranged:
        return _ranged(resource, custom, descending=descending)
    if name in ("create_time", "update_time"):
        return columns[name]
    binding = resource.bindings.get(name)
    if binding is None or not binding.contract.options.sortable:
        raise InvalidArgumentError.of("order_by", "INVALID_ORDER", name=name[:80])
    return columns[binding.sort_column] if binding.sort_column else sort_expression(columns[name])


def _ranged(resource: Resource, field: CustomField, *, descending: bool) -> sa.ColumnElement[Any]:
    """The typed index's value; absent comes last, as in a list ordered by it alone (see `ValueOrder`)."""
    table, values = resource.table, custom_values
    numeric = field.kind in NUMBERS
    held: sa.ColumnElement[Any] = values.c.number if numeric else values.c.text
    one = sa.select(held).where(
        values.c.org_id == table.c.org_id,
        values.c.module == resource.module,
        values.c.record_id == table.c.id,
        values.c.key == field.key,
    )
    last = (_LAST_NUMBER if numeric else _LAST_TEXT)[descending]
    return sa.func.coalesce(one.scalar_subquery(), sa.literal_column(last, held.type), type_=held.type)


def after(keys: list[Key], values: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    """Rows that come after `values`: one row comparison where all keys run the same way, so that an index serves."""
    literals = [sa.cast(sa.literal(str(value)), key.expression.type) for key, value in zip(keys, values, strict=True)]
    if len({key.descending for key in keys}) == 1:
        left, right = sa.tuple_(*(key.expression for key in keys)), sa.tuple_(*literals)
        return left < right if keys[0].descending else left > right
    branches = []
    for place, key in enumerate(keys):
        equal = [keys[n].expression == literals[n] for n in range(place)]
        beyond = key.expression < literals[place] if key.descending else key.expression > literals[place]
        branches.append(sa.and_(*equal, beyond))
    return sa.or_(*branches)


def page_size(wanted: int) -> int:
    """Rows of a page. Raises InvalidArgumentError for a negative number."""
    if wanted < 0:
        raise InvalidArgumentError.of("page_size", "OUT_OF_RANGE", minimum=0, maximum=MOST_PAGE)
    return min(wanted or DEFAULT_PAGE, MOST_PAGE)


def key_values(row: sa.Row[Any], count: int) -> tuple[Any, ...]:
    """The ordering values that a list's SELECT carries at its end."""
    return tuple(str(value) if isinstance(value, uuid.UUID) else value for value in tuple(row)[-count:])

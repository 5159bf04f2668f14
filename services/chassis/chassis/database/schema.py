"""The tables that every service has beside its resources, and the helper that makes a resource's table.

Every row carries `org_id` and every key begins with it. What each table is for is said beside it.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.contract import STANDARD_FIELDS, resource_options
from chassis.fieldcontract import MessageField, field_options

chassis_metadata = sa.MetaData()


def _org() -> sa.Column[Any]:
    return sa.Column("org_id", sa.Uuid, nullable=False)


def _now() -> sa.Column[Any]:
    return sa.Column("create_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


# Copies of identity's snapshots.
snapshots = sa.Table(
    "snapshots",
    chassis_metadata,
    sa.Column("org_id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("message", sa.LargeBinary, nullable=False),
)

# The team tree, closed: who is in a team or in one below it.
team_members = sa.Table(
    "team_members",
    chassis_metadata,
    _org(),
    sa.Column("team_id", sa.Uuid, nullable=False),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("direct", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("org_id", "team_id", "user_id"),
)

# External system → record, unique for each organization, module and system.
external_ids = sa.Table(
    "external_ids",
    chassis_metadata,
    _org(),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False),
    sa.Column("record_id", sa.Uuid, nullable=False),
    sa.PrimaryKeyConstraint("org_id", "module", "system", "external_id"),
    sa.Index("external_ids_record", "org_id", "module", "record_id"),
)

# Custom values that can be ordered by or compared with < and >.
custom_values = sa.Table(
    "custom_values",
    chassis_metadata,
    _org(),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("record_id", sa.Uuid, nullable=False),
    sa.Column("number", sa.Numeric),
    sa.Column("text", sa.Text),
    sa.PrimaryKeyConstraint("org_id", "module", "record_id", "key"),
    sa.Index("custom_values_number", "org_id", "module", "key", "number", "record_id"),
    sa.Index("custom_values_text", "org_id", "module", "key", "text", "record_id"),
)

# Custom values that are taken once, without letter case.
taken_values = sa.Table(
    "taken_values",
    chassis_metadata,
    _org(),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("record_id", sa.Uuid, nullable=False),
    sa.PrimaryKeyConstraint("org_id", "module", "key", "value"),
    sa.Index("taken_values_record", "org_id", "module", "record_id"),
)

# The last automatic number of a module's field.
counters = sa.Table(
    "counters",
    chassis_metadata,
    _org(),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("org_id", "module", "key"),
)

# What this service refers to in others: title, owner and state, fed by events.
refs = sa.Table(
    "ref",
    chassis_metadata,
    _org(),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("title_key", sa.Text, nullable=False, server_default=""),
    sa.Column("owner_id", sa.Uuid),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("delete_time", sa.DateTime(timezone=True)),
    sa.Column("merged_into", sa.Uuid),
    sa.PrimaryKeyConstraint("org_id", "resource", "id"),
    sa.Index("ref_title_key", "org_id", "resource", "title_key"),
)

# request_id → answer, in the write's own transaction; kept for 30 days.
idempotency_keys = sa.Table(
    "idempotency_keys",
    chassis_metadata,
    _org(),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    sa.Column("response", sa.LargeBinary),
    _now(),
    sa.PrimaryKeyConstraint("org_id", "principal", "method", "request_id"),
    sa.Index("idempotency_keys_create_time", "create_time"),
)

# Events, in the transaction that caused them. `seq` is given after the commit, by one sequencer at a time.
outbox = sa.Table(
    "outbox",
    chassis_metadata,
    _org(),
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
    sa.Column("seq", sa.BigInteger),
    sa.Column("event_id", sa.Uuid, nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    _now(),
    sa.PrimaryKeyConstraint("create_time", "id"),
    sa.Index("outbox_unsequenced", "id", postgresql_where=sa.text("seq IS NULL")),
    sa.Index("outbox_seq", "seq"),
    sa.Index("outbox_feed", "org_id", "resource", "seq"),
    postgresql_partition_by="RANGE (create_time)",
)

# Where the sequencer and the relay stand; one row. `epoch` changes when a database is restored.
relay_state = sa.Table(
    "relay_state",
    chassis_metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("published_seq", sa.BigInteger, nullable=False),
    sa.Column("epoch", sa.Uuid, nullable=False, server_default=sa.text("gen_random_uuid()")),
)

# Events that a consumer has had its effect for.
inbox = sa.Table(
    "inbox",
    chassis_metadata,
    _org(),
    sa.Column("consumer", sa.Text, nullable=False),
    sa.Column("event_id", sa.Uuid, nullable=False),
    _now(),
    sa.PrimaryKeyConstraint("org_id", "consumer", "event_id"),
    sa.Index("inbox_create_time", "create_time"),
)

# Events that could not be handled; a person looks, mends and replays.
dead_letters = sa.Table(
    "dead_letters",
    chassis_metadata,
    sa.Column("consumer", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    _now(),
    sa.PrimaryKeyConstraint("consumer", "event_id"),
)

# Work that falls due at a time.
timers = sa.Table(
    "timers",
    chassis_metadata,
    _org(),
    sa.Column("id", sa.Uuid, nullable=False, server_default=sa.text("uuidv7()")),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("due_time", sa.DateTime(timezone=True), nullable=False),
    sa.Column("payload", JSONB, nullable=False, server_default="{}"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.PrimaryKeyConstraint("org_id", "id"),
    sa.UniqueConstraint("org_id", "kind", "key"),
    sa.Index("timers_due_time", "due_time"),
)

# Background jobs: imports, exports. A running one is leased; a lease that ran out is taken by another process.
jobs = sa.Table(
    "jobs",
    chassis_metadata,
    _org(),
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("user_id", sa.Uuid),
    # What there is to do now; empty when there is nothing.
    sa.Column("step", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("cancel", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("data", JSONB, nullable=False, server_default="{}"),
    sa.Column("lease_until", sa.DateTime(timezone=True)),
    sa.Column("lease_holder", sa.Uuid),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    _now(),
    sa.Column("end_time", sa.DateTime(timezone=True)),
    sa.PrimaryKeyConstraint("org_id", "id"),
    sa.Index("jobs_waiting", "create_time", postgresql_where=sa.text("step <> ''")),
    sa.Index("jobs_list", "org_id", "kind", "create_time"),
)

# Uploaded and made files; the bytes are in the object store.
files = sa.Table(
    "files",
    chassis_metadata,
    _org(),
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("digest", sa.Text, nullable=False, server_default=""),
    sa.Column("complete", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_by", sa.Uuid),
    # Module whose import permission, or export permission, opens it to others than its maker.
    sa.Column("module", sa.Text, nullable=False, server_default=""),
    _now(),
    sa.PrimaryKeyConstraint("org_id", "id"),
)

# Tables that belong to no organization: reachable for the worker's own loops, and holding nothing of a tenant's that
# is not sealed in a payload. The catalog test knows these names.
GLOBAL_TABLES = frozenset(
    {
        "relay_state",
        "dead_letters",
        "alembic_version",
        # identity's: people before it is known to which organization they belong.
        "logins",
        "second_factors",
        "recovery_codes",
        "challenges",
        "password_resets",
        "password_history",
        "address_requests",
        "known_devices",
        "memberships",
        "signups",
        "signing_keys",
        "throttles",
        "revocations",
        # engagement's: messages of the system itself, such as sign-up codes, belong to nobody yet.
        "messages",
        "text_messages",
    }
)
# Tables whose rows the worker's loops see across organizations; effects run under the row's organization.
WORKER_TABLES = frozenset({"outbox", "inbox", "timers", "jobs", "idempotency_keys"})


def sort_column(name: str) -> str:
    """Column with the ordering key of a text field."""
    return f"sort_{name}"


def currency_column(name: str) -> str:
    """Column with the currency of a money field."""
    return f"{name}_currency"


def sort_expression(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """What lists are ordered by: never NULL, so that keyset paging is one row comparison; absent sorts lowest."""
    if not column.nullable:
        return column
    lowest = "-2147483648" if isinstance(column.type, sa.Integer) else "'-infinity'"
    return sa.func.coalesce(column, sa.literal_column(lowest, column.type))


def resource_table(message: type[Message], metadata: sa.MetaData, *extra: sa.schema.SchemaItem) -> sa.Table:
    """The table of a resource: a column for each field of its message, and what the engine needs beside them.

    `extra` adds columns, constraints and indexes of the resource's own. Text that can be ordered by gets a `sort_…` key; money gets its currency beside it.
    """
    descriptor = message.DESCRIPTOR
    declared = resource_options(descriptor)
    module = declared.module
    columns: list[sa.schema.SchemaItem] = [_org(), sa.Column("id", sa.Uuid, nullable=False)]
    fields: Any = descriptor.fields
    indexes: list[sa.schema.SchemaItem] = []
    # One table holds the records of all modules that organizations make, each of which is read by itself.
    first = ("org_id", "module") if declared.own_modules else ("org_id",)
    for field in fields:
        if field.name in STANDARD_FIELDS | {"owner_id"} or _input_only(field):
            continue
        columns.extend(_columns(field))
        indexes.extend(_indexes(module, field, first))
    columns += [
        sa.Column("external_ids", JSONB, nullable=False, server_default="{}"),
        sa.Column("version", sa.BigInteger, nullable=False, server_default="1"),
        # Field → version in which it changed last; a field that is not here has its first value.
        sa.Column("field_versions", JSONB, nullable=False, server_default="{}"),
        sa.Column("search_text", sa.Text, nullable=False, server_default=""),
        sa.Column("created_by", sa.Uuid),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_time", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("org_id", "id"),
        list_index(f"{module}_create_time", "create_time", "id", first=first),
        sa.Index(
            f"{module}_search",
            *first,
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
    ]
    if declared.owned:
        columns += [
            sa.Column("owner_id", sa.Uuid),
            list_index(f"{module}_owner", "owner_id", "create_time", "id", first=first),
        ]
    if declared.custom_fields:
        columns += [
            sa.Column("custom", JSONB, nullable=False, server_default="{}"),
            sa.Index(
                f"{module}_custom",
                *first,
                "custom",
                postgresql_using="gin",
                postgresql_ops={"custom": "jsonb_path_ops"},
            ),
        ]
    return sa.Table(module, metadata, *columns, *indexes, *extra)


def _input_only(field: Any) -> bool:
    return MessageField(field).input_only


def _columns(field: Any) -> list[sa.Column[Any]]:
    options = field_options(field)
    name = field.name
    if field.is_repeated:
        if field.type == FieldDescriptor.TYPE_STRING:
            item = sa.Uuid() if options.reference else sa.Text()
            return [sa.Column(name, ARRAY(item), nullable=False, server_default="{}")]
        return [sa.Column(name, JSONB, nullable=False, server_default="[]")]
    if field.type == FieldDescriptor.TYPE_STRING:
        if options.reference:
            return [sa.Column(name, sa.Uuid)]
        columns: list[sa.Column[Any]] = [sa.Column(name, sa.Text)]
        if options.sortable:
            columns.append(sa.Column(sort_column(name), sa.Text, nullable=False, server_default=""))
        return columns
    if field.type == FieldDescriptor.TYPE_BOOL:
        return [sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())]
    if field.type in (FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64):
        kind = sa.Integer if field.type == FieldDescriptor.TYPE_INT32 else sa.BigInteger
        if field.has_presence:
            return [sa.Column(name, kind)]
        return [sa.Column(name, kind, nullable=False, server_default="0")]
    match field.message_type.full_name if field.message_type else "":
        case "google.type.Money":
            return [sa.Column(name, sa.Numeric(19, 4)), sa.Column(currency_column(name), sa.Text)]
        case "google.type.Date":
            return [sa.Column(name, sa.Date)]
        case "google.type.Decimal":
            return [sa.Column(name, sa.Numeric)]
        case "google.protobuf.Timestamp":
            return [sa.Column(name, sa.DateTime(timezone=True))]
    raise TypeError(f"{field.full_name}: no column for this type")


def list_index(name: str, *columns: str, first: Sequence[str] = ("org_id",)) -> sa.Index:
    """Index of a list. With `delete_time` in it, counting what a list holds reads the index alone."""
    return sa.Index(name, *first, *columns, postgresql_include=["delete_time"])


def _indexes(module: str, field: Any, first: Sequence[str]) -> list[sa.schema.SchemaItem]:
    options = field_options(field)
    name = field.name
    found: list[sa.schema.SchemaItem] = []
    if options.reference and not field.is_repeated:
        found.append(list_index(f"{module}_{name}", name, "create_time", "id", first=first))
    elif (options.reference and options.filterable) or MessageField(field).kind == "files":
        found.append(sa.Index(f"{module}_{name}", *first, name, postgresql_using="gin"))
    elif options.sortable and field.type == FieldDescriptor.TYPE_STRING:
        found.append(sa.Index(f"{module}_{sort_column(name)}", *first, sort_column(name), "id"))
    elif options.sortable:
        expression = sort_expression(_columns(field)[0])
        found.append(sa.Index(f"{module}_{name}", *first, expression, "id"))
    # Every index is paid for by each write: choices that no list shows by itself are filtered within what else is asked.
    if options.choices and options.filterable and options.listed and not field.is_repeated:
        found.append(list_index(f"{module}_{name}", name, "create_time", "id", first=first))
    if options.unique:
        found.append(
            sa.Index(
                f"{module}_{name}_unique",
                *first,
                sa.text(f"lower({name})"),
                unique=True,
                postgresql_where=sa.text("delete_time IS NULL"),
            )
        )
    return found

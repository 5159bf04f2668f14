"""The tables of API clients and of their secrets."""

import sqlalchemy as sa

from chassis.database.schema import resource_table
from guanxi.identity.v1 import api_clients_pb2
from identity.metadata import metadata

api_clients = resource_table(api_clients_pb2.ApiClient, metadata)

# Of the clients that may come in.
WORKING = (
    api_clients.c.delete_time.is_(None),
    api_clients.c.disabled.is_not(True),
    sa.or_(api_clients.c.expire_time.is_(None), api_clients.c.expire_time > sa.func.now()),
)

api_client_secrets = sa.Table(
    "api_client_secrets",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("client_id", sa.Uuid, nullable=False),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False),
    # How the secret ends.
    sa.Column("hint", sa.Text, nullable=False),
    sa.Column("create_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("last_use_time", sa.DateTime(timezone=True)),
    sa.PrimaryKeyConstraint("org_id", "id"),
    sa.ForeignKeyConstraint(["org_id", "client_id"], ["api_clients.org_id", "api_clients.id"]),
    sa.Index("api_client_secrets_client", "org_id", "client_id"),
    sa.Index("api_client_secrets_secret", "org_id", "secret_hash", unique=True),
)

"""API clients and their secrets; scopes of API tokens."""

from alembic import op

from chassis.database.rows import secure

revision = "identity_0007"
down_revision = "identity_0006"
branch_labels = None

TABLES = ("api_clients", "api_client_secrets")
STATEMENTS = """
ALTER TABLE api_tokens ADD COLUMN scopes TEXT[] DEFAULT '{}' NOT NULL;

CREATE TABLE api_clients (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    description TEXT,
    role_ids UUID[] DEFAULT '{}' NOT NULL,
    scopes TEXT[] DEFAULT '{}' NOT NULL,
    disabled BOOLEAN DEFAULT false NOT NULL,
    expire_time TIMESTAMP WITH TIME ZONE,
    requests_per_minute INTEGER,
    last_use_time TIMESTAMP WITH TIME ZONE,
    secret_ids TEXT[] DEFAULT '{}' NOT NULL,
    external_ids JSONB DEFAULT '{}' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    field_versions JSONB DEFAULT '{}' NOT NULL,
    search_text TEXT DEFAULT '' NOT NULL,
    created_by UUID,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    update_time TIMESTAMP WITH TIME ZONE NOT NULL,
    delete_time TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX api_clients_create_time ON api_clients (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX api_clients_expire_time ON api_clients (org_id, coalesce(expire_time, '-infinity'), id);

CREATE UNIQUE INDEX api_clients_name_unique ON api_clients (org_id, lower(name)) WHERE delete_time IS NULL;

CREATE INDEX api_clients_search ON api_clients USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX api_clients_sort_name ON api_clients (org_id, sort_name, id);

CREATE TABLE api_client_secrets (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    secret_hash BYTEA NOT NULL,
    hint TEXT NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_use_time TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY(org_id, client_id) REFERENCES api_clients (org_id, id)
);

CREATE INDEX api_client_secrets_client ON api_client_secrets (org_id, client_id);

CREATE UNIQUE INDEX api_client_secrets_secret ON api_client_secrets (org_id, secret_hash);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them; and the column."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)

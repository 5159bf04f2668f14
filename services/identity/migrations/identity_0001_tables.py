"""Make api_tokens, audit_entries, audit_heads, custom_fields, invitations, logins, organizations, revocations, roles, sessions, signing_keys, signups, teams, throttles, users, memberships."""

from alembic import op

from chassis.database.rows import secure

revision = "identity_0001"
down_revision = None
branch_labels = ("identity",)
depends_on = "chassis_0001"

TABLES = (
    "api_tokens",
    "audit_entries",
    "audit_heads",
    "custom_fields",
    "invitations",
    "logins",
    "organizations",
    "revocations",
    "roles",
    "sessions",
    "signing_keys",
    "signups",
    "teams",
    "throttles",
    "users",
    "memberships",
)
STATEMENTS = """
CREATE TABLE api_tokens (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    name TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    expire_time TIMESTAMP WITH TIME ZONE NOT NULL,
    last_use_time TIMESTAMP WITH TIME ZONE,
    end_time TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX api_tokens_secret ON api_tokens (org_id, secret_hash);

CREATE INDEX api_tokens_user ON api_tokens (org_id, user_id);

CREATE TABLE audit_entries (
    org_id UUID NOT NULL,
    number BIGINT NOT NULL,
    event_id UUID NOT NULL,
    time TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID,
    actor_kind TEXT NOT NULL,
    address TEXT DEFAULT '' NOT NULL,
    resource TEXT NOT NULL,
    record_id UUID NOT NULL,
    verb TEXT NOT NULL,
    version BIGINT NOT NULL,
    changed_fields JSONB NOT NULL,
    before JSONB NOT NULL,
    after JSONB NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (org_id, number)
);

CREATE INDEX audit_entries_record ON audit_entries (org_id, resource, record_id, number);

CREATE TABLE audit_heads (
    org_id UUID NOT NULL,
    number BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (org_id)
);

CREATE TABLE custom_fields (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    module TEXT,
    sort_module TEXT DEFAULT '' NOT NULL,
    key TEXT,
    sort_key TEXT DEFAULT '' NOT NULL,
    label_zh TEXT,
    label_en TEXT,
    kind TEXT,
    choices JSONB DEFAULT '[]' NOT NULL,
    required BOOLEAN DEFAULT false NOT NULL,
    position INTEGER DEFAULT '0' NOT NULL,
    ranged BOOLEAN DEFAULT false NOT NULL,
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

CREATE INDEX custom_fields_create_time ON custom_fields (org_id, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX custom_fields_key_unique ON custom_fields (org_id, module, key) WHERE delete_time IS NULL;

CREATE INDEX custom_fields_kind ON custom_fields (org_id, kind, create_time, id) INCLUDE (delete_time);

CREATE INDEX custom_fields_position ON custom_fields (org_id, position, id);

CREATE INDEX custom_fields_search ON custom_fields USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX custom_fields_sort_key ON custom_fields (org_id, sort_key, id);

CREATE INDEX custom_fields_sort_module ON custom_fields (org_id, sort_module, id);

CREATE TABLE invitations (
    org_id UUID NOT NULL,
    user_id UUID NOT NULL,
    secret_hash BYTEA NOT NULL,
    email TEXT NOT NULL,
    expire_time TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (org_id, user_id)
);

CREATE TABLE logins (
    id UUID NOT NULL,
    email TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX logins_email ON logins (lower(email));

CREATE TABLE organizations (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    time_zone TEXT,
    currency TEXT,
    language TEXT,
    external_ids JSONB DEFAULT '{}' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    field_versions JSONB DEFAULT '{}' NOT NULL,
    search_text TEXT DEFAULT '' NOT NULL,
    created_by UUID,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    update_time TIMESTAMP WITH TIME ZONE NOT NULL,
    delete_time TIMESTAMP WITH TIME ZONE,
    policy_version BIGINT DEFAULT '1' NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX organizations_create_time ON organizations (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX organizations_search ON organizations USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX organizations_sort_name ON organizations (org_id, sort_name, id);

CREATE TABLE revocations (
    session_id TEXT NOT NULL,
    end_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (session_id)
);

CREATE INDEX revocations_end_time ON revocations (end_time);

CREATE TABLE roles (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    key TEXT,
    grants JSONB DEFAULT '[]' NOT NULL,
    field_rules JSONB DEFAULT '[]' NOT NULL,
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

CREATE INDEX roles_create_time ON roles (org_id, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX roles_name_unique ON roles (org_id, lower(name)) WHERE delete_time IS NULL;

CREATE INDEX roles_search ON roles USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX roles_sort_name ON roles (org_id, sort_name, id);

CREATE TABLE sessions (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    refresh_hash BYTEA NOT NULL,
    previous_hash BYTEA,
    rotate_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    device TEXT DEFAULT '' NOT NULL,
    address TEXT DEFAULT '' NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    last_use_time TIMESTAMP WITH TIME ZONE NOT NULL,
    expire_time TIMESTAMP WITH TIME ZONE NOT NULL,
    end_time TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX sessions_previous ON sessions (org_id, previous_hash);

CREATE INDEX sessions_refresh ON sessions (org_id, refresh_hash);

CREATE INDEX sessions_user ON sessions (org_id, user_id, create_time);

CREATE TABLE signing_keys (
    id TEXT NOT NULL,
    public_key BYTEA NOT NULL,
    sealed_key BYTEA NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    expire_time TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE signups (
    id UUID NOT NULL,
    email TEXT NOT NULL,
    code_hash BYTEA NOT NULL,
    password_hash TEXT NOT NULL,
    data JSONB NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expire_time TIMESTAMP WITH TIME ZONE NOT NULL,
    org_id UUID,
    user_id UUID,
    PRIMARY KEY (id)
);

CREATE TABLE teams (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    parent_id UUID,
    manager_id UUID,
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

CREATE INDEX teams_create_time ON teams (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX teams_manager_id ON teams (org_id, manager_id, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX teams_name_unique ON teams (org_id, lower(name)) WHERE delete_time IS NULL;

CREATE INDEX teams_parent_id ON teams (org_id, parent_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX teams_search ON teams USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX teams_sort_name ON teams (org_id, sort_name, id);

CREATE TABLE throttles (
    key TEXT NOT NULL,
    count INTEGER NOT NULL,
    window_end TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (key)
);

CREATE TABLE users (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    email TEXT,
    sort_email TEXT DEFAULT '' NOT NULL,
    phone TEXT,
    job_title TEXT,
    team_id UUID,
    role_ids UUID[] DEFAULT '{}' NOT NULL,
    active BOOLEAN DEFAULT false NOT NULL,
    language TEXT,
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

CREATE INDEX users_create_time ON users (org_id, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX users_email_unique ON users (org_id, lower(email)) WHERE delete_time IS NULL;

CREATE INDEX users_search ON users USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX users_sort_email ON users (org_id, sort_email, id);

CREATE INDEX users_sort_name ON users (org_id, sort_name, id);

CREATE INDEX users_team_id ON users (org_id, team_id, create_time, id) INCLUDE (delete_time);

CREATE TABLE memberships (
    login_id UUID NOT NULL,
    org_id UUID NOT NULL,
    user_id UUID NOT NULL,
    organization_name TEXT NOT NULL,
    last_use_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (login_id, org_id),
    FOREIGN KEY(login_id) REFERENCES logins (id)
);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)

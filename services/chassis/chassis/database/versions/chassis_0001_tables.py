"""The tables every service has."""

from alembic import op

from chassis.database.rows import secure

revision = "chassis_0001"
down_revision = None
branch_labels = ("chassis",)

TABLES = (
    "custom_values",
    "dead_letters",
    "external_ids",
    "files",
    "idempotency_keys",
    "inbox",
    "jobs",
    "outbox",
    "ref",
    "relay_state",
    "snapshots",
    "team_members",
    "timers",
)

_STATEMENTS = """
CREATE TABLE custom_values (
    org_id UUID NOT NULL,
    module TEXT NOT NULL,
    key TEXT NOT NULL,
    record_id UUID NOT NULL,
    number NUMERIC,
    text TEXT,
    PRIMARY KEY (org_id, module, record_id, key)
);

CREATE INDEX custom_values_number ON custom_values (org_id, module, key, number, record_id);

CREATE INDEX custom_values_text ON custom_values (org_id, module, key, text, record_id);

CREATE TABLE dead_letters (
    consumer TEXT NOT NULL,
    event_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload BYTEA NOT NULL,
    error TEXT NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (consumer, event_id)
);

CREATE TABLE external_ids (
    org_id UUID NOT NULL,
    module TEXT NOT NULL,
    system TEXT NOT NULL,
    external_id TEXT NOT NULL,
    record_id UUID NOT NULL,
    PRIMARY KEY (org_id, module, system, external_id)
);

CREATE INDEX external_ids_record ON external_ids (org_id, module, record_id);

CREATE TABLE files (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT DEFAULT '0' NOT NULL,
    digest TEXT DEFAULT '' NOT NULL,
    complete BOOLEAN DEFAULT false NOT NULL,
    created_by UUID,
    module TEXT DEFAULT '' NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE TABLE idempotency_keys (
    org_id UUID NOT NULL,
    principal TEXT NOT NULL,
    method TEXT NOT NULL,
    request_id TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    response BYTEA,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (org_id, principal, method, request_id)
);

CREATE INDEX idempotency_keys_create_time ON idempotency_keys (create_time);

CREATE TABLE inbox (
    org_id UUID NOT NULL,
    consumer TEXT NOT NULL,
    event_id UUID NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (org_id, consumer, event_id)
);

CREATE INDEX inbox_create_time ON inbox (create_time);

CREATE TABLE jobs (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    module TEXT NOT NULL,
    user_id UUID,
    step TEXT DEFAULT '' NOT NULL,
    state TEXT NOT NULL,
    cancel BOOLEAN DEFAULT false NOT NULL,
    data JSONB DEFAULT '{}' NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    lease_holder UUID,
    attempts INTEGER DEFAULT '0' NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    end_time TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX jobs_list ON jobs (org_id, kind, create_time);

CREATE INDEX jobs_waiting ON jobs (create_time) WHERE step <> '';

CREATE TABLE outbox (
    org_id UUID NOT NULL,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    seq BIGINT,
    event_id UUID NOT NULL,
    resource TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload BYTEA NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (create_time, id)
)
 PARTITION BY RANGE (create_time);

CREATE INDEX outbox_feed ON outbox (org_id, resource, seq);

CREATE INDEX outbox_seq ON outbox (seq);

CREATE INDEX outbox_unsequenced ON outbox (id) WHERE seq IS NULL;

CREATE TABLE ref (
    org_id UUID NOT NULL,
    resource TEXT NOT NULL,
    id UUID NOT NULL,
    title TEXT DEFAULT '' NOT NULL,
    title_key TEXT DEFAULT '' NOT NULL,
    owner_id UUID,
    version BIGINT NOT NULL,
    delete_time TIMESTAMP WITH TIME ZONE,
    merged_into UUID,
    PRIMARY KEY (org_id, resource, id)
);

CREATE INDEX ref_title_key ON ref (org_id, resource, title_key);

CREATE TABLE relay_state (
    id SERIAL NOT NULL,
    last_seq BIGINT NOT NULL,
    published_seq BIGINT NOT NULL,
    epoch UUID DEFAULT gen_random_uuid() NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE snapshots (
    org_id UUID NOT NULL,
    version BIGINT NOT NULL,
    message BYTEA NOT NULL,
    PRIMARY KEY (org_id)
);

CREATE TABLE team_members (
    org_id UUID NOT NULL,
    team_id UUID NOT NULL,
    user_id UUID NOT NULL,
    direct BOOLEAN NOT NULL,
    PRIMARY KEY (org_id, team_id, user_id)
);

CREATE TABLE timers (
    org_id UUID NOT NULL,
    id UUID DEFAULT uuidv7() NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    due_time TIMESTAMP WITH TIME ZONE NOT NULL,
    payload JSONB DEFAULT '{}' NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, kind, key)
);

CREATE INDEX timers_due_time ON timers (due_time);
"""

# Owner's rights, because partitions are the owner's to make; the worker may call it and nothing more.
_PARTITIONS = """
CREATE FUNCTION guanxi_keep_partitions(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE name text; old record;
BEGIN
    FOR n IN -1..7 LOOP
        name := 'outbox_' || to_char(day + n, 'YYYYMMDD');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF outbox FOR VALUES FROM (%L) TO (%L)',
                           name, (day + n)::timestamp AT TIME ZONE 'UTC', (day + n + 1)::timestamp AT TIME ZONE 'UTC');
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
            EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        END IF;
    END LOOP;
    FOR old IN SELECT inhrelid::regclass AS name FROM pg_inherits WHERE inhparent = 'outbox'::regclass
               AND inhrelid::regclass::text < 'outbox_' || to_char(day - 31, 'YYYYMMDD') LOOP
        EXECUTE format('DROP TABLE %s', old.name);
    END LOOP;
END $$
"""


def upgrade() -> None:
    """Make the tables, put row-level security on them, and let the worker keep the partitions."""
    connection = op.get_bind()
    for statement in _STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(connection, TABLES)
    op.execute("INSERT INTO relay_state (id, last_seq, published_seq) VALUES (1, 0, 0)")
    op.execute(_PARTITIONS)
    op.execute("REVOKE ALL ON FUNCTION guanxi_keep_partitions(date) FROM PUBLIC")
    worker = str(connection.exec_driver_sql("SELECT current_user").scalar()).removesuffix("_owner") + "_worker"
    op.execute(f'GRANT EXECUTE ON FUNCTION guanxi_keep_partitions(date) TO "{worker}"')
